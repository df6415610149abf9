"""Routes that speak tus 1.0.0: its header on every answer, its statuses for problems; docs/uploads.md."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from api import documented
from api.errors import UploadTooSlow
from api.once import Idempotent
from api.problems import problem
from api.stream import discard
from api.tus_headers import (
    MOST_BYTES,
    STREAM,
    VERSION,
    MoreThanPromised,
    NotOffsetStream,
    TusUnreadable,
    TusVersionUnknown,
    check_version,
    has_bytes,
)
from inspection.casework.receiving import ChecksumMismatch, OffsetMismatch, UploadBusy, UploadElsewhere
from inspection.errors import RequestRejected

_STATUS: dict[type[Exception], int] = {
    TusUnreadable: 400,
    TusVersionUnknown: 412,
    NotOffsetStream: 415,
    MoreThanPromised: 413,
    OffsetMismatch: 409,
    UploadBusy: 423,
    ChecksumMismatch: 460,
    UploadElsewhere: 503,
}


PROBLEMS = {
    **documented.refuses(400, 409, 415, 423, 460),
    412: {"description": "Another version of tus than ours, which `Tus-Version` names."},
}
_DESCRIPTIONS = {
    "Upload-Length": "How many bytes the photo has.",
    "Upload-Metadata": "`sha256` and, if known, `view`: each key with its value in base64, after a space.",
    "Upload-Offset": "Where these bytes begin: how many are here.",
    "Upload-Checksum": "Of this body: `sha256` or `sha1`, a space, the digest in base64.",
}


def documented_headers(*names: str, body: bool = False) -> dict[str, Any]:
    """For `openapi_extra`: they are read by hand, for the framework's own refusals are not those of tus."""
    told = {"Tus-Resumable": f"Always {VERSION}.", **{name: _DESCRIPTIONS[name] for name in names}}
    parameters = [
        {
            "name": name,
            "in": "header",
            "required": name != "Upload-Checksum",
            "description": description,
            "schema": {"type": "string"},
        }
        for name, description in told.items()
    ]
    if not body:
        return {"parameters": parameters}
    schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    return {"parameters": parameters, "requestBody": {"content": {STREAM: schema}}}


class TusRoute(Idempotent):
    """Problems with the statuses of tus; `api.tus_door` puts its header on every answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Around what the route does."""
        at_once, by_key = APIRoute.get_route_handler(self), super().get_route_handler()
        creates = self.path.endswith("/uploads")

        async def as_tus_says(request: Request) -> Response:
            try:
                if request.method != "OPTIONS":
                    check_version(request)
                if request.method != "POST" or not creates:
                    return await at_once(request)
                if has_bytes(request):  # what has a key is read whole to be known again, and a photo is not
                    return await at_once(request)
                return await _as_it_stands(request, await by_key(request), at_once)
            except Exception as error:
                if not isinstance(error, UploadTooSlow | ClientDisconnect):
                    await discard(request, MOST_BYTES)  # or the sender sees a broken line and no answer
                if type(error) not in _STATUS:
                    raise
                return _problem(error)

        return as_tus_says


async def _as_it_stands(
    request: Request, response: Response, at_once: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    """An upload grows and may be gone: the first answer is repeated with what is true of it by now."""
    if response.status_code != 201 or "idempotent-replayed" not in response.headers:
        return response
    request.state.upload_id = response.headers["location"].rpartition("/")[2]
    again = await at_once(request)
    again.headers["Idempotent-Replayed"] = "true"
    return again


def _problem(error: Exception) -> Response:
    assert isinstance(error, RequestRejected)  # noqa: S101 all of the table are
    body = problem(_STATUS[type(error)], error.code, str(error))
    return JSONResponse(body, body["status"], _headers_of(error), media_type="application/problem+json")


def _headers_of(error: RequestRejected) -> dict[str, str]:
    if isinstance(error, OffsetMismatch):
        return {"Upload-Offset": str(error.offset)}
    if isinstance(error, TusVersionUnknown):
        return {"Tus-Version": VERSION}
    return {"Retry-After": "1"} if isinstance(error, UploadBusy | UploadElsewhere) else {}
