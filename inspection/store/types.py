"""Column types and constraints that SQLite and PostgreSQL keep alike."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, String, Text, TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, and never without its zone in Python. SQLite itself knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuses a time without a zone: nobody could say later what it meant."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """In UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Canonical(TypeDecorator[Any]):
    """JSON as text with sorted keys and no spaces: the same bytes in every database, so it can be hashed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """As `canonical`."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """Parsed again."""
        return None if value is None else json.loads(value)


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


Id = String(36)
"""A UUID of version 7 as text: sorts by time in every database."""

Sha256 = String(64)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """Only these words, or NULL."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def holds(name: str, condition: str) -> CheckConstraint:
    """A rule of the table, by name."""
    return CheckConstraint(condition, name=name)
