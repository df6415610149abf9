"""Any database of ours becomes today's, and nothing that was kept is lost on the way."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from databases import postgres_database
from sqlalchemy import inspect, select, text

from inspection.store.cases import SqlCases
from inspection.store.codec import encode
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.jobs.queue import JobQueue
from inspection.store.migrations import configured, migrate
from inspection.store.tables import INSPECTION_PHOTOS, PHOTOS, TABLES


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """A database with nothing in it, on each engine."""
    if request.param == "sqlite":
        database = Database(open_engine(sqlite_url(tmp_path / "empty.db")))
        yield database
        database.engine.dispose()
        return
    with postgres_database(request.getfixturevalue("postgres"), "template0") as url:
        database = Database(open_engine(url))
        yield database
        database.engine.dispose()


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
        newest = ScriptDirectory.from_config(configured(connection)).get_current_head()
        kept = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        assert kept == [newest]


def test_photos_kept_before_are_as_old_as_their_latest_use_and_erased_uses_are_known(empty):
    with empty.writing() as connection:
        command.upgrade(configured(connection), "0002")
        for line in (
            "INSERT INTO inspections (id, created_at, state) VALUES ('i', '2026-01-01 00:00:00', 'open')",
            "INSERT INTO photos (sha256, stored_at) SELECT 'UNUSED', '2026-01-01 00:00:00'",
            "INSERT INTO photos (sha256, stored_at) SELECT 'USED', '2026-01-01 00:00:00'",
            "INSERT INTO photos (sha256, stored_at, erased_at)"
            " SELECT 'ERASED', '2026-01-01 00:00:00', '2026-03-03 00:00:00'",
            "INSERT INTO inspection_photos (inspection_id, position, sha256, added_at)"
            " SELECT 'i', 1, 'USED', '2026-02-02 00:00:00'",
            "INSERT INTO inspection_photos (inspection_id, position, sha256, added_at)"
            " SELECT 'i', 2, 'ERASED', '2026-01-01 00:00:00'",
        ):
            for name in ("UNUSED", "USED", "ERASED"):
                line = line.replace(f"'{name}'", f"'{name.lower():0<64}'")  # noqa: PLW2901
            connection.execute(text(line))
    migrate(empty)
    with empty.reading() as connection:
        rows = connection.execute(select(PHOTOS)).all()
        months = {row.sha256.rstrip("0"): row.used_at.month for row in rows}
        uses = connection.execute(select(INSPECTION_PHOTOS)).all()
    assert months == {"unused": 1, "used": 2, "erased": 1}
    gone = {one.sha256.rstrip("0"): (one.erased_at, one.removed_at) for one in uses}
    assert gone["used"] == (None, None)
    assert [at.month for at in gone["erased"]] == [3, 3]


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
    database.engine.dispose()
