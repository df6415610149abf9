"""Which event reached which endpoint, in a SQL database, with the jobs that go on trying.

An attempt is due where its number follows the last one that ended; noting it in the same transaction as
the job that comes next keeps the chain of attempts whole, whatever crashes in between.
"""

from datetime import UTC, datetime
from typing import Any

import uuid_utils
from sqlalchemy import Connection, RowMapping, insert, select, update

from inspection.ports import Job
from inspection.store.cases import SqlCases
from inspection.store.change import SqlChange
from inspection.store.engine import Database
from inspection.store.failing import fails, silence, works
from inspection.store.replays import SqlReplays, delivery_of, joined
from inspection.store.tables import DELIVERIES, EVENTS, RECORD, WEBHOOKS
from inspection.webhooks.endpoint import (
    OVERLAP,
    PING,
    Delivery,
    DeliveryState,
    Due,
    Event,
    EventNotFound,
    Failure,
    Webhook,
    WebhookNotFound,
)

_LONGEST_ERROR = 500
_OF_WEBHOOK = ("url", "created_at", "removed_at", "secret_version", "version", "failing_since")


class SqlDeliveries(SqlReplays):
    """See `webhooks.ports.Deliveries`, and `webhooks.ports.Log`."""

    def __init__(self, database: Database, cases: SqlCases) -> None:
        super().__init__(cases)
        self._database = database

    def due(self, event_id: str, webhook_id: str, number: int) -> Due | None:
        """See `Deliveries.due`."""
        wanted = (
            select(
                DELIVERIES.c.attempts, DELIVERIES.c.delivered_at, DELIVERIES.c.given_up_at,
                EVENTS.c.at, EVENTS.c.type, EVENTS.c.subject, EVENTS.c.body,
                WEBHOOKS.c.url, WEBHOOKS.c.types, WEBHOOKS.c.created_at, WEBHOOKS.c.removed_at,
                WEBHOOKS.c.secret_version, WEBHOOKS.c.version, WEBHOOKS.c.failing_since,
            )
            .join(EVENTS, EVENTS.c.id == DELIVERIES.c.event_id)
            .join(WEBHOOKS, WEBHOOKS.c.id == DELIVERIES.c.webhook_id)
            .where(DELIVERIES.c.event_id == event_id, DELIVERIES.c.webhook_id == webhook_id)
        )  # fmt: skip
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
            if row is None or not _is_due(row, number):
                return None
            versions = _signing(connection, webhook_id, row["secret_version"])
        due = _due(row, event_id, webhook_id, number, versions)
        calls_for = row["types"] or row["type"] == PING
        if due.webhook.removed_at is not None or not calls_for:
            self.give_up(due, Failure(why="the webhook was removed, or listens to nothing"))
            return None
        return due

    def delivered(self, due: Due, status: int) -> None:
        """See `Deliveries.delivered`."""
        with self._cases.change() as change:
            if _noted(change, due, delivered_at=change.now, last_status=status, last_error=None):
                works(change, due)

    def again(self, due: Due, failure: Failure, delay: float) -> None:
        """See `Deliveries.again`."""
        with self._cases.change() as change:
            if _noted(change, due, **_told(failure)):
                fails(change, due)
                change.later(Job.DELIVER, due.event.id, due.webhook.id, due.number + 1, delay=delay)

    def give_up(self, due: Due, failure: Failure, *, gone: bool = False) -> None:
        """See `Deliveries.give_up`."""
        with self._cases.change() as change:
            if _noted(change, due, given_up_at=change.now, **_told(failure)):
                fails(change, due)
                if gone:
                    silence(change, due, "webhook.gone")

    def ping(self, webhook_id: str, *, by: str, event_id: str | None = None) -> Delivery:
        """See `Log.ping`."""
        id_ = event_id or str(uuid_utils.uuid7())
        with self._cases.change() as change:
            there = select(WEBHOOKS.c.id).where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.removed_at.is_(None))
            if change.connection.execute(there).one_or_none() is None:
                raise WebhookNotFound(webhook_id)
            told = {"webhook_id": webhook_id, "asked_by": by}
            row = {"id": id_, "at": change.now, "type": PING, "subject": webhook_id, "body": told}
            change.connection.execute(insert(EVENTS).values(row))
            change.connection.execute(insert(DELIVERIES).values(event_id=id_, webhook_id=webhook_id))
            change.later(Job.DELIVER, id_, webhook_id, 1)
        return self.one(id_, webhook_id)

    def one(self, event_id: str, webhook_id: str) -> Delivery:
        """See `Log.one`."""
        wanted = joined().where(DELIVERIES.c.event_id == event_id, DELIVERIES.c.webhook_id == webhook_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            raise EventNotFound(event_id)
        return delivery_of(row)

    def list(
        self,
        webhook_id: str,
        *,
        state: DeliveryState | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Delivery, ...], str | None]:
        """See `Log.list`."""
        wanted = joined().where(DELIVERIES.c.webhook_id == webhook_id)
        if state is not None:
            wanted = wanted.where(_IN[state])
        if after is not None:
            wanted = wanted.where(DELIVERIES.c.event_id < after)
        with self._database.reading() as connection:
            newest = wanted.order_by(DELIVERIES.c.event_id.desc()).limit(limit + 1)
            rows = connection.execute(newest).mappings().all()
        items = tuple(delivery_of(row) for row in rows[:limit])
        return items, items[-1].event.id if len(rows) > limit else None


_IN = {
    DeliveryState.WAITING: DELIVERIES.c.delivered_at.is_(None) & DELIVERIES.c.given_up_at.is_(None),
    DeliveryState.DELIVERED: DELIVERIES.c.delivered_at.is_not(None),
    # what was given up has not arrived: said for the index of those that have not
    DeliveryState.GIVEN_UP: DELIVERIES.c.delivered_at.is_(None) & DELIVERIES.c.given_up_at.is_not(None),
}


def _is_due(row: RowMapping, number: int) -> bool:
    ended = row["delivered_at"] is not None or row["given_up_at"] is not None
    return not ended and row["attempts"] + 1 == number


def _due(row: RowMapping, event_id: str, webhook_id: str, number: int, versions: tuple[int, ...]) -> Due:
    event = Event(id=event_id, at=row["at"], type=row["type"], subject=row["subject"], body=row["body"])
    webhook = Webhook(
        id=webhook_id,
        types=tuple(row["types"]),
        **{name: row[name] for name in _OF_WEBHOOK},
    )
    return Due(event=event, webhook=webhook, number=number, secret_versions=versions)


def _signing(connection: Connection, webhook_id: str, newest: int) -> tuple[int, ...]:
    """Every secret that was the newest within the overlap, by what the record says of rotations."""
    if newest == 1:
        return (1,)
    now = datetime.now(UTC)
    lately = (
        select(RECORD.c.body)
        .where(RECORD.c.subject == webhook_id, RECORD.c.kind == "webhook.rotated")
        .where(RECORD.c.at > now - OVERLAP)
    )
    rotated_to = {body["secret_version"] for body in connection.execute(lately).scalars()}
    before = {version - 1 for version in rotated_to}
    return tuple(sorted({newest, *before}, reverse=True))


def _noted(change: SqlChange, due: Due, **told: Any) -> bool:
    """False where this attempt is no longer the one that is due: another has noted it, or a replay came."""
    this = (
        (DELIVERIES.c.event_id == due.event.id)
        & (DELIVERIES.c.webhook_id == due.webhook.id)
        & (DELIVERIES.c.attempts == due.number - 1)
        & _IN[DeliveryState.WAITING]
    )
    done = change.connection.execute(update(DELIVERIES).where(this).values(attempts=due.number, **told))
    return bool(done.rowcount)


def _told(failure: Failure) -> dict[str, Any]:
    return {"last_status": failure.status, "last_error": failure.why[:_LONGEST_ERROR]}
