"""A search over bits finds just what counting them one by one would, with faiss and without."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.seen import bits
from inspection.seen.bits import Bits

pytest.importorskip("faiss", reason="faiss-cpu is absent: without it there is nothing to compare with")


def codes(count, width, seed=0, ones=0.5):
    drawn = np.random.default_rng(seed).random((count, width * 8)) < ones
    return np.packbits(drawn, axis=1)


def filled(held, seqs, *, use_faiss):
    made = Bits(held.shape[1], use_faiss=use_faiss)
    for start in range(0, len(held), 70):
        made.append(seqs[start : start + 70], held[start : start + 70])
    return made


def by_hand(held, seqs, queries):
    apart = np.bitwise_count(held[:, None] ^ queries[None]).sum(2).min(1)
    return sorted(zip(seqs, apart.tolist(), strict=True), key=lambda one: (one[1], one[0]))


@pytest.fixture(params=[True, False], ids=["faiss", "numpy"])
def use_faiss(request):
    return request.param


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(bits, "BLOCK", 100)


@pytest.mark.parametrize("width", [8, 32, 64])
def test_what_is_within_the_radius_is_found_and_nothing_else(use_faiss, width):
    held, seqs = codes(451, width, ones=0.3), [3 * n + 1 for n in range(451)]
    made, queries = filled(held, seqs, use_faiss=use_faiss), codes(8, width, seed=1, ones=0.3)
    expected = by_hand(held, seqs, queries)
    for radius in (0, expected[0][1] - 1, expected[0][1], expected[40][1], width * 8):
        assert made.within(queries, radius) == [one for one in expected if one[1] <= radius]


def test_the_bound_itself_counts(use_faiss):
    held = np.zeros((1, 32), np.uint8)
    held[0, :4] = 0xFF  # 32 bits
    made = filled(held, [7], use_faiss=use_faiss)
    assert made.within(np.zeros((1, 32), np.uint8), 32) == [(7, 32)]
    assert made.within(np.zeros((1, 32), np.uint8), 31) == []


@pytest.mark.parametrize("most", [1, 5, 100, 451, 1000])
def test_the_nearest_are_the_nearest(use_faiss, most):
    held, seqs = codes(451, 64), list(range(1, 452))
    query = codes(1, 64, seed=2)[0]
    found = filled(held, seqs, use_faiss=use_faiss).nearest(query, most)
    expected = by_hand(held, seqs, query[None])[:most]
    # on equal distance either may be the last one
    assert [distance for _, distance in found] == [distance for _, distance in expected]
    assert set(found) <= set(by_hand(held, seqs, query[None]))


def test_an_empty_index_finds_nothing(use_faiss):
    made = Bits(32, use_faiss=use_faiss)
    assert made.within(codes(8, 32), 256) == []
    assert made.nearest(codes(1, 32)[0], 10) == []


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 300), st.integers(0, 2**32))
def test_both_ways_agree(count, seed):
    held, seqs = codes(count, 32, seed=seed, ones=0.1), list(range(count))
    queries = codes(3, 32, seed=seed + 1, ones=0.1)
    one, other = (filled(held, seqs, use_faiss=way) for way in (True, False))
    assert one.within(queries, 50) == other.within(queries, 50)


def test_what_was_blanked_is_gone_from_memory(use_faiss):
    held, seqs = codes(250, 32), list(range(10, 260))
    made = filled(held, seqs, use_faiss=use_faiss)
    made.blank(130)
    made.blank(9999)  # never there
    assert 130 not in [seq for seq, _ in made.within(held[120][None], 60)]
    assert not any((block == held[120]).all(axis=1).any() for block in made._blocks)
    assert made.within(held[121][None], 0) == [(131, 0)]


def test_codes_of_broken_words_are_refused():
    with pytest.raises(ValueError, match="whole words"):
        Bits(12)


def test_what_is_blank_is_found_no_more_and_gives_its_place_back(use_faiss):
    held, seqs = codes(451, 32), list(range(1, 452))
    made = filled(held, seqs, use_faiss=use_faiss)
    for seq in seqs[:300]:
        made.blank(seq)
        made.blank(seq)  # twice is as once
    assert len(made) == 151
    assert made.within(np.zeros((1, 32), np.uint8), 0) == []
    assert made.within(held[:1], 0) == []
    smaller = made.compacted()
    assert smaller is not made
    assert len(smaller) == len(smaller._seqs) == 151
    assert smaller.within(held[300:301], 0) == made.within(held[300:301], 0) == [(301, 0)]
    assert smaller.compacted() is smaller
