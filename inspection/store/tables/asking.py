"""Who asked, and with what."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from inspection.store.tables.base import TABLES
from inspection.store.types import Canonical, Id, Sha256, UtcTime, holds

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    TABLES,
    Column("caller", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_sha256", Sha256, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("locked_until", UtcTime, nullable=False),
    Column("token", Id),  # of the turn that holds it: none other answers, frees it or has its effect
    Column("made_id", Id, nullable=False),  # what a request makes gets this id, however often it is made
    Column("form_sha256", Sha256),  # of the form that the answer is for; ordinary bodies are in the first
    Column("done_at", UtcTime),  # its effect, noted in the effect's own transaction
    Column("status", Integer),
    Column("headers", Canonical),
    Column("body", LargeBinary),
    holds("an_answer_is_whole", "(status IS NULL) = (body IS NULL)"),
    Index("idempotency_keys_by_time", "created_at"),
)


API_KEYS = Table(
    "api_keys",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("secret_sha256", Sha256, nullable=False, unique=True),
    Column("scopes", Canonical, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("line", Id),  # the first of the keys that each replaced the one before
)


SPENT = Table(  # what is good once, or no more: sessions that ended, passes, answers to logins
    "spent",
    TABLES,
    Column("name", Sha256, primary_key=True),
    Column("until", UtcTime, nullable=False),
    Index("spent_by_time", "until"),
)
