"""The schema's history. `migrate` brings any database of ours to today's, whole or not at all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from inspection.errors import SchemaTooNew, StoreUnusable
from inspection.store.engine import Database
from inspection.store.jobs.queue import prepare

_HERE = Path(__file__).parent
BASELINE = "0001"
_VERSION = "alembic_version"
_LOCK = 7_215_408_113  # any number, the same in every process: one migrates, the others wait


def migrate(database: Database) -> None:
    """To the newest revision. Safe to call from several processes at once.

    Raises `SchemaTooNew` or `StoreUnusable`.
    """
    if not _is_todays(database):
        with database.changing_the_schema() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            _upgrade(connection, database.name)
    prepare(database)


def _is_todays(database: Database) -> bool:
    """Most often it is: then nobody waits for anybody."""
    with database.reading() as connection:
        found = _revision(connection)
        known = ScriptDirectory.from_config(configured(connection))
    if found is not None and found not in {one.revision for one in known.walk_revisions()}:
        raise SchemaTooNew(database.name, found)
    return found == known.get_current_head()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar()  # noqa: S608 a constant


def _upgrade(connection: Connection, name: str) -> None:
    config = configured(connection)
    tables = set(inspect(connection).get_table_names())
    try:
        if "inspections" in tables and _VERSION not in tables:
            command.stamp(config, BASELINE)  # kept by a version that knew of no migrations
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnusable(name, f"its schema cannot be brought to today's: {error}") from error


def configured(connection: Connection) -> Config:
    """Alembic's settings for this connection; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
