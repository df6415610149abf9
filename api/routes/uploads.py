"""Photos on their way to an inspection, a piece at a time: tus 1.0.0; docs/uploads.md."""

from uuid import UUID, uuid5

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api import tus, tus_headers
from api.access.callers import Caller
from api.intake import IntakeDep
from api.once import HEADER, made_id
from api.stream import discard
from api.theirs import InspectionId, Sender, UploadDep
from inspection.casework.receiving import Upload
from inspection.errors import KeyReused

router = APIRouter(prefix="/v1", tags=["uploads"], route_class=tus.TusRoute, responses=tus.PROBLEMS)

_BY_KEY = UUID("6f1a1f0c-5c43-4d5e-9a07-8f3a7f5b0a3e")
"""Of creations that bring bytes: such a request is not kept, so its key is all there is to know it by."""


@router.options("/uploads", include_in_schema=False)
@router.options("/uploads/{_}", include_in_schema=False)
@router.options("/inspections/{_}/uploads", include_in_schema=False)
async def about() -> Response:
    """What of tus is spoken here; for anybody."""
    return Response(status_code=204, headers=tus_headers.ABOUT)


@router.post(
    "/inspections/{inspection_id}/uploads",
    summary="Begin an upload",
    status_code=201,
    response_class=Response,
    openapi_extra=tus.documented_headers("Upload-Length", "Upload-Metadata"),
)
async def begin(request: Request, inspection_id: InspectionId, caller: Sender, intake: IntakeDep) -> Response:
    """Of one photo (tus 1.0.0, creation). `Location` says where its bytes go; the first may come along.

    The same photo again is the upload that is there, if it is under way: go on from `Upload-Offset`.
    """
    will_be = tus_headers.promised(request)

    id_ = _id_by_key(request, caller)

    def create() -> Upload:
        return intake.uploads.create(
            inspection_id,
            length=will_be.length,
            sha256=will_be.sha256,
            view=will_be.view,
            id_=id_,
        )

    upload = await to_thread.run_sync(create)
    if id_ is not None and (upload.length, upload.sha256) != (will_be.length, will_be.sha256):
        raise KeyReused
    offset = await intake.offset(upload)
    if tus_headers.has_bytes(request):
        if offset == 0:
            offset = await intake.receive(request, caller, upload, 0)
        else:  # it came before, and the answer was lost
            await discard(request, tus_headers.MOST_BYTES)
    headers = {"Location": f"/v1/uploads/{upload.id}", "Upload-Offset": str(offset)}
    return Response(status_code=201, headers=headers | tus_headers.expires(upload))


@router.head(
    "/uploads/{upload_id}",
    summary="How far is it?",
    response_class=Response,
    openapi_extra=tus.documented_headers(),
)
async def tell(upload: UploadDep, intake: IntakeDep) -> Response:
    """`Upload-Offset` bytes are here. All of them, and the photo is one of the inspection's."""
    offset = await intake.offset(upload)
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return Response(headers=headers | tus_headers.expires(upload))


@router.patch(
    "/uploads/{upload_id}",
    summary="Send bytes",
    status_code=204,
    response_class=Response,
    openapi_extra=tus.documented_headers("Upload-Offset", "Upload-Checksum", body=True),
)
async def add_bytes(request: Request, upload: UploadDep, caller: Sender, intake: IntakeDep) -> Response:
    """From `Upload-Offset` on. The last ones make it a photo of the inspection, if it is the one promised.

    Repeat it with no bytes at the end to hear again how it went.
    """
    if not tus_headers.has_bytes(request):
        raise tus_headers.NotOffsetStream
    offset = tus_headers.number(request, "Upload-Offset")
    offset = await intake.receive(request, caller, upload, offset)
    return Response(status_code=204, headers={"Upload-Offset": str(offset), **tus_headers.expires(upload)})


@router.delete(
    "/uploads/{upload_id}",
    summary="Give it up",
    status_code=204,
    response_class=Response,
    openapi_extra=tus.documented_headers(),
)
async def end(upload: UploadDep, intake: IntakeDep) -> Response:
    """Its bytes are dropped; where it is a photo already, that is taken back while the inspection is open."""
    await intake.end(upload)
    return Response(status_code=204)


@router.post("/uploads/{upload_id}", include_in_schema=False)
async def overridden(request: Request, upload: UploadDep, caller: Sender, intake: IntakeDep) -> Response:
    """For networks that let nothing but GET and POST through: `X-HTTP-Method-Override` says what is meant."""
    match request.headers.get("x-http-method-override", "").upper():
        case "PATCH":
            return await add_bytes(request, upload, caller, intake)
        case "DELETE":
            return await end(upload, intake)
        case "HEAD":
            return await tell(upload, intake)
    raise HTTPException(405, headers={"Allow": "HEAD, PATCH, DELETE, OPTIONS"})


def _id_by_key(request: Request, caller: Caller) -> str | None:
    """One key makes one upload, and the same one anew where it is gone; `None` without a key."""
    there = made_id(request) or getattr(request.state, "upload_id", None)
    key = request.headers.get(HEADER)
    if there is not None or key is None:
        return there
    return str(uuid5(_BY_KEY, f"{caller.id} {request.url.path} {key}"))
