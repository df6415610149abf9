"""Photos on their way to an inspection, a piece at a time: tus 1.0.0; docs/uploads.md."""

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api import tus, tus_headers
from api.intake import IntakeDep
from api.once import made_id
from api.theirs import InspectionId, UploadDep
from inspection.receiving import Upload

router = APIRouter(prefix="/v1", tags=["uploads"], route_class=tus.TusRoute, responses=tus.PROBLEMS)


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


@router.head(
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


@router.patch(
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


@router.delete(
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


@router.post("/uploads/{upload_id}", include_in_schema=False)
async def overridden(request: Request, upload: UploadDep, intake: IntakeDep) -> Response:
    """For networks that let nothing but GET and POST through: `X-HTTP-Method-Override` says what is meant."""
    meant = request.headers.get("x-http-method-override", "").upper()
    act = {"PATCH": add_bytes, "DELETE": end, "HEAD": tell}.get(meant)
    if act is None:
        raise HTTPException(405, headers={"Allow": "HEAD, PATCH, DELETE, OPTIONS"})
    return await act(request, upload, intake)
