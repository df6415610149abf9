"""Inspections in a SQL database: SQLite until an operator names another.

The table is made when missing; migrations take over with the first change to it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    URL,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    MetaData,
    String,
    Table,
    TypeDecorator,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from inspection.errors import InspectionNotFound, StoreUnusable
from inspection.store.codec import decode, encode
from inspection.verdict.answer import KINDS
from inspection.verdict.grading import Grade
from inspection.verdict.inspection import Inspection

T = TypeVar("T")


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
        return None if value is None else value.replace(tzinfo=UTC)


def _one_of(column: str, words: Sequence[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


TABLES = MetaData()

INSPECTIONS = Table(
    "inspections",
    TABLES,
    Column("id", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("decision", String, nullable=False),
    Column("grade", String),
    Column("bundle_sha256", String, nullable=False),
    Column("policy", String, nullable=False),
    # the record itself; the columns before it are there to search by
    Column("body", JSON, nullable=False),
    _one_of("decision", list(KINDS.values())),
    _one_of("grade", [grade.name for grade in Grade]),
    Index("inspections_by_time", "at", "id"),
)


class SqlRecords:
    """`Records` in a SQL database. Safe to call from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> "SqlRecords":
        """A SQLite file, made with its folder when missing. Raises `StoreUnusable`."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnusable(str(path.parent), str(error.strerror)) from error
        engine = create_engine(
            # sqlite3 begins transactions too late by itself, so it is told not to, and `_begin` does
            URL.create("sqlite", database=str(path)),
            connect_args={"isolation_level": None},
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        records = cls(engine)
        records._try(lambda: TABLES.create_all(engine))
        return records

    def add(self, inspection: Inspection) -> None:
        """See `Records.add`. Raises `ValueError` for another inspection of the same id: records stay."""
        body = encode(inspection)

        def keep() -> None:
            with self._engine.begin() as connection:
                there = _body(connection, inspection.id)
                if there is None:
                    connection.execute(insert(INSPECTIONS).values(body=body, **_columns(inspection)))
                elif there != body:
                    raise ValueError(f"another inspection is kept under the id {inspection.id}")

        self._try(keep)

    def get(self, inspection_id: str) -> Inspection:
        """See `Records.get`."""

        def find() -> Any:
            with self._reading() as connection:
                return _body(connection, inspection_id)

        body = self._try(find)
        if body is None:
            raise InspectionNotFound(inspection_id)
        return decode(body)

    def latest(self, count: int) -> Sequence[Inspection]:
        """See `Records.latest`."""
        newest = select(INSPECTIONS.c.body).order_by(INSPECTIONS.c.at.desc(), INSPECTIONS.c.id.desc())

        def find() -> Sequence[Any]:
            with self._reading() as connection:
                return connection.execute(newest.limit(count)).scalars().all()

        return [decode(body) for body in self._try(find)]

    def check(self) -> None:
        """See `Records.check`."""

        def touch() -> None:
            with self._engine.begin() as connection:
                connection.execute(select(INSPECTIONS.c.id).limit(1))

        self._try(touch)

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(only_reads=True)

    def _try(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StoreUnusable(self._engine.url.database or "database", said) from error


def _body(connection: Connection, inspection_id: str) -> Any:
    found = select(INSPECTIONS.c.body).where(INSPECTIONS.c.id == inspection_id)
    return connection.execute(found).scalar_one_or_none()


def _columns(inspection: Inspection) -> dict[str, Any]:
    return {
        "id": inspection.id,
        "at": inspection.at,
        "decision": KINDS[type(inspection.decision)],
        "grade": None if inspection.grading is None else inspection.grading.value.name,
        "bundle_sha256": inspection.reading.model.sha256,
        "policy": inspection.policy,
    }


def _prepare(connection: Any, _: object) -> None:
    """A crash or a power cut loses nothing that was answered for, and readers never wait for a writer."""
    for line in ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {line}")


def _begin(connection: Connection) -> None:
    # a writer takes the lock at once: asking for it in mid-transaction can fail whatever the time-out
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.execute(text("BEGIN" if only_reads else "BEGIN IMMEDIATE"))
