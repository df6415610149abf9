"""The headers of answers, named once."""

from typing import Any


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


_AN_ID = "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"

HEADERS: dict[str, Any] = {
    "Content-Location": _header("What the answer shows.", f"/v1/inspections/{_AN_ID}"),
    "ETag": _header("The state that this answer shows; for `If-Match` and `If-None-Match`.", '"3"'),
    "Idempotent-Replayed": _header("`true`: this was answered before, under the same key.", "true"),
    "Location": _header("Where it is now.", f"/v1/returns/{_AN_ID}"),
    "RateLimit": _header(
        "How many requests are left (`r`), and in how many seconds all are (`t`).", '"key";r=99;t=1'
    ),
    "RateLimit-Policy": _header("How many requests (`q`) in how many seconds (`w`).", '"key";q=600;w=60'),
    "Retry-After": _header("Seconds to wait before asking again, where that helps.", "1"),
    "Tus-Resumable": _header("The version of tus.", "1.0.0"),
    "Upload-Expires": _header("When what is not whole is dropped.", "Wed, 25 Nov 2026 12:00:00 GMT"),
    "Upload-Length": _header("How many bytes the photo has.", "2400000"),
    "Upload-Offset": _header("How many bytes are here, on disk.", "1048576"),
    "WWW-Authenticate": _header("How to say who asks.", "Bearer"),
    "X-Request-ID": _header("Of this request, in our log; the caller's own where it sent one.", _AN_ID),
}


def refer(*names: str) -> dict[str, Any]:
    """For an answer's `headers`."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
