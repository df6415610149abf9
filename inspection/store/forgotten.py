"""What rows forget with a photo: SQL for `ports.Forgotten`."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, exists, select, update

from inspection.errors import PhotoNotFound, ReturnNotFound
from inspection.store import chain
from inspection.store.engine import Database
from inspection.store.fingerprints import forget
from inspection.store.tables import (
    INSPECTION_PHOTOS,
    INSPECTIONS,
    LOOKS,
    PHOTOS,
    REFERENCE_PHOTOS,
    RETURN_LINES,
    RETURNS,
)


class SqlForgotten:
    """See `ports.Forgotten`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, sha256: str) -> None:
        """Raises `PhotoNotFound`."""
        with self._database.reading() as connection:
            if connection.execute(select(PHOTOS.c.sha256).where(PHOTOS.c.sha256 == sha256)).first() is None:
                raise PhotoNotFound(sha256)

    def erase(self, sha256: str, actor: str, why: str) -> None:
        """Once: erasing what is erased adds nothing to the record."""
        now = datetime.now(UTC)
        fresh = update(PHOTOS).where(PHOTOS.c.sha256 == sha256, PHOTOS.c.erased_at.is_(None))
        with self._database.writing() as connection:
            if not connection.execute(fresh.values(erased_at=now)).rowcount:
                return
            forget(connection, sha256)
            gone = update(REFERENCE_PHOTOS).where(
                REFERENCE_PHOTOS.c.sha256 == sha256, REFERENCE_PHOTOS.c.removed_at.is_(None)
            )
            connection.execute(gone.values(removed_at=now))
            told = {"sha256": sha256, "why": why}
            chain.append(connection, at=now, kind="erasure", subject=sha256, actor=actor, body=told)
            # after the record's lock: a look that is being kept has it, and its heat is there by now
            _forget_heat(connection, sha256)

    def photos_of_return(self, return_id: str) -> tuple[str, ...]:
        """Not erased yet, and used by no other return. Raises `ReturnNotFound`."""
        mine = _photos_of(return_id)
        others = (
            select(INSPECTION_PHOTOS.c.sha256)
            .join(INSPECTIONS, INSPECTIONS.c.id == INSPECTION_PHOTOS.c.inspection_id)
            .outerjoin(RETURN_LINES, RETURN_LINES.c.id == INSPECTIONS.c.line_id)
            .where(RETURN_LINES.c.return_id.is_distinct_from(return_id))
        )
        with self._database.reading() as connection:
            if connection.execute(select(RETURNS.c.id).where(RETURNS.c.id == return_id)).first() is None:
                raise ReturnNotFound(return_id)
            wanted = select(PHOTOS.c.sha256).where(
                PHOTOS.c.sha256.in_(mine), PHOTOS.c.sha256.not_in(others), PHOTOS.c.erased_at.is_(None)
            )
            return tuple(connection.execute(wanted).scalars())

    def older_than(self, when: datetime, most: int) -> tuple[str, ...]:
        """Not erased yet, the oldest first; photos of undamaged items stay while they are used."""
        used = exists().where(
            REFERENCE_PHOTOS.c.sha256 == PHOTOS.c.sha256, REFERENCE_PHOTOS.c.removed_at.is_(None)
        )
        wanted = select(PHOTOS.c.sha256).where(PHOTOS.c.erased_at.is_(None), PHOTOS.c.stored_at < when, ~used)
        with self._database.reading() as connection:
            return tuple(connection.execute(wanted.order_by(PHOTOS.c.stored_at).limit(most)).scalars())


def _photos_of(return_id: str) -> Any:
    return (
        select(INSPECTION_PHOTOS.c.sha256)
        .join(INSPECTIONS, INSPECTIONS.c.id == INSPECTION_PHOTOS.c.inspection_id)
        .join(RETURN_LINES, RETURN_LINES.c.id == INSPECTIONS.c.line_id)
        .where(RETURN_LINES.c.return_id == return_id)
    )


def _forget_heat(connection: Connection, sha256: str) -> None:
    """A heat map shows where on the picture something was: it goes with the picture."""
    of_it = select(INSPECTION_PHOTOS.c.inspection_id).where(INSPECTION_PHOTOS.c.sha256 == sha256)
    for look in connection.execute(select(LOOKS).where(LOOKS.c.inspection_id.in_(of_it))).mappings().all():
        inspection = look["body"]["inspection"]
        names = {photo["id"] for photo in inspection["photos"] if photo["sha256"] == sha256}
        for reading in inspection["reading"]["photos"]:
            if reading["photo"] in names:
                reading["heat"] = None
        same = (LOOKS.c.inspection_id == look["inspection_id"]) & (LOOKS.c.turn == look["turn"])
        connection.execute(update(LOOKS).where(same).values(body=look["body"]))
