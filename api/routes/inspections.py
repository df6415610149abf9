"""The pages: photos in, the decision shown, and what was decided lately."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access.callers import Role, allow
from api.deps import DeskDep, FormDep
from api.errors import HeatNotFound, SentFromElsewhere
from api.pages import home_page, inspection_page
from inspection.verdict.inspection import Inspection
from inspection.verdict.reading import PhotoReading
from inspection.wiring import overlaid

People = Depends(allow(Role.INSPECTOR, Role.SCIENTIST))
router = APIRouter(include_in_schema=False, dependencies=[People])

SHOWN_LATEST = 12
_FOR_A_DAY = {"Cache-Control": "private, max-age=86400"}  # it never changes, but it may be erased


def our_own_form(request: Request) -> None:
    """Browsers say where a form was sent from. Raises `SentFromElsewhere`."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise SentFromElsewhere


OurOwn = Annotated[None, Depends(our_own_form)]


@router.get("/", response_class=HTMLResponse)
def home(request: Request, desk: DeskDep) -> Response:
    """The form, and the latest decisions."""
    return home_page(request, desk.product.cases.latest(SHOWN_LATEST))


@router.post("/inspections")
async def inspect(_: OurOwn, form: FormDep, desk: DeskDep) -> Response:
    """Inspect and keep; then show. Reloading what is shown sends nothing again."""
    inspection = await desk.keep(form)
    return RedirectResponse(f"/inspections/{inspection.id}", status_code=303)


@router.get("/inspections/{inspection_id}", response_class=HTMLResponse)
def show(request: Request, inspection_id: str, desk: DeskDep) -> Response:
    """One decision with its photos and reasons."""
    inspection = desk.product.cases.get(inspection_id)
    return inspection_page(request, inspection, desk.product.forgetting.rows.erased_of(inspection_id))


@router.get("/inspections/{inspection_id}/heat/{photo_id}.jpg")
def heat(inspection_id: str, photo_id: str, desk: DeskDep) -> Response:
    """The shown copy of a photo with the heat map laid over it."""
    inspection = desk.product.cases.get(inspection_id)
    sha256, reading = _photo(inspection, photo_id)
    return Response(
        overlaid(desk.product.photos.shown(sha256), reading), media_type="image/jpeg", headers=_FOR_A_DAY
    )


@router.get("/photos/{sha256}.jpg")
def shown(sha256: str, desk: DeskDep) -> Response:
    """The copy that people may see. Originals are never served."""
    return Response(desk.product.photos.shown(sha256), media_type="image/jpeg", headers=_FOR_A_DAY)


def _photo(inspection: Inspection, photo_id: str) -> tuple[str, PhotoReading]:
    hashes = {photo.id: photo.sha256 for photo in inspection.photos}
    for reading in inspection.reading.photos:
        if reading.photo == photo_id and reading.heat is not None:
            return hashes[reading.photo], reading
    raise HeatNotFound(photo_id)
