"""The one who works: takes jobs off the queues, and takes over from workers that died.

A job that a crash interrupted runs again from its start, so each handler does its effect once by itself:
it changes rows only from the state in which the job found them. What a handler raises is tried again a few
times at once (a lock, a connection); what goes on failing is handed to `failed`, never dropped.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, DBOSConfig
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import StoreUnusable
from inspection.ports import Job
from inspection.store.engine import Database
from inspection.store.jobs.queue import SERIALIZER, VERSION, jobs_engine
from inspection.store.tables import WORKERS

Handler = Callable[..., None]
Failed = Callable[[Job, tuple[Any, ...], str], None]

BEAT_SECONDS = 2.0
DEAD_AFTER = timedelta(seconds=15)
_TRIES = 4
POLL_SECONDS = 0.1


class _Counter:
    """How many jobs run in this process."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.count -= 1


_at_work = _Counter()
_handlers: dict[Job, Handler] = {}
_failed: list[Failed] = []


def _run(job: Job, *arguments: Any) -> None:
    with _at_work:
        _try(job, *arguments)


def _try(job: Job, *arguments: Any) -> None:
    try:
        DBOS.run_step(
            {"name": job.value, "retries_allowed": True, "max_attempts": _TRIES, "interval_seconds": 0.5},
            _handlers[job],
            *arguments,
        )
    except Exception as error:  # a fault of ours, or a store that stayed away: a person must get to know
        told = f"{type(error).__name__}: {error}"[:500]
        DBOS.run_step(
            {"name": "failed", "retries_allowed": True, "max_attempts": 20}, _failed[0], job, arguments, told
        )


@DBOS.workflow(name=Job.LOOK.value)
def _look(inspection_id: str, turn: int, attempt: int) -> None:
    _run(Job.LOOK, inspection_id, turn, attempt)


@DBOS.workflow(name=Job.DELIVER.value)
def _deliver(event_id: str, webhook_id: str, attempt: int) -> None:
    _run(Job.DELIVER, event_id, webhook_id, attempt)


class Worker:
    """One process's. DBOS keeps its state in globals: one worker a process, begun once at a time."""

    def __init__(
        self,
        database: Database,
        name: str,
        handlers: Mapping[Job, Handler],
        failed: Failed,
        *,
        at_once: Mapping[Job, int],
    ) -> None:
        self._database = database
        self.name = name
        self._at_once = at_once
        self._engine = jobs_engine(database)
        self._ended = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        _handlers.clear()
        _handlers.update(handlers)
        _failed[:] = [failed]

    def start(self, sweep: Callable[[], None]) -> None:
        """Begin to work; `sweep` is called with every beat. Raises `StoreUnusable`."""
        self._sweep = sweep
        config: DBOSConfig = {
            "name": "inspection",
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": self.name,
            "serializer": SERIALIZER,
            "log_level": "ERROR",
            "run_migrations": True,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.5,
        }
        self._come()
        DBOS(config=config)
        self._database.attempt(DBOS.launch)
        for job in Job:
            DBOS.register_queue(
                job.value,
                worker_concurrency=self._at_once[job],
                partition_worker_concurrency=2 if job is Job.DELIVER else None,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
        self._beating.start()

    def stop(self, seconds: int = 30) -> None:
        """Take no more jobs, and wait so long for those that have begun."""
        self._ended.set()
        if self._beating.is_alive():
            self._beating.join()
        # DBOS waits a second at least; with nothing to wait for, it need not
        DBOS.destroy(workflow_completion_timeout_sec=seconds if _at_work.count else 0)
        self._engine.dispose()
        with suppress(StoreUnusable), self._database.writing() as connection:
            connection.execute(update(WORKERS).where(WORKERS.c.id == self.name).values(stopped=True))

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            with suppress(StoreUnusable):  # the next beat tries again; /readyz says what is wrong meanwhile
                self._come()
                take_over(self._database)
                self._sweep()

    def _come(self) -> None:
        now = datetime.now(UTC)
        row = {
            "id": self.name, "host": socket.gethostname(), "process": os.getpid(),
            "started_at": now, "seen_at": now, "stopped": False,
        }  # fmt: skip
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        seen = insert(WORKERS).values(row)
        with self._database.writing() as connection:
            connection.execute(
                seen.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now, "stopped": False})
            )


def take_over(database: Database) -> int:
    """Jobs of workers that are not seen any more are enqueued again; returns how many."""
    dead = select(WORKERS.c.id).where(
        (WORKERS.c.seen_at < datetime.now(UTC) - DEAD_AFTER) | WORKERS.c.stopped
    )
    with database.reading() as connection:
        names = list(connection.execute(dead).scalars())
    left = DBOS.list_workflows(status="PENDING", executor_id=names, load_input=False) if names else []
    if left:
        DBOS.resume_workflows([one.workflow_id for one in left])
    return len(left)
