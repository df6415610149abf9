"""Features on disk: bounded, shared, and never in the way of an answer."""

import logging
import os
from pathlib import Path

import numpy as np
import pytest

from inspection.vision.features import Features, ReferenceFeatures
from inspection.vision.reference_cache import ReferenceCache


@pytest.fixture
def features():
    """`features("7")` are those of photo 7: some 17 kB, and `features.made` says which were made."""
    made = []

    def make(sha256: str) -> ReferenceFeatures:
        made.append(sha256)
        filled = np.full((4, 4, 500), len(made), np.float16)
        own = Features(patches=filled, embedding=np.zeros(8, np.float16))
        item = Features(patches=filled[:1, :1], embedding=own.embedding)
        return ReferenceFeatures(sha256=sha256, own=own, item=item, copies=np.zeros((2, 8), np.float16))

    make.made = made
    return make


def ask(cache, features, *photos):
    for photo in photos:
        assert cache.get(photo, "reader", lambda photo=photo: features(photo)).sha256 == photo


def size(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def test_the_folder_stays_within_its_bytes_however_many_references_come(tmp_path, features):
    cache = ReferenceCache(tmp_path, most_bytes=60_000)
    for n in range(20):
        ask(cache, features, str(n))
        assert size(tmp_path) <= 60_000
    assert len(list(tmp_path.iterdir())) == 3


def test_what_was_used_longest_ago_makes_room(tmp_path, features):
    ask(ReferenceCache(tmp_path), features, "1", "2", "3")
    for age, path in enumerate(sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)):
        os.utime(path, (age, age))
    ask(ReferenceCache(tmp_path), features, "1")  # the oldest, and used just now
    ask(ReferenceCache(tmp_path, most_bytes=60_000), features, "4")
    ask(ReferenceCache(tmp_path), features, "1", "3", "4")
    assert features.made == ["1", "2", "3", "4"]
    ask(ReferenceCache(tmp_path), features, "2")
    assert features.made[4:] == ["2"]


def test_a_draft_that_a_crash_left_behind_makes_room_too(tmp_path, features):
    (tmp_path / "left.part").write_bytes(bytes(100_000))
    os.utime(tmp_path / "left.part", (0, 0))
    ask(ReferenceCache(tmp_path, most_bytes=60_000), features, "1")
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


def test_a_folder_that_cannot_be_used_costs_no_answer_and_is_logged_once(tmp_path, features, caplog):
    (tmp_path / "file").write_text("where the folder should be")
    for folder in (tmp_path / "file", Path("/proc/references")):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            ask(ReferenceCache(folder), features, "1", "2")
        assert len(caplog.records) == 1
        assert str(folder) in caplog.text


def test_nothing_of_an_erased_photo_stays_in_memory_or_in_the_folder(tmp_path, features):
    cache, other = ReferenceCache(tmp_path), ReferenceCache(tmp_path)
    ask(cache, features, "a1", "a12")
    cache.get("a1", "another reader", lambda: features("a1"))
    ask(other, features, "a1")
    assert cache.photos() == {"a1", "a12"}
    cache.forget("a1")
    cache.forget("never there")
    assert cache.photos() == {"a12"}
    assert [path.name.partition("-")[0] for path in tmp_path.iterdir()] == ["a12"]
    assert other.photos() == {"a1", "a12"}  # in its memory still: its own process asks what was erased
    other.forget("a1")
    ask(cache, features, "a1")
    assert features.made == ["a1", "a12", "a1", "a1"]


def test_files_of_an_earlier_version_that_name_no_photo_go(tmp_path, features):
    (tmp_path / f"{'0' * 64}.npz").write_bytes(b"x")
    assert ReferenceCache(tmp_path).photos() == set()
    assert list(tmp_path.iterdir()) == []
    assert ReferenceCache(tmp_path / "absent").photos() == set()


def test_a_full_disk_leaves_no_half_file_behind(tmp_path, features, monkeypatch):
    def full(file, **arrays):
        file.write(b"some")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    ask(ReferenceCache(tmp_path), features, "1")
    assert list(tmp_path.iterdir()) == []
