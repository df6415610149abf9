"""What is compared: neither kind of candidate hides the other, and no sender fills the places alone."""

from inspection.seen.candidates import (
    ALIKE_COMPARED,
    NEAR_COMPARED,
    VERY_ALIKE,
    VERY_ALIKE_COMPARED,
    Candidate,
    by_turns,
    choose,
)
from inspection.seen.hits import Known, Use


def candidate(seq, sender, *, distance=None, cosine=None):
    use = Use(inspection_id=f"inspection of {sender}", return_id=sender)
    return Candidate(
        seq=seq, sha256=str(seq), known=Known(used_by=(use,), times=1), distance=distance, cosine=cosine
    )


def chosen(*candidates):
    near = {one.seq: one.distance for one in candidates if one.distance is not None}
    alike = {one.seq: one.cosine for one in candidates if one.cosine is not None}
    return choose(near, alike, {one.seq: one for one in candidates})


def decoys(count, *, sender="decoys", **likeness):
    return [candidate(1000 + n, sender, **likeness) for n in range(count)]


def test_near_hashes_take_no_place_of_what_looks_alike():
    one = candidate(1, "other", cosine=0.8)
    assert one in chosen(*decoys(500, distance=33), one).candidates[:2]


def test_what_looks_alike_takes_no_place_of_near_hashes():
    one = candidate(1, "other", distance=60)
    assert one in chosen(*decoys(200, cosine=0.99), one).candidates[:2]


def test_one_sender_does_not_fill_the_places():
    one = candidate(1, "other", cosine=0.7)
    assert one in chosen(*decoys(100, cosine=0.99), one).candidates


def test_the_likest_of_each_sender_come_first():
    made = [candidate(n, n % 3, cosine=0.9) for n in range(18)]
    assert [one.seq for one in by_turns(made)] == [*range(12), *range(12, 18)]
    alone = [candidate(n, "one", cosine=0.9) for n in range(6)] + [candidate(9, "other", cosine=0.6)]
    assert [one.seq for one in by_turns(alone)] == [0, 1, 2, 3, 9, 4, 5]


def test_near_hashes_that_find_no_place_are_told_of():
    assert not chosen(*decoys(NEAR_COMPARED, distance=40)).left_out
    assert chosen(*decoys(NEAR_COMPARED + 1, distance=40)).left_out


def test_very_alike_ones_that_find_no_place_are_told_of_and_others_are_not():
    places = ALIKE_COMPARED + VERY_ALIKE_COMPARED
    assert len(chosen(*decoys(places + 1, cosine=VERY_ALIKE)).candidates) == places
    assert chosen(*decoys(places + 1, cosine=VERY_ALIKE)).left_out
    assert not chosen(*decoys(places, cosine=VERY_ALIKE)).left_out
    assert len(chosen(*decoys(places + 1, cosine=VERY_ALIKE - 0.01)).candidates) == ALIKE_COMPARED
    assert not chosen(*decoys(places + 1, cosine=VERY_ALIKE - 0.01)).left_out


def test_a_photo_that_is_both_is_compared_once():
    one = candidate(1, "other", distance=20, cosine=0.9)
    assert chosen(one).candidates == (one,)
