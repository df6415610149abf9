"""Uploads: a row each, and a file that grows. The file's length is the offset: no crash can part the two."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select, update

from inspection.casework.receiving import OffsetMismatch, Upload, UploadElsewhere, UploadNotFound
from inspection.store import coming, unfinished
from inspection.store.engine import Database
from inspection.store.partial_files import PartialFiles
from inspection.store.tables import INSPECTIONS, RETURN_LINES, UPLOADS
from inspection.verdict.findings import View

LASTS = timedelta(hours=24)
_SWEPT_AT_ONCE = 500
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class UploadFolder:
    """See `Uploads`. The folder belongs to one machine, or is a file system that keeps locks for several."""

    def __init__(
        self, database: Database, folder: Path, *, new_id: Callable[[], str], lasts: timedelta = LASTS
    ) -> None:
        self._database = database
        self._files = PartialFiles(folder)
        self._new_id = new_id
        self._lasts = lasts

    def create(
        self, inspection_id: str, *, length: int, sha256: str, view: View | None, id_: str | None = None
    ) -> Upload:
        """See `Uploads`."""
        now = datetime.now(UTC)
        made = Upload(
            id=id_ or self._new_id(),
            inspection_id=inspection_id,
            length=length,
            sha256=sha256,
            view=view,
            created_at=now,
            expires_at=now + self._lasts,
            finished_at=None,
            place=self._files.place,
        )
        with self._database.writing() as connection:
            there = unfinished.upload_of(connection, made.id)
            if there is not None:
                return self._reachable(there)
            unfinished.check_open(connection, inspection_id)
            others = unfinished.under_way(connection, inspection_id, now)
            for one in others:
                if (one.sha256, one.length) == (sha256, length) and self._is_here(one):
                    return unfinished.promised_again(connection, one, made)
            left = unfinished.make_room(connection, others, self._files, now)
            unfinished.add(connection, made)
            self._files.make(made.id)  # before the row can be seen; one without a row is swept
        if left is not None:
            self._files.remove(left)
        return made

    def get(self, upload_id: str) -> Upload:
        """See `Uploads`."""
        if not _ID.fullmatch(upload_id):  # a name from outside never becomes a path
            raise UploadNotFound
        found = self._row(upload_id)
        if found is None or found.expires_at <= datetime.now(UTC):
            raise UploadNotFound
        return self._reachable(found)

    def offset(self, upload: Upload) -> int:
        """See `Uploads`."""
        if upload.finished_at is not None:
            return upload.length
        try:
            return self._files.length(upload.id)
        except FileNotFoundError as error:
            if self._finished(upload):
                return upload.length
            raise UploadNotFound from error

    def append(self, upload: Upload, offset: int, piece: bytes) -> int:
        """See `Uploads`."""
        try:
            return self._files.append(upload.id, offset, memoryview(piece)[: upload.length - offset])
        except FileNotFoundError as error:
            if self._finished(upload):
                raise OffsetMismatch(upload.length) from error
            raise UploadNotFound from error

    @contextmanager
    def whole(self, upload: Upload) -> Iterator[bytes | None]:
        """See `Uploads`."""
        if self._finished(upload):
            yield None
            return
        try:
            with self._files.locked(upload.id) as file:
                encoded = None if self._finished(upload) else self._files.read(file)
                if encoded is not None and len(encoded) != upload.length:
                    raise OffsetMismatch(len(encoded))
                yield encoded
        except FileNotFoundError as error:
            if not self._finished(upload):
                raise UploadNotFound from error
            raise OffsetMismatch(upload.length) from error  # finished just now: asking again tells so

    def expect(self, sha256: str, size: int) -> datetime:
        """See `Uploads`."""
        with self._database.writing() as connection:
            return coming.expect(connection, sha256, size, datetime.now(UTC))

    def finish(self, upload: Upload) -> None:
        """See `Uploads`."""
        with self._database.writing() as connection:
            this = update(UPLOADS).where(UPLOADS.c.id == upload.id)
            connection.execute(this.values(finished_at=datetime.now(UTC)))
        self._files.remove(upload.id)

    def end(self, upload: Upload) -> bool:
        """See `Uploads`."""
        try:
            with self._files.locked(upload.id):
                return self._dropped(upload)
        except FileNotFoundError:  # finished, or lost
            return self._dropped(upload)

    def drop(self, upload: Upload) -> None:
        """See `Uploads`."""
        with self._database.writing() as connection:
            connection.execute(delete(UPLOADS).where(UPLOADS.c.id == upload.id))
        self._files.remove(upload.id)

    def drop_of_return(self, return_id: str) -> int:
        """See `Uploads`. Files of other machines go with their sweep, for want of a row."""
        of_it = select(INSPECTIONS.c.id).join(RETURN_LINES, RETURN_LINES.c.id == INSPECTIONS.c.line_id)
        mine = UPLOADS.c.inspection_id.in_(of_it.where(RETURN_LINES.c.return_id == return_id))
        with self._database.writing() as connection:
            begun = delete(UPLOADS).where(mine, UPLOADS.c.finished_at.is_(None)).returning(UPLOADS.c.id)
            dropped = list(connection.execute(begun).scalars())
        for upload_id in dropped:
            self._files.remove_unlocked(upload_id)
        return len(dropped)

    def sweep(self, now: datetime) -> int:
        """See `Uploads`; and files that a crash left without a row, once they are as old."""
        with self._database.reading() as connection:
            past = select(UPLOADS.c.id).where(UPLOADS.c.expires_at <= now).limit(_SWEPT_AT_ONCE)
            expired = list(connection.execute(past).scalars())
        if expired:
            with self._database.writing() as connection:
                connection.execute(delete(UPLOADS).where(UPLOADS.c.id.in_(expired)))
        old = self._files.untouched_since((now - self._lasts).timestamp())
        forgotten = [one for one in old[:_SWEPT_AT_ONCE] if _ID.fullmatch(one) and self._row(one) is None]
        for upload_id in (*expired, *forgotten):
            self._files.remove(upload_id)
        return len(expired)

    def _reachable(self, upload: Upload) -> Upload:
        if upload.finished_at is None and not upload.is_at(self._files.place):
            raise UploadElsewhere
        return upload

    def _is_here(self, upload: Upload) -> bool:
        return upload.is_at(self._files.place) and self._files.standing(upload.id) is not None

    def _dropped(self, upload: Upload) -> bool:
        if self._finished(upload):
            return False
        self.drop(upload)
        return True

    def _finished(self, upload: Upload) -> bool:
        found = self._row(upload.id)
        if found is None:
            raise UploadNotFound
        return found.finished_at is not None

    def _row(self, upload_id: str) -> Upload | None:
        with self._database.reading() as connection:
            return unfinished.upload_of(connection, upload_id)
