"""The way in: a job is enqueued in the caller's own transaction, so both happen or neither does (outbox).

DBOS keeps the jobs beside our tables: in the same SQLite file, or in the schema `dbos` of the same
PostgreSQL database. It stores arguments as JSON: its default, pickle, would let whoever can write to
the database run code.
"""

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy import Connection

from inspection.ports import Job
from inspection.store.engine import Database
from inspection.store.postgres import CONNECT

SERIALIZER = DBOSPortableJSONSerializer()
VERSION = "1"
"""Pinned, not a hash of the code: after a deploy, jobs of the version before still run."""


class JobQueue:
    """Enqueues; runs nothing. Safe for threads."""

    def __init__(self, database: Database) -> None:
        """It connects once. Raises `StoreUnusable`."""
        self._client = database.attempt(
            lambda: DBOSClient(
                system_database_engine=database.jobs, serializer=SERIALIZER, application_name="inspection"
            )
        )

    def later(self, connection: Connection, job: Job, *arguments: str | int, delay: float = 0) -> None:
        """Within the transaction; the same arguments name the same job, however often asked for."""
        options = {
            "workflow_name": job.value,
            "queue_name": job.value,
            "workflow_id": ":".join([job.value, *map(str, arguments)]),
            "app_version": VERSION,
            **({"delay_seconds": delay} if delay else {}),
            # by endpoint: one that hangs takes no other's place
            **({"queue_partition_key": str(arguments[1])} if job is Job.DELIVER else {}),
        }
        self._client.enqueue_in_transaction(connection, options, *arguments)  # type: ignore[arg-type]

    def close(self) -> None:
        """No more; the connections are the database's."""
        self._client.destroy()


def prepare(database: Database) -> None:
    """The jobs' own tables, made or brought up to date. Raises `StoreUnusable`."""
    url = database.engine.url.set(drivername=database.engine.dialect.name)
    if not database.is_sqlite:
        url = url.update_query_dict({name: str(value) for name, value in CONNECT.items()})
    database.attempt(lambda: DBOS.migrate(url.render_as_string(hide_password=False)))
