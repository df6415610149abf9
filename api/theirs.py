"""Inspections and uploads that photos are sent to, once it is clear that whoever asks may."""

import re
from typing import Annotated

from fastapi import Depends

from api.access.callers import Caller, Role, allow
from api.deps import Desk, DeskDep
from inspection.casework.receiving import Upload
from inspection.errors import InspectionNotFound

Sender = Annotated[Caller, Depends(allow(Role.SERVICE, Role.INSPECTOR, Role.SHOPPER, scope="inspections"))]
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


def _of_theirs(desk: Desk, caller: Caller, inspection_id: str) -> str:
    """Raises `InspectionNotFound`, or `Forbidden` where a shopper's link is for another return."""
    caller.check_return(desk.product.lists.return_of(inspection_id))
    return inspection_id
