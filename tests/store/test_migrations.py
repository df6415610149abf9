"""Any database of ours becomes today's, and nothing that was kept is lost on the way."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from databases import postgres_database
from sqlalchemy import inspect, select, text

from inspection.errors import StoreUnusable
from inspection.returns.return_order import InspectionState, LineState
from inspection.store import chain
from inspection.store.cases import SqlCases
from inspection.store.codec import encode
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.fingerprints import SqlFingerprints
from inspection.store.jobs.queue import JobQueue
from inspection.store.migrations import configured, migrate
from inspection.store.tables import INSPECTION_PHOTOS, PHOTOS, TABLES
from inspection.store.types import canonical
from inspection.verdict.grading import Grade


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
        newest = ScriptDirectory.from_config(configured(connection)).get_heads()
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == newest
        assert len(newest) == 1


@pytest.fixture
def at_0002(empty):
    """A database as the second revision left it, with a return of three items in it."""
    with empty.changing_the_schema() as connection:
        command.upgrade(configured(connection), "0002")
    lines = [("decided-a", "decided", 1), ("decided-r", "decided", 2), ("awaiting", "awaiting", None)]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with empty.writing() as connection:
        for kind, subject, body in (
            ("decision", "i-1", {"decision": "accept", "grade": "B", "turn": 1}),
            ("decision", "i-2", {"decision": "refuse", "grade": None, "turn": 1}),
        ):
            chain.append(connection, at=at, kind=kind, subject=subject, actor="ada", body=body)
        put = connection.execute
        put(text("INSERT INTO returns (id, created_at, currency) VALUES ('r', :at, 'EUR')"), {"at": AT})
        for position, (id_, state, by) in enumerate(lines, start=1):
            row = {"id": id_, "position": position, "state": state, "by": by}
            put(text("INSERT INTO return_lines"
                     " (id, return_id, position, title, price_cents, state, decided_by)"
                     " VALUES (:id, 'r', :position, 'A cup', 4000, :state, :by)"), row)  # fmt: skip
        for id_, line, state, decision, grade in (
            ("i-1", "decided-a", "decided", "accept", "B"),
            ("i-2", "decided-r", "decided", "refuse", None),
            ("i-3", "awaiting", "open", None, None),
            ("i-4", "awaiting", "in_review", "review", "C"),
        ):
            row = {"id": id_, "line": line, "state": state, "decision": decision, "grade": grade, "at": AT}
            put(text("INSERT INTO inspections"
                     " (id, line_id, created_at, state, turn, decision, grade, decided_at)"
                     " VALUES (:id, :line, :at, :state, 1, :decision, :grade, :at)"), row)  # fmt: skip
        put(text("INSERT INTO reviews (id, inspection_id, turn, why, opened_at, due_at, urgency, not_by)"
                 " VALUES ('v', 'i-4', 1, 'appeal', :at, :at, 1, 'ada')"), {"at": AT})  # fmt: skip
    return empty


AT = "2026-11-01 12:00:00.000000"


def test_what_stood_at_the_second_revision_stands_by_the_rules_of_the_third(at_0002):
    migrate(at_0002)
    queue = JobQueue(at_0002)
    cases = SqlCases(at_0002, queue)
    with cases.change() as change:
        stands = {id_: change.line(id_) for id_ in ("decided-a", "decided-r", "awaiting")}
        assert [(line.state, line.grade) for line in stands.values()] == [
            (LineState.ACCEPTED, Grade.B),
            (LineState.REFUSED, None),
            (LineState.AWAITING, None),
        ]
        assert change.case("i-3").state is InspectionState.EXPIRED  # the other of its item came farther
        assert change.live_case_of("awaiting") == "i-4"
        assert change.case("i-4").grade is None
        assert change.review("v").not_by == {"ada"}
    with at_0002.writing() as connection:  # what refers to a table that was made anew refers to it still
        connection.execute(text("UPDATE return_lines SET position = 9 WHERE id = 'awaiting'"))
        assert connection.execute(text("SELECT count(*) FROM inspections")).scalar() == 4
    with pytest.raises(StoreUnusable), at_0002.writing() as connection:
        connection.execute(text("DELETE FROM returns"))
    cases.close()


def test_what_was_carried_over_and_went_on_agrees_with_the_record(empty, inspected):
    """0002 carried it over without an entry, and then somebody asked a second opinion on it."""
    with empty.changing_the_schema() as connection:
        command.upgrade(configured(connection), "0002")
        put = connection.execute
        put(text("INSERT INTO inspections (id, created_at, state, turn, submitted_at, decision)"
                 " VALUES ('inspection-001', :at, 'in_review', 1, :at, 'review')"), {"at": AT})  # fmt: skip
        look = {"at": AT, "sha": "0" * 64, "body": canonical(encode(inspected(1)))}
        put(text("INSERT INTO looks (inspection_id, turn, at, bundle_sha256, policy, body, compared_with)"
                 " VALUES ('inspection-001', 1, :at, :sha, 'house-1', :body, '[]')"), look)  # fmt: skip
        at = datetime(2026, 11, 2, tzinfo=UTC)
        told = {"turn": 1, "review_id": "v"}
        chain.append(
            connection, at=at, kind="second_opinion", subject="inspection-001", actor="ada", body=told
        )
    migrate(empty)
    cases = SqlCases(empty, JobQueue(empty))
    audit = cases.audit()
    assert audit.whole, audit.contradictions
    assert [one.kind for one in cases.entries("inspection-001")] == ["second_opinion", "decision"]
    cases.close()


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


def test_fingerprints_that_were_erased_keep_the_number_they_had(empty):
    with empty.writing() as connection:
        command.upgrade(configured(connection), "0002")
        for number, (quality, pdq) in enumerate([(80, b"\x07" * 32), (-1, (5).to_bytes(32, "big"))], start=1):
            told = {"seq": 10 + number, "sha256": str(number) * 64, "quality": quality, "pdq": pdq}
            connection.execute(
                text("INSERT INTO photos (sha256, stored_at) VALUES (:sha256, '2026-01-01 00:00:00')"), told
            )
            connection.execute(
                text(
                    "INSERT INTO fingerprints (seq, sha256, pdq, quality)"
                    " VALUES (:seq, :sha256, :pdq, :quality)"
                ),
                told,
            )
    migrate(empty)
    kept, erased = SqlFingerprints(empty).since(0, 10, "")
    assert (kept.seq, kept.pdq, kept.gone) == (11, b"\x07" * 32, ())
    assert (erased.seq, erased.pdq, erased.gone) == (12, bytes(32), (5,))


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
    audit = cases.audit()  # from here on nobody can change them unseen
    assert audit.whole, audit.contradictions
    assert audit.entries == 2
    assert cases.due(inspected(59).at, 10) == []  # nobody is told now that they are late
    cases.close()
    database.close()
