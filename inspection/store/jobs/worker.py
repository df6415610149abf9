"""The one who works: takes jobs off the queues, and takes over from workers that died.

A job that a crash interrupted runs again from its start, so each handler does its effect once by itself:
it changes rows only from the state in which the job found them. What a handler raises is tried again a few
times at once (a lock, a connection); what goes on failing is handed to `failed`, never dropped.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from dbos import DBOS, DBOSConfig
from dbos import error as jobs_error
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import StoreUnusable
from inspection.ports import Job
from inspection.store.engine import Database
from inspection.store.jobs.orphans import Interrupted, forget_the_done, take_over
from inspection.store.jobs.queue import SERIALIZER, VERSION
from inspection.store.jobs.rounds import Rounds
from inspection.store.tables import WORKERS
from inspection.webhooks.endpoint import AT_ONCE

Handler = Callable[..., None]
Failed = Callable[[Job, tuple[Any, ...], Exception], None]

BEAT_SECONDS = 2.0
FORGET_SECONDS = 300.0
ROUND_SECONDS = 5.0
"""A round that is under way at the end may take so long; whatever it has not done is done elsewhere."""
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
    except Exception as error:  # a fault of ours, or a store that stayed away: somebody must get to know
        why = error.errors[-1] if isinstance(error, jobs_error.DBOSMaxStepRetriesExceeded) else error
        DBOS.run_step(
            {"name": "failed", "retries_allowed": True, "max_attempts": 20}, _failed[0], job, arguments, why
        )


@DBOS.workflow(name=Job.LOOK.value)
def _look(inspection_id: str, turn: int, attempt: int) -> None:
    _run(Job.LOOK, inspection_id, turn, attempt)


@DBOS.workflow(name=Job.DELIVER.value)
def _deliver(event_id: str, webhook_id: str, attempt: int) -> None:
    _run(Job.DELIVER, event_id, webhook_id, attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a worker calls: a handler a job, and who is told what went wrong.

    `failed` hears of jobs that failed for good, `interrupted` of looks whose worker died, `tell` of what
    goes wrong beside the jobs, by its name.
    """

    handlers: Mapping[Job, Handler]
    failed: Failed
    interrupted: Interrupted
    tell: Callable[[str, Exception], None]


class Worker:
    """One process's. DBOS keeps its state in globals: one worker a process, begun once at a time."""

    def __init__(self, database: Database, name: str, duties: Duties, *, at_once: Mapping[Job, int]) -> None:
        self._database = database
        self.name = name
        self._at_once = at_once
        self._beat_at = time.monotonic()
        self._interrupted = duties.interrupted
        # the heart beats by itself: a round that takes long, or fails, makes no worker look dead
        self._heart = self._every(BEAT_SECONDS, "heartbeat", self._come, duties)
        self._rounds = (
            self._every(BEAT_SECONDS, "take-over", self._take_over, duties),
            self._every(BEAT_SECONDS, "sweep", self._do_sweep, duties),
            self._every(FORGET_SECONDS, "forget", self._forget, duties),
        )
        _handlers.clear()
        _handlers.update(duties.handlers)
        _failed[:] = [duties.failed]

    @staticmethod
    def _every(seconds: float, name: str, work: Callable[[], None], duties: Duties) -> Rounds:
        return Rounds(name, seconds, work, failed=partial(duties.tell, name))

    def start(self, sweep: Callable[[], None]) -> None:
        """Begin to work; `sweep` is called every few seconds.

        Raises `StoreUnusable`, and then nothing of it is left: another may be begun in this process.
        """
        self._sweep = sweep
        self._come()
        try:
            DBOS(config=self._config())
            self._database.attempt(self._launch)
        except BaseException:
            self._leave(0)
            raise
        self._heart.start()
        for one in self._rounds:
            one.start()

    def stop(self, seconds: int = 30) -> None:
        """Take no more jobs, and wait so long for those that have begun."""
        for one in self._rounds:
            one.end()
        # DBOS waits a second at least; with nothing to wait for, it need not
        self._leave(seconds if _at_work.count else 0)
        for one in self._rounds:
            one.stop(ROUND_SECONDS)

    def beats(self, within: float) -> bool:
        """See `ports.Worker`."""
        return time.monotonic() - self._beat_at < within

    def _config(self) -> DBOSConfig:
        return {
            "name": "inspection",
            "system_database_engine": self._database.jobs,
            "application_version": VERSION,
            "executor_id": self.name,
            "serializer": SERIALIZER,
            "log_level": "ERROR",
            "run_migrations": True,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.5,
        }

    def _launch(self) -> None:
        DBOS.launch()
        for job in Job:
            most = self._at_once[job]
            DBOS.register_queue(
                job.value,
                worker_concurrency=most,
                partition_worker_concurrency=min(AT_ONCE, most) if job is Job.DELIVER else None,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )

    def _leave(self, seconds: int) -> None:
        """The heart beats until the last job has ended, or others would take it over."""
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        self._heart.stop()
        with suppress(StoreUnusable), self._database.writing() as connection:
            connection.execute(update(WORKERS).where(WORKERS.c.id == self.name).values(stopped=True))

    def _take_over(self) -> None:
        take_over(self._database, self._interrupted)

    def _do_sweep(self) -> None:
        self._sweep()

    def _forget(self) -> None:
        forget_the_done(self._database)

    def _come(self) -> None:
        self._beat_at = time.monotonic()
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        with self._database.writing() as connection:
            now = self._database.now(connection)
            row = {
                "id": self.name, "host": socket.gethostname(), "process": os.getpid(),
                "started_at": now, "seen_at": now, "stopped": False,
            }  # fmt: skip
            seen = insert(WORKERS).values(row)
            connection.execute(
                seen.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now, "stopped": False})
            )
