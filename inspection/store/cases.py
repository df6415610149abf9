"""`Cases` in a SQL database: one transaction a change, rows locked as they are read."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from inspection.errors import InspectionNotFound
from inspection.ports import KeptLook
from inspection.returns.case import Entry
from inspection.returns.return_order import InspectionState
from inspection.store import chain
from inspection.store.agreement import contradictions
from inspection.store.change import SqlChange
from inspection.store.codec import decode, hash_of_look
from inspection.store.engine import Database
from inspection.store.jobs.queue import JobQueue
from inspection.store.rows import entries_of
from inspection.store.tables import INSPECTIONS, LOOKS, RECORD, REVIEWS
from inspection.verdict.inspection import Inspection

_WRITES_EVERY_SECONDS = 15.0

also: ContextVar[tuple[Callable[[Connection], None], ...]] = ContextVar("also", default=())
"""What else belongs into the transaction of this request: that its idempotency key has had its effect."""


def noted(connection: Connection) -> None:
    """At the end of whatever transaction a request's effect is in."""
    for note in also.get():
        note(connection)


MOST_NAMED = 100

Heard = Callable[[str, Mapping[str, Any]], None]


class SqlCases:
    """See `ports.Cases`."""

    def __init__(self, database: Database, queue: JobQueue, *, heard: Heard | None = None) -> None:
        """`heard` is called with each event of a change, once that is committed."""
        self.database = database
        self._queue = queue
        self._heard = heard
        self._wrote_at: float | None = None

    @contextmanager
    def change(self) -> Iterator[SqlChange]:
        """See `Cases.change`."""
        with self.database.writing() as connection:
            change = SqlChange(connection, self._queue, now=datetime.now(UTC))
            yield change
            noted(connection)
        if self._heard is not None:
            for type_, body in change.told:
                self._heard(type_, body)

    def get(self, inspection_id: str) -> Inspection:
        """See `Cases.get`."""
        return self.look(inspection_id).inspection

    def look(self, inspection_id: str, turn: int | None = None) -> KeptLook:
        """See `Cases.look`."""
        row = self._look(inspection_id, turn)
        return KeptLook(
            turn=row["turn"], inspection=decode(row["body"]), compared_with=tuple(row["compared_with"])
        )

    def hash_of_look(self, inspection_id: str, turn: int) -> str:
        """See `Cases.hash_of_look`."""
        row = self._look(inspection_id, turn)
        return hash_of_look(row["body"], row["compared_with"])

    def latest(self, count: int) -> Sequence[Inspection]:
        """See `Cases.latest`."""
        newest = select(LOOKS.c.body).order_by(LOOKS.c.at.desc(), LOOKS.c.inspection_id.desc())
        with self.database.reading() as connection:
            return [decode(body) for body in connection.execute(newest.limit(count)).scalars()]

    def submitted(self) -> int:
        """See `Cases.submitted`."""
        waiting = select(func.count()).where(INSPECTIONS.c.state == InspectionState.SUBMITTED)
        with self.database.reading() as connection:
            return int(connection.execute(waiting).scalar_one())

    def entries(self, subject: str) -> Sequence[Entry]:
        """See `Cases.entries`."""
        with self.database.reading() as connection:
            return entries_of(connection, subject)

    def due(self, now: datetime, most: int) -> Sequence[tuple[InspectionState, str]]:
        """See `Cases.due`."""
        with self.database.reading() as connection:
            return [*_expired(connection, now, most), *_late(connection, now, most)]

    def holds(self, seq: int, hash_: str) -> bool:
        """Whether the record still has this entry: one kept elsewhere shows that nothing was cut off."""
        kept = select(RECORD.c.hash).where(RECORD.c.seq == seq)
        with self.database.reading() as connection:
            return connection.execute(kept).scalar() == hash_

    def audit(self) -> chain.Audit:
        """Is the record whole, and does everything beside it agree? At most 100 contradictions are named."""
        with self.database.reading() as connection:
            found = chain.audit(connection)
            return replace(found, contradictions=tuple(islice(contradictions(connection), MOST_NAMED)))

    def close(self) -> None:
        """Lets go of the queue."""
        self._queue.close()

    def check(self) -> None:
        """See `Cases.check`. Reads each time, and writes now and then: SQLite has one lock for writers."""
        with self.database.reading() as connection:
            connection.execute(select(INSPECTIONS.c.id).limit(1))
        if self._wrote_at is None or time.monotonic() - self._wrote_at > _WRITES_EVERY_SECONDS:
            self._wrote_at = None
            self.database.try_writing()
            self._wrote_at = time.monotonic()

    def _look(self, inspection_id: str, turn: int | None) -> RowMapping:
        wanted = select(LOOKS).where(LOOKS.c.inspection_id == inspection_id)
        if turn is not None:
            wanted = wanted.where(LOOKS.c.turn == turn)
        with self.database.reading() as connection:
            row = connection.execute(wanted.order_by(LOOKS.c.turn.desc()).limit(1)).mappings().one_or_none()
        if row is None:
            raise InspectionNotFound(inspection_id)
        return row


def _expired(connection: Connection, now: datetime, most: int) -> list[tuple[InspectionState, Any]]:
    open_ = select(INSPECTIONS.c.id).where(
        INSPECTIONS.c.state == InspectionState.OPEN, INSPECTIONS.c.expires_at <= now
    )
    found = connection.execute(open_.order_by(INSPECTIONS.c.expires_at).limit(most)).scalars()
    return [(InspectionState.OPEN, one) for one in found]


def _late(connection: Connection, now: datetime, most: int) -> list[tuple[InspectionState, Any]]:
    waiting = select(REVIEWS.c.id).where(
        REVIEWS.c.closed_at.is_(None), REVIEWS.c.late_at.is_(None), REVIEWS.c.due_at <= now
    )
    found = connection.execute(waiting.order_by(REVIEWS.c.due_at).limit(most)).scalars()
    return [(InspectionState.IN_REVIEW, one) for one in found]
