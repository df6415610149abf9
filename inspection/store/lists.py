"""Pages of returns, inspections and reviews: the newest, or the most urgent, first."""

import re
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from inspection.errors import CursorUnusable, InspectionNotFound, ReturnNotFound, ReviewNotFound
from inspection.returns.case import Case, CasePhoto, Return, ReviewCase
from inspection.returns.return_order import InspectionState
from inspection.store.backlog import Backlog, backlog
from inspection.store.engine import Database
from inspection.store.rows import case_of, photos_of, returns_of, reviews_of
from inspection.store.tables import INSPECTIONS, RETURN_LINES, RETURNS, REVIEW_BARRED, REVIEWS


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
            return returns_of(connection, connection.execute(wanted).mappings().all())

    def return_(self, return_id: str) -> Return:
        """Raises `ReturnNotFound`."""
        with self._database.reading() as connection:
            found = connection.execute(select(RETURNS).where(RETURNS.c.id == return_id)).mappings().first()
            if found is None:
                raise ReturnNotFound(return_id)
            return returns_of(connection, [found])[0]

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
            mine = (REVIEW_BARRED.c.review_id == REVIEWS.c.id) & (REVIEW_BARRED.c.person == person)
            wanted = wanted.where(~exists().where(mine))
        if after is not None:
            wanted = wanted.where(_after(after))
        ordered = wanted.order_by(REVIEWS.c.urgency.desc(), REVIEWS.c.id).limit(limit)
        with self._database.reading() as connection:
            return reviews_of(connection, connection.execute(ordered).mappings().all())

    def review(self, review_id: str) -> ReviewCase:
        """Raises `ReviewNotFound`."""
        with self._database.reading() as connection:
            found = connection.execute(select(REVIEWS).where(REVIEWS.c.id == review_id)).mappings().first()
            if found is None:
                raise ReviewNotFound(review_id)
            return reviews_of(connection, [found])[0]

    def backlog(self, now: datetime) -> Backlog:
        """For operators."""
        return backlog(self._database, now)

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
