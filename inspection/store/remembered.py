"""Which photos are not remembered yet by the model in use: SQL for `seen.backfill.Remembered`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from inspection.seen.backfill import Coverage, Page
from inspection.store.engine import Database
from inspection.store.fingerprints import ERASED
from inspection.store.tables import FINGERPRINTS, PHOTOS


class SqlRemembered:
    """`model` is the hash of the bundle in use."""

    def __init__(self, database: Database, *, model: str) -> None:
        self._database = database
        self._model = model

    def by_hash(self, after: str, until: str, before: datetime, most: int) -> Page:
        """See `Remembered.by_hash`."""
        c = PHOTOS.c
        wanted = self._photos().where(c.sha256 > after, c.sha256 <= until, c.stored_at < before)
        return self._page(wanted.order_by(c.sha256), most)

    def by_time(self, after: tuple[datetime, str], until: datetime, most: int) -> Page:
        """See `Remembered.by_time`."""
        c, (when, sha256) = PHOTOS.c, after
        behind = or_(c.stored_at > when, and_(c.stored_at == when, c.sha256 > sha256))
        wanted = self._photos().where(c.stored_at >= when, behind, c.stored_at <= until)
        return self._page(wanted.order_by(c.stored_at, c.sha256), most)

    def erased(self, sha256: str) -> bool:
        """See `Remembered.erased`."""
        gone = select(PHOTOS.c.sha256).where(PHOTOS.c.sha256 == sha256, PHOTOS.c.erased_at.is_not(None))
        with self._database.reading() as connection:
            return connection.execute(gone).first() is not None

    def coverage(self) -> Coverage:
        """See `Remembered.coverage`."""
        told = self._photos().subquery()
        counted = select(func.count(), func.count(told.c.quality), func.sum(told.c.seen))
        with self._database.reading() as connection:
            photos, hashed, seen = connection.execute(counted).one()
        return Coverage(photos=photos, hashed=hashed, seen=int(seen or 0))

    def _photos(self) -> Select[Any]:
        """That are not erased, each with what is remembered of it."""
        c = FINGERPRINTS.c
        seen = case((c.bundle_sha256 == self._model, 1), else_=0).label("seen")
        there = and_(c.sha256 == PHOTOS.c.sha256, c.quality != ERASED)
        return (
            select(PHOTOS.c.sha256, PHOTOS.c.stored_at, c.quality, seen)
            .select_from(PHOTOS.outerjoin(FINGERPRINTS, there))
            .where(PHOTOS.c.erased_at.is_(None))
        )

    def _page(self, wanted: Select[Any], most: int) -> Page:
        with self._database.reading() as connection:
            rows: Sequence[Any] = connection.execute(wanted.limit(most)).all()
        last = (rows[-1].stored_at, rows[-1].sha256) if rows else None
        return Page(last=last, lacking=[row.sha256 for row in rows if not row.seen])
