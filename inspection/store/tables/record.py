"""The hash chain: what was decided, and by whom."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
)

from inspection.store.tables.base import TABLES
from inspection.store.types import Canonical, Sha256, UtcTime, holds

RECORD = Table(
    "record",
    TABLES,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("body", Canonical, nullable=False),
    Column("previous", Sha256, nullable=False, unique=True),  # no two entries follow one
    Column("hash", Sha256, nullable=False, unique=True),
    holds("seq_from_one", "seq >= 1"),
    Index("record_of_a_subject", "subject", "seq"),
)
