"""How every route documents its problems."""

from typing import Any

from api.schemas import ProblemDetails

_WHY = {
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
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "Not ready, or in need of an operator.",
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": why,
        "content": {"application/problem+json": {"schema": ProblemDetails.model_json_schema()}},
    }
    for status, why in _WHY.items()
}

PHOTOS_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photos"],
                    "properties": {
                        "photos": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 20,
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                            "description": "One file a photo: JPEG, PNG, WebP, HEIC or AVIF.",
                        }
                    },
                }
            }
        },
    }
}
"""Photos alone, in a form."""
