"""One URL, one engine: SQLite in a file until an operator names PostgreSQL. The code after it is the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import ArgumentError, DataError, SQLAlchemyError

from inspection.errors import SettingUnusable, StoreUnusable, ValueUnusable
from inspection.store.postgres import open_patient, open_postgres

T = TypeVar("T")
_BUSY_MS = 30_000
CONNECTIONS = 15
"""Of one process to PostgreSQL, all in all."""


def sqlite_url(path: Path) -> URL:
    """Of a file."""
    return URL.create("sqlite", database=str(path))


def open_engine(url: URL | str, connections: int = CONNECTIONS) -> Engine:
    """SQLite (`sqlite:///file`) or PostgreSQL (`postgresql://…`), for rows; a third of them is the jobs'.

    Raises `SettingUnusable` or `StoreUnusable`. Nothing is connected to yet.
    """
    try:
        at = make_url(url)
    except ArgumentError as error:
        raise SettingUnusable("database", "it is no database URL") from error
    if at.get_backend_name() == "sqlite":
        return _sqlite(at)
    if at.get_backend_name() != "postgresql":
        raise SettingUnusable("database", f"{at.get_backend_name()} is neither sqlite nor postgresql")
    return open_postgres(at, connections - connections // 3)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise SettingUnusable("database", "SQLite needs a file: one in memory would be lost")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(str(folder), str(error.strerror)) from error
    # sqlite3 begins transactions too late by itself, so it is told not to, and `_begin` does
    engine = create_engine(url, connect_args={"isolation_level": None})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    """A crash or a power cut loses nothing that was answered for, and readers never wait for a writer."""
    _pragmas(
        connection,
        f"busy_timeout = {_BUSY_MS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON",
    )  # fmt: skip


def _pragmas(connection: Any, *lines: str) -> None:
    for line in lines:
        connection.execute(f"PRAGMA {line}")


def _prepare_jobs(connection: Any, record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    _prepare(connection, record)


def _begin(connection: Connection) -> None:
    # a writer takes the lock at once: asking for it in mid-transaction can fail whatever the time-out
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.execute(text("BEGIN" if only_reads else "BEGIN IMMEDIATE"))


class Database:
    """Transactions on one engine, with the driver's errors as ours. Safe for threads and processes."""

    def __init__(self, engine: Engine, connections: int = CONNECTIONS) -> None:
        self.engine = engine
        self._connections = connections
        # PostgreSQL shows each statement another state, unless told otherwise; SQLite never does
        self._snapshots = (
            engine if self.is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @cached_property
    def jobs(self) -> Engine:
        """One a process, shared by who enqueues and who works.

        DBOS begins its transactions its own way, and only those that write take SQLite's lock.
        """
        if not self.is_sqlite:
            return open_postgres(self.engine.url, self._connections // 3)
        engine = create_engine(self.engine.url)
        event.listen(engine, "connect", _prepare_jobs)
        return engine

    @property
    def name(self) -> str:
        """For messages: never a password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises `StoreUnusable`."""
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Sees one state of the database, and makes no writer wait. Raises `StoreUnusable`."""
        with self._translated(), self._snapshots.connect() as connection:
            yield connection.execution_options(only_reads=True)

    @contextmanager
    def changing_the_schema(self) -> Iterator[Connection]:
        """As `writing`, and however long it takes. Raises `StoreUnusable`.

        SQLite makes a table anew to change it, which is no reason to miss its rows meanwhile: what refers to
        what is checked at the end.
        """
        if self.is_sqlite:
            with self._without_foreign_keys() as connection:
                yield connection
                lost = connection.execute(text("PRAGMA foreign_key_check")).first()
                if lost is not None:
                    raise StoreUnusable(self.name, f"{lost[0]} would refer to what is not there")
            return
        patient = open_patient(self.engine.url)
        try:
            with self._translated(), patient.begin() as connection:
                yield connection
        finally:
            patient.dispose()

    @contextmanager
    def _without_foreign_keys(self) -> Iterator[Connection]:
        with self._translated(), self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            # before the transaction: within one, SQLite takes no notice; renaming leaves others' words alone
            _pragmas(driver, "foreign_keys = OFF", "legacy_alter_table = ON")
            try:
                with connection.begin():
                    yield connection
            finally:
                _pragmas(driver, "foreign_keys = ON", "legacy_alter_table = OFF")

    def close(self) -> None:
        """Lets go of its connections, those for jobs, too."""
        if "jobs" in self.__dict__:
            self.jobs.dispose()
        self.engine.dispose()

    def try_writing(self) -> None:
        """Something that changes nothing, down to the disk. Raises `StoreUnusable`."""
        with self.writing() as connection:
            if not self.is_sqlite:  # a number for the transaction: its commit has to be kept
                connection.execute(text("SELECT pg_current_xact_id()"))
                return
            version = connection.execute(text("PRAGMA user_version")).scalar_one()
            connection.execute(text(f"PRAGMA user_version = {int(version)}"))

    def attempt(self, work: Callable[[], T]) -> T:
        """Something else that talks to the database. Raises `StoreUnusable`."""
        with self._translated():
            return work()

    def now(self, connection: Connection) -> datetime:
        """By the clock that every process of this database shares: machines' own may differ by minutes."""
        if self.is_sqlite:
            return datetime.now(UTC)
        told: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return told.astimezone(UTC)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded one."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DataError as error:  # nothing is wrong with the database
            raise ValueUnusable from error
        except (SQLAlchemyError, psycopg.Error) as error:  # the driver's own: between two statements
            said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StoreUnusable(self.name, said) from error
