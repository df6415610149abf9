"""One URL, one database; what is wrong with it is said in one line."""

import pytest

from inspection.errors import SettingUnusable, StoreUnusable
from inspection.store.engine import Database, open_engine, sqlite_url
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
