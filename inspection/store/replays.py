"""Telling once more what was told, or should have been: a fresh chain of attempts under the same id."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.ports import Job
from inspection.store.cases import SqlCases
from inspection.store.change import SqlChange
from inspection.store.tables import DELIVERIES, EVENTS, WEBHOOKS
from inspection.webhooks.endpoint import (
    EVERY,
    KEPT,
    PING,
    REPLAY,
    Delivery,
    Event,
    EventNotFound,
    WebhookNotFound,
)
from inspection.webhooks.ports import Moment

MOST_AT_ONCE = 500


class SqlReplays:
    """Each attempt's job is named by its number, so a replay's numbers begin beyond all that were used."""

    def __init__(self, cases: SqlCases) -> None:
        self._cases = cases

    def replay(self, webhook_id: str, event_id: str) -> None:
        """See `Log.replay`."""
        with self._cases.change() as change:
            _types(change.connection, webhook_id)
            wanted = (
                select(EVENTS.c.id)
                .where(EVENTS.c.id == event_id, (EVENTS.c.type != PING) | (EVENTS.c.subject == webhook_id))
                .where(EVENTS.c.at >= change.now - KEPT)
            )
            if change.connection.execute(wanted).one_or_none() is None:
                raise EventNotFound(event_id)
            _again(change, webhook_id, event_id)

    def replay_since(
        self,
        webhook_id: str,
        since: datetime,
        *,
        undelivered: bool = False,
        after: Moment | None = None,
        most: int = MOST_AT_ONCE,
    ) -> tuple[int, Moment | None]:
        """See `Log.replay_since`: `most` at a time."""
        with self._cases.change() as change:
            types = _types(change.connection, webhook_id)
            since = max(since, change.now - KEPT)
            wanted = _events(webhook_id, since, types, undelivered=undelivered)
            if after is not None:
                last = tuple_(literal(after[0], EVENTS.c.at.type), literal(after[1]))
                wanted = wanted.where(tuple_(EVENTS.c.at, EVENTS.c.id) > last)
            rows = change.connection.execute(wanted.limit(most + 1)).all()
            for row in rows[:most]:
                _again(change, webhook_id, row.id)
        more = rows[most - 1] if len(rows) > most else None
        return min(len(rows), most), None if more is None else (more.at, more.id)


def joined() -> Select[Any]:
    """Deliveries with their events."""
    return select(
        DELIVERIES,
        EVENTS.c.id, EVENTS.c.at, EVENTS.c.type, EVENTS.c.subject, EVENTS.c.body,
    ).join(EVENTS, EVENTS.c.id == DELIVERIES.c.event_id)  # fmt: skip


def delivery_of(row: RowMapping) -> Delivery:
    """From its row."""
    event = Event(**{name: row[name] for name in ("id", "at", "type", "subject", "body")})
    told = ("webhook_id", "delivered_at", "given_up_at", "last_status", "last_error")
    return Delivery(event=event, number=row["attempts"], **{name: row[name] for name in told})


def _events(webhook_id: str, since: datetime, types: list[str], *, undelivered: bool) -> Select[Any]:
    wanted = select(EVENTS.c.at, EVENTS.c.id).where(EVENTS.c.at >= since, EVENTS.c.type != PING)
    if EVERY not in types:
        wanted = wanted.where(EVENTS.c.type.in_(types))
    if undelivered:
        arrived = select(DELIVERIES.c.event_id).where(
            DELIVERIES.c.event_id == EVENTS.c.id,
            DELIVERIES.c.webhook_id == webhook_id,
            DELIVERIES.c.delivered_at.is_not(None),
        )
        wanted = wanted.where(~arrived.exists())
    return wanted.order_by(EVENTS.c.at, EVENTS.c.id)


def _types(connection: Connection, webhook_id: str) -> list[str]:
    there = select(WEBHOOKS.c.types).where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.removed_at.is_(None))
    types = connection.execute(there).scalar_one_or_none()
    if types is None:
        raise WebhookNotFound(webhook_id)
    return list(types)


def _again(change: SqlChange, webhook_id: str, event_id: str) -> None:
    dialect = sqlite if change.connection.dialect.name == "sqlite" else postgresql
    made = dialect.insert(DELIVERIES).values(event_id=event_id, webhook_id=webhook_id)
    change.connection.execute(made.on_conflict_do_nothing())
    this = (DELIVERIES.c.event_id == event_id) & (DELIVERIES.c.webhook_id == webhook_id)
    number = change.connection.execute(select(DELIVERIES.c.attempts).where(this).with_for_update())
    begun = (int(number.scalar_one()) // REPLAY + 1) * REPLAY
    fresh = {"delivered_at": None, "given_up_at": None, "last_status": None, "last_error": None}
    change.connection.execute(update(DELIVERIES).where(this).values(attempts=begun, **fresh))
    change.later(Job.DELIVER, event_id, webhook_id, begun + 1)
