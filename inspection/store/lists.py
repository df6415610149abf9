"""Pages of returns, inspections and reviews: the newest, or the most urgent, first."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from inspection.errors import CursorUnusable, InspectionNotFound, ReturnNotFound, ReviewNotFound
from inspection.returns.case import Case, CasePhoto, Return, ReviewCase
from inspection.returns.return_order import InspectionState
from inspection.store.change import case_of, photos_of, return_of, review_of
from inspection.store.engine import Database
from inspection.store.tables import DELIVERIES, INSPECTIONS, RETURN_LINES, RETURNS, REVIEWS, WORKERS

SEEN_WITHIN = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits: for the model, for a person, beyond its time, for delivery; and how many work."""

    submitted: int
    reviews: int
    late: int
    undelivered: int
    workers: int


class SqlLists:
    """Reads; locks nothing. A page goes on after the last id of the one before, whatever came meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def returns(self, *, after: str | None, limit: int, reference: str | None = None) -> tuple[Return, ...]:
        """The newest first; `reference` is the merchant's own number."""
        wanted = select(RETURNS).order_by(RETURNS.c.id.desc()).limit(limit)
        if after is not None:
            wanted = wanted.where(RETURNS.c.id < after)
        if reference is not None:
            wanted = wanted.where(RETURNS.c.reference == reference)
        with self._database.reading() as connection:
            return tuple(return_of(connection, row) for row in connection.execute(wanted).mappings().all())

    def return_(self, return_id: str) -> Return:
        """Raises `ReturnNotFound`."""
        with self._database.reading() as connection:
            found = connection.execute(select(RETURNS).where(RETURNS.c.id == return_id)).mappings().first()
            if found is None:
                raise ReturnNotFound(return_id)
            return return_of(connection, found)

    def inspections(
        self,
        *,
        after: str | None,
        limit: int,
        state: InspectionState | None = None,
        of_return: str | None = None,
    ) -> tuple[Case, ...]:
        """The newest first, of one return or of all."""
        wanted = select(INSPECTIONS).order_by(INSPECTIONS.c.id.desc()).limit(limit)
        if after is not None:
            wanted = wanted.where(INSPECTIONS.c.id < after)
        if state is not None:
            wanted = wanted.where(INSPECTIONS.c.state == state)
        if of_return is not None:
            lines = select(RETURN_LINES.c.id).where(RETURN_LINES.c.return_id == of_return)
            wanted = wanted.where(INSPECTIONS.c.line_id.in_(lines))
        with self._database.reading() as connection:
            return tuple(case_of(row) for row in connection.execute(wanted).mappings())

    def inspection(self, inspection_id: str) -> tuple[Case, tuple[CasePhoto, ...]]:
        """With its photos. Raises `InspectionNotFound`."""
        with self._database.reading() as connection:
            return self._case(connection, inspection_id), photos_of(connection, inspection_id)

    def return_of(self, inspection_id: str) -> str | None:
        """Whose item is looked at; `None` for an inspection by itself. Raises `InspectionNotFound`."""
        with self._database.reading() as connection:
            line_id = self._case(connection, inspection_id).line_id
            of_line = select(RETURN_LINES.c.return_id).where(RETURN_LINES.c.id == line_id)
            return connection.execute(of_line).scalar()

    def reviews(self, *, after: str | None, limit: int, person: str | None = None) -> tuple[ReviewCase, ...]:
        """Open ones by what is at stake, then by age, but for those that `person` may not judge.

        `after` is the urgency and the id of the last one, `4000_0192…`. Raises `CursorUnusable`.
        """
        wanted = select(REVIEWS).where(REVIEWS.c.closed_at.is_(None))
        if person is not None:
            wanted = wanted.where(or_(REVIEWS.c.not_by.is_(None), REVIEWS.c.not_by != person))
        if after is not None:
            wanted = wanted.where(_after(after))
        ordered = wanted.order_by(REVIEWS.c.urgency.desc(), REVIEWS.c.id).limit(limit)
        with self._database.reading() as connection:
            return tuple(review_of(row) for row in connection.execute(ordered).mappings())

    def review(self, review_id: str) -> ReviewCase:
        """Raises `ReviewNotFound`."""
        with self._database.reading() as connection:
            found = connection.execute(select(REVIEWS).where(REVIEWS.c.id == review_id)).mappings().first()
        if found is None:
            raise ReviewNotFound(review_id)
        return review_of(found)

    def backlog(self, now: datetime) -> Backlog:
        """For operators."""
        open_ = REVIEWS.c.closed_at.is_(None)
        with self._database.reading() as connection:
            return Backlog(
                submitted=_count(connection, INSPECTIONS.c.state == InspectionState.SUBMITTED),
                reviews=_count(connection, open_),
                late=_count(connection, and_(open_, REVIEWS.c.due_at <= now)),
                undelivered=_count(connection, DELIVERIES.c.delivered_at.is_(None)),
                workers=_count(connection, and_(WORKERS.c.seen_at > now - SEEN_WITHIN, ~WORKERS.c.stopped)),
            )

    def _case(self, connection: Connection, inspection_id: str) -> Case:
        wanted = select(INSPECTIONS).where(INSPECTIONS.c.id == inspection_id)
        found = connection.execute(wanted).mappings().first()
        if found is None:
            raise InspectionNotFound(inspection_id)
        return case_of(found)


_CURSOR = re.compile(r"(-?[0-9]{1,18})_([0-9a-f-]{36})")
"""An urgency that the column has room for, and an id."""


def _after(cursor: str) -> ColumnElement[bool]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorUnusable
    less, id_ = int(found[1]), found[2]
    return or_(REVIEWS.c.urgency < less, and_(REVIEWS.c.urgency == less, REVIEWS.c.id > id_))


def _count(connection: Connection, where: Any) -> int:
    return int(connection.execute(select(func.count()).where(where)).scalar_one())
