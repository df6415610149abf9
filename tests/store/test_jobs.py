"""Workers that fail, stop and die: the others go on, and no job is lost or doubled by it."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dbos import DBOS
from sqlalchemy import select, text, update

from inspection.errors import StoreUnusable
from inspection.ports import Job
from inspection.store.engine import Database, open_engine
from inspection.store.jobs import orphans, worker
from inspection.store.jobs.queue import JobQueue
from inspection.store.jobs.worker import Duties, Worker
from inspection.store.tables import WORKERS

TESTS = Path(__file__).parents[1]


@pytest.fixture
def outfitted(database, monkeypatch):
    """`outfitted()` is a worker that notes what it did in its `done`, `interrupted` and `told`."""
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.1)
    made = []

    def make(name="one", look=lambda *_: None):
        done, interrupted, told = [], [], []

        def looked(*arguments):
            look(*arguments)
            done.append(arguments)

        duties = Duties(
            handlers={Job.LOOK: looked, Job.DELIVER: lambda *_: None},
            failed=lambda job, arguments, why: told.append(("given up", why)),
            interrupted=lambda *look: interrupted.append(look),
            tell=lambda part, error: told.append((part, error)),
        )
        one = Worker(database, name, duties, at_once={Job.LOOK: 1, Job.DELIVER: 2})
        one.done, one.interrupted, one.told = done, interrupted, told
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop(1)


@pytest.fixture
def later(database):
    """`later("a", 1, 1)` enqueues a look."""
    queue = JobQueue(database)

    def enqueue(*arguments):
        with database.writing() as connection:
            queue.later(connection, Job.LOOK, *arguments)

    yield enqueue
    queue.close()


def seen_at(database, name):
    with database.reading() as connection:
        return connection.execute(select(WORKERS.c.seen_at).where(WORKERS.c.id == name)).scalar()


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
    return value


def test_a_sweep_that_fails_stops_no_heart(database, outfitted):
    one = outfitted()
    one.start(lambda: 1 / 0)
    until(lambda: len(one.told) >= 2)
    at = seen_at(database, "one")
    until(lambda: seen_at(database, "one") > at)
    assert {part for part, _ in one.told} == {"sweep"}
    assert isinstance(one.told[0][1], ZeroDivisionError)


def test_a_sweep_that_takes_long_makes_no_worker_look_dead(database, outfitted):
    one = outfitted()
    one.start(lambda: time.sleep(1))
    time.sleep(0.3)
    at = seen_at(database, "one")
    time.sleep(0.4)
    assert seen_at(database, "one") > at


def test_a_worker_beats_until_its_last_job_has_ended(database, outfitted, later):
    begun = []

    def slow(*_):
        begun.append(1)
        time.sleep(1)

    one = outfitted(look=slow)
    one.start(lambda: None)
    later("a", 1, 1)
    until(lambda: begun)
    asked = datetime.now(UTC)
    one.stop(10)
    assert one.done == [("a", 1, 1)]
    assert seen_at(database, "one") > asked + timedelta(seconds=0.5)


def test_after_a_start_that_failed_another_worker_begins_in_the_same_process(outfitted, later, monkeypatch):
    launch, tries = DBOS.launch, []

    def fails_once():
        launch()
        if not tries:
            tries.append(1)
            raise StoreUnusable("the database", "it went away")

    monkeypatch.setattr(DBOS, "launch", fails_once)
    first, second = outfitted("first"), outfitted("second")
    with pytest.raises(StoreUnusable):
        first.start(lambda: None)
    second.start(lambda: None)
    later("a", 1, 1)
    until(lambda: second.done)
    assert first.done == []


def test_a_queue_whose_database_is_away_says_so():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = Database(open_engine(f"postgresql://x@127.0.0.1:{nobody.getsockname()[1]}/x"))
        with pytest.raises(StoreUnusable):
            JobQueue(away)
        away.close()


def test_a_look_that_killed_its_worker_counts_as_tried(database, outfitted, later, monkeypatch):
    later("a", 1, 3)
    url = database.engine.url.set(drivername=database.engine.dialect.name)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    script = Path(__file__).with_name("looker_that_dies.py")
    told = [sys.executable, str(script), url.render_as_string(hide_password=False)]
    assert subprocess.run(told, env=environment, timeout=60, check=False).returncode == 9
    monkeypatch.setattr(orphans, "DEAD_AFTER", timedelta(seconds=1))
    one = outfitted()
    one.start(lambda: None)
    until(lambda: one.interrupted)
    time.sleep(0.5)
    assert one.interrupted == [("a", 1, 3)]
    assert one.done == []  # it is for the path to say when it is tried again


def test_rows_of_jobs_and_workers_are_forgotten_once_nobody_asks_for_them(database, outfitted, later):
    one = outfitted()
    one.start(lambda: None)
    later("a", 1, 1)
    later("b", 1, 1)
    until(lambda: len(one.done) == 2)
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    until(lambda: orphaned_done(database, table) == 2)
    assert orphans.forget_the_done(database) == 0
    old = datetime.now(UTC) - timedelta(days=8)
    with database.writing() as connection:
        aged = text(f"UPDATE {table} SET completed_at = :at WHERE workflow_uuid = 'look:a:1:1'")  # noqa: S608
        connection.execute(aged, {"at": int(old.timestamp() * 1000)})
        connection.execute(WORKERS.insert().values(
            id="old", host="h", process=1, started_at=old, seen_at=old, stopped=True))  # fmt: skip
        connection.execute(update(WORKERS).where(WORKERS.c.id == "one").values(stopped=False))
    assert orphans.forget_the_done(database) == 1
    assert seen_at(database, "old") is None
    assert seen_at(database, "one") is not None
    assert orphaned_done(database, table) == 1


def orphaned_done(database, table):
    with database.reading() as connection:
        return connection.execute(
            text(f"SELECT count(*) FROM {table} WHERE status = 'SUCCESS'")  # noqa: S608
        ).scalar()
