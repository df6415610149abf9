"""Photos on their way to an inspection: resumable (tus 1.0.0), or whole in a form; docs/uploads.md."""

import re
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from api import tus, tus_headers
from api.access.callers import Caller, Role, allow
from api.bodies.inspections import PhotoOut
from api.deps import Desk, DeskDep
from api.documented import PROBLEMS
from api.intake import Intake, intake
from api.once import Idempotent, made_id
from api.one_photo import ONE_PHOTO_FORM, one_photo
from inspection.errors import InspectionNotFound
from inspection.receiving import Upload

Sender = Annotated[Caller, Depends(allow(Role.SERVICE, Role.INSPECTOR, Role.SHOPPER, scope="inspections"))]
resumable = APIRouter(prefix="/v1", tags=["uploads"], route_class=tus.TusRoute, responses=tus.PROBLEMS)
whole = APIRouter(prefix="/v1", tags=["uploads"], route_class=Idempotent, responses=PROBLEMS)
IntakeDep = Annotated[Intake, Depends(intake)]
_ID = re.compile(r"[0-9a-f-]{36}")


def their_inspection(inspection_id: str, desk: DeskDep, caller: Sender) -> str:
    """Its id. Raises `InspectionNotFound` or `Forbidden`."""
    if not _ID.fullmatch(inspection_id):
        raise InspectionNotFound(inspection_id[:40])
    return _of_theirs(desk, caller, inspection_id)


def their_upload(upload_id: str, desk: DeskDep, caller: Sender) -> Upload:
    """Raises `UploadNotFound` or `Forbidden`."""
    upload = desk.product.uploads.get(upload_id)
    _of_theirs(desk, caller, upload.inspection_id)
    return upload


InspectionId = Annotated[str, Depends(their_inspection)]
UploadDep = Annotated[Upload, Depends(their_upload)]


@resumable.options("/uploads", include_in_schema=False)
@resumable.options("/uploads/{_}", include_in_schema=False)
@resumable.options("/inspections/{_}/uploads", include_in_schema=False)
async def about() -> Response:
    """What of tus is spoken here; for anybody."""
    return Response(status_code=204, headers=tus_headers.ABOUT)


@resumable.post(
    "/inspections/{inspection_id}/uploads",
    summary="Begin an upload",
    status_code=201,
    response_class=Response,
    openapi_extra=tus.documented_headers("Upload-Length", "Upload-Metadata"),
)
async def begin(request: Request, inspection_id: InspectionId, intake: IntakeDep) -> Response:
    """Of one photo (tus 1.0.0, creation). `Location` says where its bytes go; the first may come along."""
    tus_headers.check_version(request)
    will_be = tus_headers.promised(request)

    def create() -> Upload:
        return intake.uploads.create(
            inspection_id,
            length=will_be.length,
            sha256=will_be.sha256,
            view=will_be.view,
            id_=made_id(request),
        )

    upload = await to_thread.run_sync(create)
    headers = {"Location": f"/v1/uploads/{upload.id}", "Upload-Offset": "0", **tus_headers.expires(upload)}
    if tus_headers.has_bytes(request):
        try:
            headers["Upload-Offset"] = str(await intake.receive(request, upload, 0))
        except Exception:
            await to_thread.run_sync(intake.uploads.drop, upload)  # nobody heard where it is
            raise
    return Response(status_code=201, headers=headers)


@resumable.head(
    "/uploads/{upload_id}",
    summary="How far is it?",
    response_class=Response,
    openapi_extra=tus.documented_headers(),
)
async def tell(request: Request, upload: UploadDep, intake: IntakeDep) -> Response:
    """`Upload-Offset` bytes are here. All of them, and the photo is one of the inspection's."""
    tus_headers.check_version(request)
    offset = await intake.offset(upload)
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return Response(headers=headers | tus_headers.expires(upload))


@resumable.patch(
    "/uploads/{upload_id}",
    summary="Send bytes",
    status_code=204,
    response_class=Response,
    openapi_extra=tus.documented_headers("Upload-Offset", "Upload-Checksum", body=True),
)
async def add_bytes(request: Request, upload: UploadDep, intake: IntakeDep) -> Response:
    """From `Upload-Offset` on. The last ones make it a photo of the inspection, if it is the one promised.

    Repeat it with no bytes at the end to hear again how it went.
    """
    tus_headers.check_version(request)
    if not tus_headers.has_bytes(request):
        raise tus_headers.NotOffsetStream
    offset = await intake.receive(request, upload, tus_headers.number(request, "Upload-Offset"))
    return Response(status_code=204, headers={"Upload-Offset": str(offset), **tus_headers.expires(upload)})


@resumable.delete(
    "/uploads/{upload_id}",
    summary="Give it up",
    status_code=204,
    response_class=Response,
    openapi_extra=tus.documented_headers(),
)
async def end(request: Request, upload: UploadDep, intake: IntakeDep) -> Response:
    """Its bytes are dropped. What is a photo already is taken back from the inspection instead."""
    tus_headers.check_version(request)
    await to_thread.run_sync(intake.uploads.drop, upload)
    return Response(status_code=204)


@resumable.post("/uploads/{upload_id}", include_in_schema=False)
async def overridden(request: Request, upload: UploadDep, intake: IntakeDep) -> Response:
    """For networks that let nothing but GET and POST through: `X-HTTP-Method-Override` says what is meant."""
    meant = request.headers.get("x-http-method-override", "").upper()
    act = {"PATCH": add_bytes, "DELETE": end, "HEAD": tell}.get(meant)
    if act is None:
        raise HTTPException(405, headers={"Allow": "HEAD, PATCH, DELETE, OPTIONS"})
    return await act(request, upload, intake)


@whole.post(
    "/inspections/{inspection_id}/photos",
    summary="Add a photo",
    status_code=201,
    openapi_extra=ONE_PHOTO_FORM,
)
async def add_photo(request: Request, inspection_id: InspectionId, intake: IntakeDep) -> PhotoOut:
    """One photo, whole, in a form. The same one again is the one that is there."""
    with intake.place():
        encoded, view = await one_photo(request)
        return PhotoOut.of(inspection_id, await intake.take(inspection_id, encoded, view))


def _of_theirs(desk: Desk, caller: Caller, inspection_id: str) -> str:
    """Raises `InspectionNotFound`, or `Forbidden` where a shopper's link is for another return."""
    caller.check_return(desk.product.lists.return_of(inspection_id))
    return inspection_id


router = APIRouter()
router.include_router(resumable)
router.include_router(whole)
