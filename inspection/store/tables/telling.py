"""What others are told."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from inspection.store.tables.base import TABLES, only
from inspection.store.types import Canonical, Id, UtcTime, holds

EVENTS = Table(
    "events",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("type", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Canonical, nullable=False),
    Index("events_by_time", "at", "id"),
)


WEBHOOKS = Table(
    "webhooks",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", Canonical, nullable=False),  # event types, or ["*"]
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("secret_version", Integer, nullable=False, server_default="1"),  # the secret is derived from it
    Column("failing_since", UtcTime),  # the first of the failures since anything arrived
    Column("version", Integer, nullable=False, server_default="1"),
)


DELIVERIES = Table(
    "deliveries",
    TABLES,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), primary_key=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("delivered_at", UtcTime),
    Column("given_up_at", UtcTime),
    Column("last_status", Integer),
    Column("last_error", String(500)),
    holds("delivered_or_given_up", "delivered_at IS NULL OR given_up_at IS NULL"),
    Index("deliveries_of_a_webhook", "webhook_id", "event_id"),
    Index("deliveries_not_arrived", "webhook_id", "event_id", **only("delivered_at IS NULL")),
)  # fmt: skip
