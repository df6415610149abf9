"""Any database of ours becomes today's, and nothing that was kept is lost on the way."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import postgres_database
from sqlalchemy import inspect, text

from inspection.store.cases import SqlCases
from inspection.store.codec import encode
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.jobs.queue import JobQueue
from inspection.store.migrations import migrate
from inspection.store.tables import TABLES


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """A database with nothing in it, on each engine."""
    if request.param == "sqlite":
        database = Database(open_engine(sqlite_url(tmp_path / "empty.db")))
        yield database
        database.close()
        return
    with postgres_database(request.getfixturevalue("postgres"), "template0") as url:
        database = Database(open_engine(url))
        yield database
        database.close()


def test_the_migrations_make_the_schema_that_the_code_reads(empty):
    migrate(empty)
    with empty.reading() as connection:
        options = {"include_name": lambda name, type_, _: type_ != "table" or name in TABLES.tables}
        differs = compare_metadata(MigrationContext.configure(connection, opts=options), TABLES)
        assert differs == []
        reflected = inspect(connection)
        for table in TABLES.sorted_tables:  # alembic compares no CHECKs
            made = {check["name"] for check in reflected.get_check_constraints(table.name)}
            meant = {one.name for one in table.constraints if one.__visit_name__ == "check_constraint"}
            assert meant <= made, table.name


def test_migrating_again_or_by_several_at_once_changes_nothing(empty):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [empty] * 4))
    with empty.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0002"]


def test_inspections_kept_before_there_were_migrations_are_cases_now(tmp_path, inspected):
    file = sqlite3.connect(tmp_path / "old.db")
    file.execute(
        "CREATE TABLE inspections (id VARCHAR NOT NULL, at DATETIME NOT NULL, decision VARCHAR NOT NULL,"
        " grade VARCHAR, bundle_sha256 VARCHAR NOT NULL, policy VARCHAR NOT NULL, body JSON NOT NULL,"
        " PRIMARY KEY (id))"
    )
    file.execute("CREATE INDEX inspections_by_time ON inspections (at, id)")
    for second in (1, 2):
        file.execute(
            "INSERT INTO inspections VALUES (?, ?, 'review', NULL, ?, 'house-1', ?)",
            (
                f"inspection-00{second}",
                f"2026-11-22 12:00:0{second}.000000",
                "0" * 64,
                json.dumps(encode(inspected(second))),
            ),
        )
    file.commit()
    file.close()
    database = Database(open_engine(sqlite_url(tmp_path / "old.db")))
    migrate(database)
    cases = SqlCases(database, JobQueue(database))
    assert [one.id for one in cases.latest(5)] == ["inspection-002", "inspection-001"]
    assert cases.get("inspection-001") == inspected(1)
    with cases.change() as change:
        assert change.case("inspection-001").state == "in_review"
        assert change.photos_of("inspection-001")[0].sha256 == "ab" * 32
        assert change.open_review_of("inspection-001") is not None
    assert cases.due(inspected(59).at, 10) == []  # nobody is told now that they are late
    cases.close()
    database.close()
