"""What waits, for operators: read from the database, so that every process tells the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, case, func, select

from inspection.returns.return_order import InspectionState
from inspection.store.engine import Database
from inspection.store.tables import DELIVERIES, EVENTS, INSPECTIONS, REVIEWS, WEBHOOKS, WORKERS
from inspection.webhooks.endpoint import REPLAY

SEEN_WITHIN = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits: for the model, for a person, beyond its time, for delivery; and how many work.

    `submitted_oldest` is how long the first of them has waited, `late_oldest` how long it is beyond its time,
    `undelivered_oldest` how long ago the first undelivered event was, those replayed left aside: seconds, 0
    where none waits.
    """

    submitted: int
    submitted_oldest: float
    reviews: int
    late: int
    late_oldest: float
    undelivered: int
    undelivered_oldest: float
    workers: int


def backlog(database: Database, now: datetime) -> Backlog:
    """As it stands."""
    submitted = INSPECTIONS.c.state == InspectionState.SUBMITTED
    open_ = REVIEWS.c.closed_at.is_(None)
    late = and_(open_, REVIEWS.c.due_at <= now)
    with database.reading() as connection:
        seen = database.now(connection) - SEEN_WITHIN
        undelivered, undelivered_oldest = _undelivered(connection, now)
        return Backlog(
            submitted=_count(connection, submitted),
            submitted_oldest=_age(connection, INSPECTIONS.c.submitted_at, submitted, now),
            reviews=_count(connection, open_),
            late=_count(connection, late),
            late_oldest=_age(connection, REVIEWS.c.due_at, late, now),
            undelivered=undelivered,
            undelivered_oldest=undelivered_oldest,
            workers=_count(connection, and_(WORKERS.c.seen_at > seen, ~WORKERS.c.stopped)),
        )


def _count(connection: Connection, where: Any) -> int:
    return int(connection.execute(select(func.count()).where(where)).scalar_one())


def _age(connection: Connection, since: Column[datetime], where: ColumnElement[bool], now: datetime) -> float:
    """Of the oldest, in seconds."""
    return _seconds(now, connection.execute(select(func.min(since)).where(where)).scalar())


def _undelivered(connection: Connection, now: datetime) -> tuple[int, float]:
    """How many go on being tried, and the age of the oldest: what is given up, or of no use, clears."""
    first = case((DELIVERIES.c.attempts < REPLAY, EVENTS.c.at))
    waiting = (
        select(func.count(), func.min(first, type_=EVENTS.c.at.type))
        .select_from(DELIVERIES)
        .join(EVENTS, EVENTS.c.id == DELIVERIES.c.event_id)
        .join(WEBHOOKS, WEBHOOKS.c.id == DELIVERIES.c.webhook_id)
        .where(DELIVERIES.c.delivered_at.is_(None), DELIVERIES.c.given_up_at.is_(None))
        .where(WEBHOOKS.c.removed_at.is_(None))
    )
    count, at = connection.execute(waiting).one()
    return int(count), _seconds(now, at)


def _seconds(now: datetime, since: datetime | None) -> float:
    """A clock that is behind makes nothing younger than 0."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
