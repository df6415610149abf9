"""For whoever runs it: is the process alive, and can it work?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from api.deps import DeskDep
from api.schemas import ReadyOut

router = APIRouter(tags=["health"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Alive?", response_class=PlainTextResponse)
async def healthz() -> PlainTextResponse:
    """`ok` as long as the process answers at all. Restart it when it does not."""
    return PlainTextResponse("ok")


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Ready?",
    response_class=JSONResponse,
    responses={
        200: {"model": ReadyOut},
        503: {"model": ReadyOut, "description": "Not yet, or not any more."},
    },
)
def readyz(desk: DeskDep) -> JSONResponse:
    """Whether the model is loaded and has run, and records and photos can be kept; says what lacks."""
    lacking = desk.lacking()
    body = ReadyOut(ready=not lacking, lacking=lacking)
    return JSONResponse(body.model_dump(), status_code=503 if lacking else 200)
