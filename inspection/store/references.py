"""Photos of undamaged items, by the merchant's own item number: SQL for `ports.References`."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import ReferenceNotFound
from inspection.ports import Reference
from inspection.store import coming
from inspection.store.engine import Database
from inspection.store.tables import REFERENCE_PHOTOS


class SqlReferences:
    """Inspections of an item are compared with the newest 20 of its number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, made: Reference, size: int, since: datetime | None = None) -> Reference:
        """Adding the same photo to the same item again gives the one that is there."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        row = {field: getattr(made, field) for field in ("id", "sku", "sha256", "source", "added_at")}
        there = _standing().where(
            REFERENCE_PHOTOS.c.sku == made.sku, REFERENCE_PHOTOS.c.sha256 == made.sha256
        )
        with self._database.writing() as connection:
            coming.use(connection, made.sha256, size, made.added_at, since=since)
            connection.execute(dialect.insert(REFERENCE_PHOTOS).values(row).on_conflict_do_nothing())
            return _reference(connection.execute(there).one())

    def of(self, sku: str, *, after: str | None, limit: int) -> tuple[Reference, ...]:
        """The newest first."""
        wanted = _standing().where(REFERENCE_PHOTOS.c.sku == sku)
        if after is not None:
            wanted = wanted.where(REFERENCE_PHOTOS.c.id < after)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(REFERENCE_PHOTOS.c.id.desc()).limit(limit))
            return tuple(map(_reference, rows))

    def remove(self, reference_id: str) -> None:
        """Nothing is compared with it any more. Raises `ReferenceNotFound`."""
        gone = update(REFERENCE_PHOTOS).where(
            REFERENCE_PHOTOS.c.id == reference_id, REFERENCE_PHOTOS.c.removed_at.is_(None)
        )
        with self._database.writing() as connection:
            if not connection.execute(gone.values(removed_at=datetime.now(UTC))).rowcount:
                raise ReferenceNotFound(reference_id)


def _standing() -> Select[Any]:
    c = REFERENCE_PHOTOS.c
    return select(c.id, c.sku, c.sha256, c.source, c.added_at).where(c.removed_at.is_(None))


def _reference(row: Row[Any]) -> Reference:
    return Reference(**row._mapping)
