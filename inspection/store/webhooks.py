"""Endpoints that want to be told, in a SQL database. What their owners do is entered in the record.

Their secrets are not here: `inspection.webhooks.signing` derives them from `secret_version`.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import uuid_utils
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from inspection.errors import ChangedMeanwhile
from inspection.store.cases import SqlCases
from inspection.store.change import SqlChange
from inspection.store.deliveries import SqlDeliveries
from inspection.store.engine import Database
from inspection.store.jobs.queue import JobQueue
from inspection.store.tables import WEBHOOKS
from inspection.webhooks.endpoint import MOST_WEBHOOKS, TooManyWebhooks, Webhook, WebhookNotFound


class SqlWebhooks:
    """See `webhooks.ports.Endpoints`."""

    def __init__(self, database: Database, queue: JobQueue) -> None:
        self._database = database
        self._cases = SqlCases(database, queue)
        self.deliveries = SqlDeliveries(database, self._cases)

    def add(self, url: str, types: Sequence[str], *, by: str, webhook_id: str | None = None) -> Webhook:
        """See `Endpoints.add`."""
        id_ = webhook_id or str(uuid_utils.uuid7())
        with self._cases.change() as change:
            there = _row(change.connection, id_)
            if there is not None:
                return webhook_of(there)
            count = select(func.count()).where(WEBHOOKS.c.removed_at.is_(None))
            if change.connection.execute(count).scalar_one() >= MOST_WEBHOOKS:
                raise TooManyWebhooks
            made = Webhook(id=id_, url=url, types=tuple(types), created_at=change.now)
            change.connection.execute(insert(WEBHOOKS).values(_columns(made)))
            _note(change, "webhook.added", made, by)
        return made

    def get(self, webhook_id: str) -> Webhook:
        """See `Endpoints.get`."""
        with self._database.reading() as connection:
            row = _row(connection, webhook_id)
        if row is None or row["removed_at"] is not None:
            raise WebhookNotFound(webhook_id)
        return webhook_of(row)

    def list(self, *, after: str | None = None, limit: int = 50) -> tuple[tuple[Webhook, ...], str | None]:
        """See `Endpoints.list`."""
        wanted = select(WEBHOOKS).where(WEBHOOKS.c.removed_at.is_(None)).order_by(WEBHOOKS.c.id)
        if after is not None:
            wanted = wanted.where(WEBHOOKS.c.id > after)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.limit(limit + 1)).mappings().all()
        items = tuple(webhook_of(row) for row in rows[:limit])
        return items, items[-1].id if len(rows) > limit else None

    def change(
        self,
        webhook_id: str,
        *,
        by: str,
        url: str | None = None,
        types: Sequence[str] | None = None,
        version: int | None = None,
    ) -> Webhook:
        """See `Endpoints.change`."""
        told: dict[str, Any] = {} if url is None else {"url": url}
        if types is not None:
            told["types"] = [*types]
        told["failing_since"] = None  # its owner has done something about it: it gets all its time again
        return self._set(webhook_id, told, "webhook.changed", by, version)

    def rotate(self, webhook_id: str, *, by: str, version: int | None = None) -> Webhook:
        """See `Endpoints.rotate`."""
        grown = {"secret_version": WEBHOOKS.c.secret_version + 1}
        return self._set(webhook_id, grown, "webhook.rotated", by, version)

    def remove(self, webhook_id: str, *, by: str, version: int | None = None) -> None:
        """See `Endpoints.remove`."""
        self._set(webhook_id, {"removed_at": datetime.now(UTC)}, "webhook.removed", by, version)

    def _set(self, webhook_id: str, told: dict[str, Any], kind: str, by: str, version: int | None) -> Webhook:
        with self._cases.change() as change:
            row = _row(change.connection, webhook_id, locked=True)
            if row is None or row["removed_at"] is not None:
                raise WebhookNotFound(webhook_id)
            if version is not None and row["version"] != version:
                raise ChangedMeanwhile("webhook")
            grown = update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id)
            change.connection.execute(grown.values(**told, version=WEBHOOKS.c.version + 1))
            set_ = _row(change.connection, webhook_id)
            assert set_ is not None  # noqa: S101 it is locked
            webhook = webhook_of(set_)
            _note(change, kind, webhook, by)
        return webhook


def webhook_of(row: RowMapping) -> Webhook:
    """From its row."""
    told = {field.name: row[field.name] for field in fields(Webhook)}
    return Webhook(**told | {"types": tuple(row["types"])})


def _columns(webhook: Webhook) -> dict[str, Any]:
    told = {field.name: getattr(webhook, field.name) for field in fields(webhook)}
    return told | {"types": [*webhook.types]}


def _row(connection: Connection, webhook_id: str, *, locked: bool = False) -> RowMapping | None:
    wanted = select(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id)
    return (
        connection.execute(wanted.with_for_update(key_share=True) if locked else wanted)
        .mappings()
        .one_or_none()
    )


def _note(change: SqlChange, kind: str, webhook: Webhook, by: str) -> None:
    # the host alone: many addresses carry a token in their path, and the record forgets nothing
    told = {
        "host": urlsplit(webhook.url).netloc,
        "types": [*webhook.types],
        "secret_version": webhook.secret_version,
    }
    change.enter(kind, webhook.id, by, told)
