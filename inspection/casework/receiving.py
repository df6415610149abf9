"""A photo on its way in: a growing file until all of it is here, then a photo of its inspection."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from inspection.casework.keeping import Keeping
from inspection.errors import Conflict, NotFound, Overloaded, PhotoRejected, RequestRejected
from inspection.look import check_room
from inspection.ports import Cases, Gate, PhotoStore
from inspection.returns.case import CasePhoto
from inspection.returns.return_order import InspectionMove, moved
from inspection.verdict.findings import View


class UploadNotFound(NotFound):
    """No upload has this id: it never was, has expired, was ended or refused."""

    def __init__(self) -> None:
        super().__init__("There is no such upload, or not any more. Please begin a new one.")


class OffsetMismatch(Conflict):
    """Bytes came that do not follow those that are here; `offset` is how many are."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"{offset} bytes of this upload are here; please go on from there.")
        self.offset = offset


class UploadBusy(Conflict):
    """Another request is at work on this upload (HTTP 423)."""

    def __init__(self) -> None:
        super().__init__("Another request is at work on this upload. Please try again in a moment.")


class UploadElsewhere(Conflict):
    """Its bytes are on a machine that shares no folder with this one (HTTP 503): not lost, only not here."""

    def __init__(self) -> None:
        super().__init__(
            "This upload is on another of our machines. Ask again in a moment, or begin it anew."
        )


class ChecksumMismatch(RequestRejected):
    """The bytes are not those that the sender has (HTTP 460)."""

    def __init__(self) -> None:
        super().__init__("These bytes are not the ones that were promised. Please send them again.")


class TooManyUploads(Overloaded):
    """More photos on their way to one inspection than it could ever take."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} photos of this inspection are on their way already. Finish those first.", 60
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One photo on its way; `length` in bytes and `sha256` are what its sender says it will be.

    `place` is the folder that its bytes are in; `None`: from before folders had names.
    """

    id: str
    inspection_id: str
    length: int
    sha256: str
    view: View | None
    created_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    place: str | None = None

    def is_at(self, place: str) -> bool:
        """Whether its bytes are in that folder."""
        return self.place in (None, place)


class Uploads(Protocol):
    """Photos on their way. Safe for threads and processes; what was answered for survives a crash."""

    def create(
        self, inspection_id: str, *, length: int, sha256: str, view: View | None, id_: str | None = None
    ) -> Upload:
        """The same id again is the one that is there, and so is the same photo that is on its way already:

        whoever heard no answer goes on with it. Where there are too many, the oldest of which nothing came,
        or for long no more, makes room. Raises `InspectionNotFound`, `MoveRefused` where no photo is taken
        any more, `TooManyUploads` where all of them are under way, or `UploadElsewhere`.
        """
        ...

    def get(self, upload_id: str) -> Upload:
        """Raises `UploadNotFound` or `UploadElsewhere`."""
        ...

    def offset(self, upload: Upload) -> int:
        """How many bytes are here, durably. Raises `UploadNotFound`."""
        ...

    def append(self, upload: Upload, offset: int, piece: bytes) -> int:
        """The new offset; not durable before `offset` was asked. Either none of it is appended or a

        beginning, and nothing past the length. Raises `OffsetMismatch`, `UploadBusy`, `UploadNotFound`.
        """
        ...

    def whole(self, upload: Upload) -> AbstractContextManager[bytes | None]:
        """All of it, with no one else at work on it; `None` where it was finished before.

        Raises `OffsetMismatch` where bytes are missing, `UploadBusy` or `UploadNotFound`.
        """
        ...

    def expect(self, sha256: str, size: int) -> datetime:
        """A photo is about to be stored: whatever happens now, retention and erasure know of it.

        Returns since when it is kept: whoever uses it says so (`inspection.casework.keeping`).
        """
        ...

    def finish(self, upload: Upload) -> None:
        """Its photo is kept: the upload's own bytes are not needed any more."""
        ...

    def end(self, upload: Upload) -> bool:
        """Drop it, with no one else at work on it, unless it was finished: then `False`.

        Raises `UploadBusy` or `UploadNotFound`.
        """
        ...

    def drop(self, upload: Upload) -> None:
        """Bytes and row, for good. Dropping what is gone does nothing."""
        ...

    def drop_of_return(self, return_id: str) -> int:
        """All of a return that are not finished; one that just becomes a photo is waited for."""
        ...

    def sweep(self, now: datetime) -> int:
        """Drops what has expired by then; returns how many uploads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """Makes bytes a photo of an inspection. Every step may be done again, so a crash is mended by repeating.

    `add_photo` is the workflow's.
    """

    cases: Cases
    gate: Gate
    photos: PhotoStore
    uploads: Uploads
    add_photo: Callable[[str, str, int, View | None, datetime | None], CasePhoto]

    def finish(self, upload: Upload) -> None:
        """What has all its bytes becomes a photo; what was finished before stays so.

        Raises `ChecksumMismatch` or `PhotoRejected`, and the upload is gone; `MoveRefused` or
        `TooManyPhotos`, and it waits for a repetition until it expires; or `OffsetMismatch`.
        """
        try:
            self._finish(upload)
        except OffsetMismatch as error:
            if error.offset != upload.length:
                raise  # else somebody else finished it in this moment

    def _finish(self, upload: Upload) -> None:
        with self.uploads.whole(upload) as encoded:
            if encoded is None:
                return
            try:
                self._check(upload, encoded)
            except (ChecksumMismatch, PhotoRejected):
                self.uploads.drop(upload)
                raise
            self._keep(upload.inspection_id, upload.sha256, encoded, upload.view)
            self.uploads.finish(upload)

    def take(self, inspection_id: str, encoded: bytes, view: View | None) -> CasePhoto:
        """One that came whole. Raises `PhotoRejected`, `MoveRefused` or `TooManyPhotos`."""
        self.gate.open(encoded)
        return self._keep(inspection_id, hashlib.sha256(encoded).hexdigest(), encoded, view)

    def _check(self, upload: Upload, encoded: bytes) -> None:
        if hashlib.sha256(encoded).hexdigest() != upload.sha256:
            raise ChecksumMismatch
        self.gate.open(encoded)

    def _keep(self, inspection_id: str, sha256: str, encoded: bytes, view: View | None) -> CasePhoto:
        with self.cases.change() as change:
            case = change.case(inspection_id)
            there = change.photos_of(inspection_id)
        for photo in there:
            if photo.sha256 == sha256:  # by a request whose answer was lost; it may be submitted by now
                return photo
        # nothing is stored that would belong to nobody; adding it asks again, and for certain
        moved(case.state, InspectionMove.SUBMIT)
        check_room(there)
        keeping = Keeping(photos=self.photos, expect=self.uploads.expect)
        return keeping.keep(
            {sha256: lambda: encoded},
            lambda since: self.add_photo(inspection_id, sha256, len(encoded), view, since[sha256]),
        )
