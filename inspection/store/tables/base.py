"""What all tables share."""

from typing import Any

from sqlalchemy import (
    MetaData,
    text,
)

from inspection.verdict.grading import Grade

TABLES = MetaData()


GRADES = [grade.name for grade in Grade]


def only(condition: str) -> dict[str, Any]:
    """The rows that a partial index holds, on both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
