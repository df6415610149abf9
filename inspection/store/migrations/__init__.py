"""The schema's history. `migrate` brings any database of ours to today's, whole or not at all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from inspection.store.engine import Database
from inspection.store.jobs.queue import prepare

_HERE = Path(__file__).parent
BASELINE = "0001"
_LOCK = 7_215_408_113  # any number, the same in every process: one migrates, the others wait


def migrate(database: Database) -> None:
    """To the newest revision. Safe to call from several processes at once. Raises `StoreUnusable`."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = configured(connection)
        tables = set(inspect(connection).get_table_names())
        if "inspections" in tables and "alembic_version" not in tables:
            command.stamp(config, BASELINE)  # kept by a version that knew of no migrations
        command.upgrade(config, "head")
    prepare(database)


def configured(connection: Connection) -> Config:
    """Alembic's settings for this connection; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
