"""Which statuses an operation answers, as its parameters, its body and its callers bring along."""

from typing import Any

from fastapi.routing import APIRoute

from api.described.headers import refer
from api.documented import WHY
from api.etags import Versioned

Operation = dict[str, Any]

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
_LOCATED = frozenset(
    {
        "/v1/inspections",
        "/v1/inspections/{inspection_id}/uploads",
        "/v1/keys",
        "/v1/keys/{key_id}/rotate",
        "/v1/returns",
        "/v1/webhooks",
    }
)
_UNTAGGED = frozenset({"Page_", "ReplayOut", "DeliveryOut"})
_FREE_THE_KEY = frozenset({401, 403, 409, 412, 429})
"""All other answers are kept under it."""
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "ETags that were read: where one stands still, the answer is 304, without a body.",
    "example": '"3"',
}


def with_answers(operation: Operation, method: str, path: str, route: APIRoute | None) -> None:
    """Problems, and the headers of every answer."""
    responses = operation["responses"]
    if "422" in responses and "application/json" in responses["422"].get("content", {}):
        del responses["422"]  # the framework's
    tagged = isinstance(route, Versioned) and _has_tag(responses)
    if tagged and method == "GET":
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        responses["304"] = {"description": "It stands as you read it.", "headers": refer("ETag")}
    if "security" in operation:
        for status in _refusals(operation):
            responses.setdefault(str(status), {"description": WHY[status]})
    for status, response in responses.items():
        if int(status) >= 400 and "content" not in response and method != "HEAD":
            response["content"] = _PROBLEM
        names = _headers(operation, int(status))
        if int(status) in (200, 201, 202):
            names += ["ETag"] if tagged else []
            names += ["Location"] if int(status) == 201 and path in _LOCATED else []
            names += ["Content-Location"] if path.endswith("/verdict") else []
        response["headers"] = response.get("headers", {}) | refer(*names)
    operation["responses"] = dict(sorted(responses.items()))


def _refusals(operation: Operation) -> set[int]:
    parameters = operation.get("parameters", [])
    names = {one["name"].lower() for one in parameters}
    body = operation.get("requestBody", {}).get("content", {})
    found = {401, 403, 429, 500, 503}
    if any(one["in"] == "path" for one in parameters):
        found |= {404, 422}
    if names & {"cursor", "limit", "idempotency-key"} or body:
        found.add(422)
    if "idempotency-key" in names:
        found.add(409)
    if "if-match" in names:
        found.add(412)
    if body:
        found |= {400, 408, 413}
    if body and "application/json" not in body:
        found.add(415)
    return found


def _headers(operation: Operation, status: int) -> list[str]:
    names = ["X-Request-ID"]
    if "security" in operation and status not in (401, 500):
        names += ["RateLimit", "RateLimit-Policy"]
    if status in (409, 429, 503):
        names.append("Retry-After")
    if status == 401:
        names.append("WWW-Authenticate")
    parameters = {one["name"] for one in operation.get("parameters", [])}
    if "Idempotency-Key" in parameters and status < 500 and status not in _FREE_THE_KEY:
        names.append("Idempotent-Replayed")
    if "Tus-Resumable" in parameters:
        names.append("Tus-Resumable")
        names += ["Upload-Offset", "Upload-Expires"] if 200 <= status < 300 else []
        names += ["Upload-Offset"] if status == 409 else []
    return names


def _has_tag(responses: dict[str, Any]) -> bool:
    """Pages and lists have no version of their own."""
    for status in ("200", "201"):
        content = responses.get(status, {}).get("content", {})
        if "image/jpeg" in content:
            return True
        name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if name and not any(name.startswith(one) for one in _UNTAGGED):
            return True
    return False
