"""The rows of uploads under way: which there are, which is the same photo again, which makes room."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, insert, select, update

from inspection.casework.receiving import TooManyUploads, Upload
from inspection.errors import InspectionNotFound
from inspection.returns.return_order import InspectionMove, InspectionState, moved
from inspection.store.partial_files import PartialFiles
from inspection.store.tables import INSPECTIONS, UPLOADS
from inspection.verdict.findings import View

MOST_AT_ONCE = 20
"""Unfinished ones of an inspection: as many as it may have photos."""
UNTOUCHED = timedelta(minutes=10)
"""One of which nothing came for so long makes room for another: no request lasts as long."""
_FIELDS = [one.name for one in fields(Upload)]


def upload_of(connection: Connection, upload_id: str) -> Upload | None:
    """By its id, whatever became of it."""
    row = connection.execute(select(UPLOADS).where(UPLOADS.c.id == upload_id)).mappings().one_or_none()
    return None if row is None else _upload(row)


def check_open(connection: Connection, inspection_id: str) -> None:
    """With the inspection locked: none begins beside. Raises `InspectionNotFound` or `MoveRefused`."""
    wanted = select(INSPECTIONS.c.state).where(INSPECTIONS.c.id == inspection_id).with_for_update()
    state = connection.execute(wanted).scalar()
    if state is None:
        raise InspectionNotFound(inspection_id)
    moved(InspectionState(state), InspectionMove.SUBMIT)


def under_way(connection: Connection, inspection_id: str, now: datetime) -> list[Upload]:
    """The oldest first."""
    wanted: Select[Any] = select(UPLOADS).where(
        UPLOADS.c.inspection_id == inspection_id, UPLOADS.c.finished_at.is_(None), UPLOADS.c.expires_at > now
    )
    found = connection.execute(wanted.order_by(UPLOADS.c.created_at, UPLOADS.c.id)).mappings()
    return [_upload(row) for row in found]


def add(connection: Connection, made: Upload) -> None:
    """Its row."""
    connection.execute(insert(UPLOADS).values({name: getattr(made, name) for name in _FIELDS}))


def promised_again(connection: Connection, there: Upload, made: Upload) -> Upload:
    """The one that is there, with the time and the view of the promise that came last."""
    this = update(UPLOADS).where(UPLOADS.c.id == there.id)
    connection.execute(this.values(expires_at=made.expires_at, view=made.view or there.view))
    again = upload_of(connection, there.id)
    assert again is not None  # noqa: S101 its inspection is locked, and it was read under that lock
    return again


def make_room(
    connection: Connection, there: Sequence[Upload], files: PartialFiles, now: datetime
) -> str | None:
    """The id of the one whose row was dropped, if any had to be. Raises `TooManyUploads`.

    Nobody can list uploads, so one whose beginning was never heard of could be ended by nobody.
    """
    if len(there) < MOST_AT_ONCE:
        return None
    least = min((_worth(one, files, now) for one in there), default=None)
    if least is None or least[0] == _UNDER_WAY:
        raise TooManyUploads(MOST_AT_ONCE)
    connection.execute(delete(UPLOADS).where(UPLOADS.c.id == least[2]))
    return least[2]


_EMPTY, _LEFT, _UNDER_WAY = range(3)


def _worth(upload: Upload, files: PartialFiles, now: datetime) -> tuple[int, float, str]:
    """Sorts the one to lose first: what is empty, the oldest of it, and then what was left the longest."""
    begun = upload.created_at.timestamp()
    if upload.is_at(files.place):
        size, touched = files.standing(upload.id) or (0, begun)
        if size == 0:
            return _EMPTY, begun, upload.id
    else:
        touched = begun  # how far it came is known elsewhere
    left = touched <= (now - UNTOUCHED).timestamp()
    return _LEFT if left else _UNDER_WAY, touched, upload.id


def _upload(row: RowMapping) -> Upload:
    told = {name: row[name] for name in _FIELDS}
    return Upload(**told | {"view": row["view"] and View(row["view"])})
