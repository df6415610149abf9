"""The schema's history. `migrate` brings any database of ours to today's, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from inspection.errors import StoreUnusable
from inspection.store.engine import Database
from inspection.store.jobs.queue import prepare

_HERE = Path(__file__).parent
BASELINE = "0001"
_LOCK = 7_215_408_113  # any number, the same in every process: one migrates, the others wait


def migrate(database: Database) -> None:
    """To the newest revision. Safe to call from several processes at once. Raises `StoreUnusable`."""
    with _remaking(database) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = configured(connection)
        tables = set(inspect(connection).get_table_names())
        if "inspections" in tables and "alembic_version" not in tables:
            command.stamp(config, BASELINE)  # kept by a version that knew of no migrations
        command.upgrade(config, "head")
    prepare(database)


@contextmanager
def _remaking(database: Database) -> Iterator[Connection]:
    """One transaction. SQLite makes a table anew to change it, which is no reason to miss its rows meanwhile:
    what others refer to is checked at the end.
    """
    if not database.is_sqlite:
        with database.writing() as connection:
            yield connection
        return
    with database.without_foreign_keys() as connection:
        yield connection
        lost = connection.execute(text("PRAGMA foreign_key_check")).first()
        if lost is not None:
            raise StoreUnusable(database.name, f"after the migration {lost[0]} refers to what is not there")


def configured(connection: Connection) -> Config:
    """Alembic's settings for this connection; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
