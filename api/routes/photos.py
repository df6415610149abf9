"""A photo for an inspection, whole: for systems that have a good network; see `uploads` for phones."""

from fastapi import APIRouter, Request

from api.bodies.inspections import PhotoOut
from api.intake import IntakeDep
from api.once import Idempotent
from api.one_photo import ONE_PHOTO_FORM
from api.theirs import InspectionId, Sender

router = APIRouter(prefix="/v1", tags=["uploads"], route_class=Idempotent)


@router.post(
    "/inspections/{inspection_id}/photos",
    summary="Add a photo",
    status_code=201,
    openapi_extra=ONE_PHOTO_FORM,
)
async def add_photo(
    request: Request, inspection_id: InspectionId, caller: Sender, intake: IntakeDep
) -> PhotoOut:
    """One photo, whole, in a form. The same one again is the one that is there."""
    async with intake.one(request, caller) as photo:
        return PhotoOut.of(inspection_id, await intake.take(inspection_id, photo))
