"""What rows forget with a photo: SQL for `ports.Forgotten`. Which photos are due is asked in `overdue`."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from inspection.errors import PhotoNotFound, ReturnNotFound
from inspection.store import chain, overdue
from inspection.store.engine import Database
from inspection.store.fingerprints import alone, forget
from inspection.store.heat import forget_heat
from inspection.store.tables import (
    INSPECTION_PHOTOS,
    INSPECTIONS,
    PHOTOS,
    REFERENCE_PHOTOS,
    RETURN_LINES,
    RETURNS,
)

_SOFTWARE = "software"


class SqlForgotten:
    """See `ports.Forgotten`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, sha256: str) -> None:
        """See `Forgotten.known`."""
        with self._database.reading() as connection:
            if connection.execute(select(PHOTOS.c.sha256).where(PHOTOS.c.sha256 == sha256)).first() is None:
                raise PhotoNotFound(sha256)

    def erase(self, sha256: str, actor: str, why: str) -> None:
        """See `Forgotten.erase`. Erasing what is erased adds nothing to the record."""
        with self._telling(sha256), self._scrubbing() as connection:
            if _alive(connection, sha256):
                _erase(connection, sha256, actor, {"why": why})

    def erase_overdue(self, sha256: str, now: datetime, unused_since: datetime | None) -> None:
        """See `Forgotten.erase_overdue`."""
        with self._telling(sha256), self._scrubbing() as connection:
            why = overdue.why(connection, sha256, now, unused_since) if _alive(connection, sha256) else None
            if why is not None:
                _erase(connection, sha256, _SOFTWARE, {"why": why})

    def erase_of_return(self, return_id: str, sha256: str, actor: str, why: str) -> bool | None:
        """See `Forgotten.erase_of_return`."""
        mine = (INSPECTION_PHOTOS.c.sha256 == sha256) & INSPECTION_PHOTOS.c.inspection_id.in_(_of(return_id))
        told = {"why": why, "return_id": return_id}
        with self._telling(sha256), self._scrubbing() as connection:
            if not _alive(connection, sha256) or not _uses_go(connection, mine):
                return None
            if not _used(connection, sha256):
                _erase(connection, sha256, actor, told)
                return True
            forget_heat(connection, sha256, _of(return_id))
            _enter(connection, sha256, actor, told | {"still_used": True})
            return False

    def photos_of_return(self, return_id: str) -> tuple[str, ...]:
        """See `Forgotten.photos_of_return`."""
        there = INSPECTION_PHOTOS.c.erased_at.is_(None) | PHOTOS.c.cleared_at.is_(None)
        mine = (
            select(PHOTOS.c.sha256)
            .join(INSPECTION_PHOTOS, INSPECTION_PHOTOS.c.sha256 == PHOTOS.c.sha256)
            .where(INSPECTION_PHOTOS.c.inspection_id.in_(_of(return_id)), there)
        )
        with self._database.reading() as connection:
            if connection.execute(select(RETURNS.c.id).where(RETURNS.c.id == return_id)).first() is None:
                raise ReturnNotFound(return_id)
            return tuple(connection.execute(mine.distinct().order_by(PHOTOS.c.sha256)).scalars())

    def overdue(self, now: datetime, unused_since: datetime | None, most: int) -> Sequence[str]:
        """See `Forgotten.overdue`."""
        with self._database.reading() as connection:
            return overdue.photos(connection, now, unused_since, most)

    @contextmanager
    def while_erased(self, sha256: str) -> Iterator[bool]:
        """See `Forgotten.while_erased`. On SQLite all who write wait meanwhile, else those of this photo."""
        with self._database.writing() as connection:
            yield not _alive(connection, sha256)

    def uncleared(self, before: datetime, most: int) -> tuple[str, ...]:
        """See `Forgotten.uncleared`."""
        due = select(PHOTOS.c.sha256).where(PHOTOS.c.erased_at <= before, PHOTOS.c.cleared_at.is_(None))
        with self._database.reading() as connection:
            return tuple(connection.execute(due.order_by(PHOTOS.c.erased_at).limit(most)).scalars())

    def cleared(self, sha256: str, before: datetime) -> None:
        """See `Forgotten.cleared`. One that was erased anew since is looked at again."""
        this = update(PHOTOS).where(PHOTOS.c.sha256 == sha256, PHOTOS.c.erased_at <= before)
        with self._database.writing() as connection:
            connection.execute(this.values(cleared_at=datetime.now(UTC)))

    def erased_of(self, inspection_id: str) -> frozenset[str]:
        """See `Forgotten.erased_of`. One that was sent again is there again."""
        uses = select(INSPECTION_PHOTOS).where(INSPECTION_PHOTOS.c.inspection_id == inspection_id)
        with self._database.reading() as connection:
            rows = connection.execute(uses).all()
        there = {row.sha256 for row in rows if row.removed_at is None}
        return frozenset({row.sha256 for row in rows if row.erased_at is not None} - there)

    def erased_among(self, sha256s: Collection[str]) -> frozenset[str]:
        """See `Forgotten.erased_among`."""
        gone = select(PHOTOS.c.sha256).where(PHOTOS.c.sha256.in_(sha256s), PHOTOS.c.erased_at.is_not(None))
        with self._database.reading() as connection:
            return frozenset(connection.execute(gone).scalars())

    @contextmanager
    def _telling(self, sha256: str) -> Iterator[None]:
        """Inspections that lost it are of another version, for whoever read them before.

        Afterwards, by itself: who keeps a look locks its inspection before its photos.
        """
        since = datetime.now(UTC)
        yield
        lost = select(INSPECTION_PHOTOS.c.inspection_id).where(
            INSPECTION_PHOTOS.c.sha256 == sha256, INSPECTION_PHOTOS.c.erased_at >= since
        )
        grown = update(INSPECTIONS).where(INSPECTIONS.c.id.in_(lost))
        with self._database.writing() as connection:
            connection.execute(grown.values(version=INSPECTIONS.c.version + 1))

    @contextmanager
    def _scrubbing(self) -> Iterator[Connection]:
        """One erasure at a time, and SQLite overwrites what is deleted: it would leave it in free pages."""
        with self._database.writing() as connection:
            if not self._database.is_sqlite:
                alone(connection)  # before any photo is locked, as whoever remembers one does
                yield connection
                return
            connection.exec_driver_sql("PRAGMA secure_delete = ON").close()
            try:
                yield connection
            finally:
                connection.exec_driver_sql("PRAGMA secure_delete = OFF").close()


def _alive(connection: Connection, sha256: str) -> bool:
    """Locks it, so that it stays so: nobody begins to use it, and no look remembers it, meanwhile."""
    this = select(PHOTOS.c.sha256, PHOTOS.c.erased_at).where(PHOTOS.c.sha256 == sha256)
    row = connection.execute(this.with_for_update()).one_or_none()
    return row is not None and row.erased_at is None


def _erase(connection: Connection, sha256: str, actor: str, told: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    gone = update(PHOTOS).where(PHOTOS.c.sha256 == sha256)
    connection.execute(gone.values(erased_at=now, cleared_at=None, expires_at=None))
    forget(connection, sha256)
    reference = (REFERENCE_PHOTOS.c.sha256 == sha256) & REFERENCE_PHOTOS.c.removed_at.is_(None)
    connection.execute(update(REFERENCE_PHOTOS).where(reference).values(removed_at=now))
    _uses_go(connection, INSPECTION_PHOTOS.c.sha256 == sha256)
    forget_heat(connection, sha256)
    _enter(connection, sha256, actor, told)


def _uses_go(connection: Connection, which: Any) -> bool:
    """These inspections have it no more. Returns whether one had."""
    now = datetime.now(UTC)
    uses = update(INSPECTION_PHOTOS).where(which, INSPECTION_PHOTOS.c.erased_at.is_(None))
    removed = func.coalesce(INSPECTION_PHOTOS.c.removed_at, now, type_=INSPECTION_PHOTOS.c.removed_at.type)
    return bool(connection.execute(uses.values(erased_at=now, removed_at=removed)).rowcount)


def _used(connection: Connection, sha256: str) -> bool:
    """By another inspection, or as the merchant's own photo of an item."""
    has = select(INSPECTION_PHOTOS.c.sha256).where(
        INSPECTION_PHOTOS.c.sha256 == sha256, INSPECTION_PHOTOS.c.removed_at.is_(None)
    )
    shows = select(REFERENCE_PHOTOS.c.sha256).where(
        REFERENCE_PHOTOS.c.sha256 == sha256,
        REFERENCE_PHOTOS.c.removed_at.is_(None),
        REFERENCE_PHOTOS.c.source != "return",
    )
    return any(connection.execute(one.limit(1)).first() is not None for one in (has, shows))


def _enter(connection: Connection, sha256: str, actor: str, told: dict[str, Any]) -> None:
    body = {"sha256": sha256} | told
    chain.append(connection, at=datetime.now(UTC), kind="erasure", subject=sha256, actor=actor, body=body)


def _of(return_id: str) -> Select[Any]:
    """Its inspections."""
    lines = RETURN_LINES.c.id == INSPECTIONS.c.line_id
    return select(INSPECTIONS.c.id).join(RETURN_LINES, lines).where(RETURN_LINES.c.return_id == return_id)
