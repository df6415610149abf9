"""One URL, one database; what is wrong with it is said in one line."""

import os
import signal
import time

import pytest
from databases import postgres_database
from sqlalchemy import text

from inspection.errors import SchemaTooNew, SettingUnusable, StoreUnusable
from inspection.store import postgres as connections
from inspection.store.cases import SqlCases
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.jobs.queue import JobQueue
from inspection.store.migrations import migrate


def test_the_file_survives_a_power_cut_and_readers_do_not_wait(tmp_path):
    database = Database(open_engine(sqlite_url(tmp_path / "a.db")))
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "inspection.db").write_bytes(b"not a database " * 100)
    with pytest.raises(StoreUnusable, match=r"inspection\.db"):
        migrate(Database(open_engine(sqlite_url(tmp_path / "inspection.db"))))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(StoreUnusable, match="home"):
        open_engine(sqlite_url(tmp_path / "home" / "inspection.db"))


@pytest.mark.parametrize("name", ["h?x", "h#x", "h%20x", "h x", "h:memory:"])
def test_the_file_lies_in_its_folder_whatever_the_folders_name(tmp_path, name):
    database = Database(open_engine(sqlite_url(tmp_path / name / "inspection.db")))
    migrate(database)
    database.close()
    assert (tmp_path / name / "inspection.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_database_of_ours_is_a_setting_to_mend(url):
    with pytest.raises(SettingUnusable, match="INSPECTION_DATABASE"):
        open_engine(url)


def test_a_server_that_does_not_answer_is_named_without_its_password():
    database = Database(open_engine("postgresql://someone:secret@127.0.0.1:1/x"))
    with pytest.raises(StoreUnusable, match=r"127\.0\.0\.1") as refused, database.reading():
        pass
    assert "secret" not in str(refused.value)


@pytest.fixture
def impatient(monkeypatch, postgres):
    """`impatient()` is a database on PostgreSQL whose limits are a test's, not a day's."""
    monkeypatch.setattr(connections, "STATEMENT_SECONDS", 0.5)
    monkeypatch.setattr(connections, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(connections, "POOL_SECONDS", 0.3)
    limits = {"statement_timeout": "500ms", "lock_timeout": "200ms"}
    monkeypatch.setattr(connections, "LIMITS", connections.LIMITS | limits)
    with postgres_database(postgres) as url:
        database = Database(open_engine(url, 6), 6)
        yield database
        database.close()


def test_a_statement_a_lock_and_an_idle_transaction_end(impatient):
    with pytest.raises(StoreUnusable) as late, impatient.reading() as connection:
        connection.execute(text("SELECT pg_sleep(20)"))
    assert late.value.kind == "timeout"
    with impatient.writing() as holds:
        holds.execute(text("LOCK TABLE workers"))
        with pytest.raises(StoreUnusable) as locked, impatient.writing() as waits:
            waits.execute(text("LOCK TABLE workers"))
    assert locked.value.kind == "locked"
    with impatient.reading() as connection:
        idle = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
        assert idle == "1min"


def test_a_server_that_says_nothing_any_more_is_given_up_and_the_next_connection_works(impatient):
    stopped = []
    try:
        with pytest.raises(StoreUnusable) as silent:
            _ask_one_that_stops(impatient, stopped)
        assert silent.value.kind == "timeout"
        with impatient.reading() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
    finally:
        os.kill(stopped[0], signal.SIGCONT)


def _ask_one_that_stops(database, stopped):
    with database.reading() as connection:
        stopped.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        os.kill(stopped[0], signal.SIGSTOP)
        connection.execute(text("SELECT 1"))


def test_a_process_has_no_more_connections_than_it_was_given(impatient):
    assert impatient.engine.pool.size() + impatient.jobs.pool.size() == 6
    held = [impatient.engine.connect() for _ in range(4)]
    try:
        with pytest.raises(StoreUnusable) as none_left, impatient.reading():
            pass
        assert none_left.value.kind == "timeout"
    finally:
        for one in held:
            one.close()


def test_changing_the_schema_may_take_longer(impatient):
    with impatient.changing_the_schema() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "0"
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "0"


def test_what_the_url_says_comes_first(postgres):
    with postgres_database(postgres) as url:
        told = Database(open_engine(url.update_query_dict({"options": "-c statement_timeout=7s"})))
        with told.reading() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "7s"
        told.close()


def test_a_schema_of_a_newer_version_is_left_alone(database):
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        migrate(database)


def test_asking_whether_it_works_waits_for_no_writer(database):
    cases = SqlCases(database, JobQueue(database))
    cases.check()
    with database.writing():
        begun = time.monotonic()
        cases.check()
        assert time.monotonic() - begun < 10  # SQLite's writers wait for thirty seconds
    cases.close()
