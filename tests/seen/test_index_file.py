"""The index comes back from its file as it was, or not at all."""

import numpy as np
import pytest

from inspection.photo.fingerprint import CLEAR
from inspection.seen import index as index_module
from inspection.seen.fold import fold
from inspection.seen.index import Index
from inspection.seen.rows import Row

MODEL = "a" * 64


class Table:
    """Rows in a list, counted as they are read."""

    def __init__(self, rows):
        self.rows = list(rows)
        self.read = 0

    def since(self, seq, most, model):
        found = [row for row in self.rows if row.seq > seq][:most]
        self.read += len(found)
        return found

    def last(self):
        return max(row.seq for row in self.rows)

    def hashes(self, seqs):
        return {row.seq: row.pdq for row in self.rows if row.seq in seqs and row.quality >= 0}


def rows(count, seed=0):
    random = np.random.default_rng(seed)
    return [
        Row(seq=n, pdq=random.bytes(32), quality=CLEAR, folded=fold(random.normal(size=64)))
        for n in range(1, count + 1)
    ]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(index_module, "WORTH_A_FILE", 10)


def opened(table, folder, model=MODEL):
    index = Index(table, model=model)
    index.keep_in(folder)
    index.catch_up()
    return index


@pytest.fixture
def kept(tmp_path):
    """A folder with the file of 50 photos."""
    opened(Table(rows(50)), tmp_path).save()
    return tmp_path


def the_file(folder):
    (file,) = folder.iterdir()
    return file


def found(index, row):
    return index.pictures([row.pdq], 0) == [(row.seq, 0)] and index.alike(row.folded, 1) == [row.seq]


def test_a_restart_reads_only_what_is_new(kept):
    table = Table(rows(55))
    index = opened(table, kept)
    assert (table.read, len(index)) == (5, 55)
    assert all(found(index, row) for row in table.rows)


def test_what_was_erased_or_moved_meanwhile_is_not_found(kept):
    first, second, *others = rows(50)
    gone = Row(seq=51, pdq=bytes(32), quality=-1, gone=(first.seq,))
    moved = Row(seq=52, pdq=second.pdq, quality=CLEAR, folded=second.folded, gone=(second.seq,))
    index = opened(Table([*others, gone, moved]), kept)
    assert index.pictures([first.pdq], 0) == []
    assert found(index, moved)
    assert len(index) == 49


def test_what_was_erased_leaves_the_file(kept):
    first, *others = rows(50)
    index = opened(Table([*others, Row(seq=51, pdq=bytes(32), quality=-1, gone=(first.seq,))]), kept)
    assert first.pdq in the_file(kept).read_bytes()
    index.save()
    assert first.pdq not in the_file(kept).read_bytes()
    assert others[0].pdq in the_file(kept).read_bytes()


def cut_off(file):
    file.write_bytes(file.read_bytes()[:-7])


def changed(file):
    bytes_ = bytearray(file.read_bytes())
    bytes_[1000] ^= 1
    file.write_bytes(bytes_)


def no_file_of_ours(file):
    file.write_bytes(b"{}" * 200)


@pytest.mark.parametrize("spoil", [cut_off, changed, no_file_of_ours])
def test_a_spoiled_file_is_none(kept, spoil):
    spoil(the_file(kept))
    table = Table(rows(50))
    index = opened(table, kept)
    assert (table.read, len(index)) == (50, 50)


@pytest.mark.parametrize("table", [rows(50, seed=1), rows(80, seed=1), rows(40)])
def test_the_file_of_another_database_or_of_one_that_was_restored_is_none(kept, table):
    index = opened(Table(table), kept)
    assert len(index) == len(table)
    assert all(found(index, row) for row in table)


def test_another_model_has_a_file_of_its_own_and_the_old_one_goes(kept):
    old = the_file(kept)
    table = Table(rows(50))
    opened(table, kept, model="b" * 64).save()
    assert table.read == 50
    assert the_file(kept) != old


def test_a_few_photos_are_worth_no_file(tmp_path):
    opened(Table(rows(9)), tmp_path).save()
    assert list(tmp_path.iterdir()) == []
