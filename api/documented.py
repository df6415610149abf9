"""What a route says of its own problems and forms; `api.described` adds what holds everywhere."""

from typing import Any

WHY = {
    400: "The request cannot be read.",
    401: "Nobody knows who asks.",
    403: "Whoever asks may not.",
    404: "There is nothing of that name.",
    408: "The request did not arrive in time.",
    409: "It does not fit what is there by now, or the same request is still running.",
    412: "It has changed since it was read.",
    413: "The body is too large.",
    415: "The body is of another type.",
    422: "The request makes no sense as it stands; `detail` says why.",
    423: "Another request is at work on this upload.",
    429: "Too many requests; `Retry-After` says when to come back.",
    460: "The bytes are not the ones that were promised.",
    500: "A fault of ours; it was noted.",
    503: "Not ready, or in need of an operator.",
}

BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: what this route answers beside what its parameters, body and callers bring along."""
    return {status: {"description": WHY[status]} for status in statuses}


def form(properties: dict[str, Any], required: str, example: dict[str, Any]) -> dict[str, Any]:
    """For `openapi_extra=`: a form that is read by hand."""
    schema = {
        "type": "object",
        "required": [required],
        "additionalProperties": False,
        "properties": properties,
    }
    content = {"multipart/form-data": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


PHOTOS_FORM = form(
    {
        "photos": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": BYTES,
            "description": "One file a photo: JPEG, PNG, WebP, HEIC or AVIF.",
        }
    },
    required="photos",
    example={"photos": ["the bytes of front.jpg", "the bytes of back.jpg"]},
)
"""Photos alone, in a form."""
