"""Photos in, decision out, no photo kept: for other systems."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.access.callers import Caller, Role, allow
from api.deps import DeskDep, FormDep
from api.documented import BYTES, form
from api.once import Idempotent
from api.schemas import AnswerOut
from inspection.verdict.answer import answer
from inspection.verdict.findings import View

router = APIRouter(prefix="/v1", tags=["classify"], route_class=Idempotent)

_FILES = {"type": "array", "maxItems": 20, "items": BYTES}

FORM = form(
    {
        "photos": {
            **_FILES,
            "minItems": 1,
            "description": "The item, one file a photo: JPEG, PNG, WebP, HEIC or AVIF, "
            "as the camera took it. File names mean nothing.",
        },
        "references": {
            **_FILES,
            "description": "The same item undamaged: catalogue, dispatch photo. "
            "They sharpen damage and make identity possible.",
        },
        "views": {
            "type": "array",
            "maxItems": 20,
            "items": {"type": "string", "enum": ["", *View]},
            "description": "What each photo shows, in the order of the photos; "
            "empty, or left out at the end, where it is not known.",
        },
        "asked": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "description": "Photos of this item that were already asked for: "
            "after a few, a person decides instead.",
        },
        "price_cents": {
            "type": "integer",
            "minimum": 0,
            "description": "What was paid, in cents; the policy's assumption where absent.",
        },
    },
    required="photos",
    example={
        "photos": ["the bytes of front.jpg", "the bytes of back.jpg"],
        "references": ["the bytes of catalogue.jpg"],
        "views": ["front", "back"],
        "price_cents": 4990,
    },
)

System = Annotated[Caller, Depends(allow(Role.SERVICE, Role.INSPECTOR, Role.SCIENTIST, scope="classify"))]


@router.post(
    "/classify",
    summary="Inspect one item",
    response_class=JSONResponse,
    responses={200: {"model": AnswerOut, "description": "The decision, with its reasons."}},
    openapi_extra=FORM,
)
async def classify(caller: System, form: FormDep, desk: DeskDep) -> JSONResponse:
    """Look at 1 to 20 photos of one item and decide. No photo and no record is kept.

    What comparison needs of the references (features, no picture) is kept by content hash, up to 200 MB
    of it, so that the next item compared with them is answered sooner.

    The answer is what `inspection inspect --json` prints. `null` means that no such claim was made.
    """
    return JSONResponse(answer(await desk.look(form)))
