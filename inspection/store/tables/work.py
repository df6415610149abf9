"""Who works."""

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    String,
    Table,
    text,
)

from inspection.store.tables.base import TABLES
from inspection.store.types import UtcTime

WORKERS = Table(
    "workers",
    TABLES,
    Column("id", String(60), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("process", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("stopped", Boolean, nullable=False, server_default=text("false")),
)
