import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from inspection.errors import InspectionNotFound, StoreUnusable
from inspection.store.sql import SqlRecords
from inspection.verdict.decision import Accept
from inspection.verdict.grading import Grade


def test_what_was_added_is_there_after_a_restart(tmp_path, inspected):
    SqlRecords.open(tmp_path / "inspection.db").add(inspected(1))
    assert SqlRecords.open(tmp_path / "inspection.db").get("inspection-001") == inspected(1)


def test_adding_the_same_one_twice_is_the_same_as_once(records, inspected):
    records.add(inspected(1))
    records.add(inspected(1))
    assert records.latest(10) == [inspected(1)]


def test_a_record_is_never_replaced_by_another_of_its_id(records, inspected):
    records.add(inspected(1))
    with pytest.raises(ValueError, match="another inspection"):
        records.add(inspected(1, text="Something else."))
    assert records.get("inspection-001") == inspected(1)


def test_an_unknown_id_is_not_found(records):
    with pytest.raises(InspectionNotFound):
        records.get("' OR 1=1 --")


def test_the_latest_come_newest_first_whatever_the_order_they_were_added_in(records, inspected):
    for second in (2, 3, 1):
        records.add(inspected(second))
    assert [one.id for one in records.latest(2)] == ["inspection-003", "inspection-002"]


def test_threads_that_add_and_read_at_once_lose_nothing_and_double_nothing(records, inspected):
    with ThreadPoolExecutor(8) as threads:
        # every inspection is sent twice, as by a caller who did not hear the first answer
        list(threads.map(records.add, [inspected(n // 2) for n in range(80)]))
        assert len(list(threads.map(records.get, [inspected(n).id for n in range(40)]))) == 40
    assert [one.id for one in records.latest(100)] == [inspected(n).id for n in reversed(range(40))]


def test_times_of_any_zone_are_kept_in_utc(records, inspected, tmp_path):
    in_tokyo = datetime(2026, 11, 23, 6, 30, tzinfo=timezone(timedelta(hours=9)))
    records.add(replace(inspected(1), at=in_tokyo))
    with sqlite3.connect(tmp_path / "home" / "inspection.db") as file:
        assert file.execute("SELECT at FROM inspections").fetchone()[0].startswith("2026-11-22 21:30")
    file.close()
    assert records.get("inspection-001").at == in_tokyo


def test_a_time_without_a_zone_is_refused(records, inspected):
    with pytest.raises(StoreUnusable, match="without a zone"):
        records.add(replace(inspected(1), at=datetime(2026, 11, 22)))


@pytest.mark.parametrize(("column", "word"), [("decision", "refuse"), ("grade", "F")])
def test_the_database_itself_holds_no_word_outside_the_vocabulary(tmp_path, records, inspected, column, word):
    records.add(replace(inspected(1), decision=Accept(grade=Grade.B, reasons=())))
    file = sqlite3.connect(tmp_path / "home" / "inspection.db")
    with pytest.raises(sqlite3.IntegrityError, match=f"{column}_known"):
        file.execute(f"UPDATE inspections SET {column} = ?", (word,))  # noqa: S608 our own two words
    file.close()


def test_the_file_survives_a_power_cut_and_readers_do_not_wait(records):
    with records._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "inspection.db").write_bytes(b"not a database " * 100)
    with pytest.raises(StoreUnusable, match=r"inspection\.db"):
        SqlRecords.open(tmp_path / "inspection.db")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(StoreUnusable, match="home"):
        SqlRecords.open(tmp_path / "home" / "inspection.db")


@pytest.mark.parametrize("name", ["h?x", "h#x", "h%20x", "h x", "h:memory:"])
def test_the_file_lies_in_its_folder_whatever_the_folders_name(tmp_path, inspected, name):
    SqlRecords.open(tmp_path / name / "inspection.db").add(inspected(1))
    assert (tmp_path / name / "inspection.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
