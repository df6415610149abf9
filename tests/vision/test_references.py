"""Comparison with photos of the undamaged item: what must hold whatever the model."""

import numpy as np
import pytest

from inspection.vision import augment
from inspection.vision.features import read_reference
from inspection.vision.references import MOST_PATCHES, SETUP_TO, build_bank, reference_scores


@pytest.fixture
def reference_of(runtime, photo_of):
    def make(picture):
        return read_reference(runtime, picture, photo_of(picture).sha256, view=64, crop=32)

    return make


@pytest.fixture
def three(reference_of, item):
    return [reference_of(item(seed)) for seed in range(3)]


def spotted(picture):
    picture = picture.copy()
    picture[40:56, 56:72] = (200, 60, 160)
    return picture


def test_a_photo_that_is_itself_a_reference_differs_in_nothing(three):
    scores = reference_scores(three[0].own, build_bank(three))
    assert scores.damage < -1
    assert scores.setup <= 0


@pytest.mark.parametrize("count", [1, 3])
def test_damage_raises_the_score_and_shows_where_it_is(reference_of, item, three, count):
    bank = build_bank(three[:count])
    fine = reference_scores(reference_of(item(9)).own, bank)
    broken = reference_scores(reference_of(spotted(item(9))).own, bank)
    assert broken.damage > fine.damage + 0.3
    row, column = np.unravel_index(broken.differences.argmax(), broken.differences.shape)
    assert 4 <= row <= 7  # of 12
    assert 6 <= column <= 9  # of 16
    assert broken.setup < SETUP_TO


def test_the_order_of_the_references_does_not_matter_nor_does_one_given_twice(reference_of, item, three):
    query = reference_of(spotted(item(9))).own
    one, other = (reference_scores(query, build_bank(order)) for order in (three, [*three[::-1], three[0]]))
    assert (one.damage, one.match, one.setup) == (other.damage, other.match, other.setup)
    np.testing.assert_array_equal(one.differences, other.differences)


def test_another_set_up_is_noticed(reference_of, item, three):
    bank = build_bank(three)
    assert reference_scores(reference_of(item(9, background=(200, 190, 60))).own, bank).setup > SETUP_TO


def test_the_item_itself_matches_better_than_another_thing(reference_of, item, grey, three):
    bank = build_bank(three)
    other = grey(200)
    other[20:80, 30:100] = (180, 40, 160)
    assert (
        reference_scores(reference_of(item(9)).own, bank).match
        > reference_scores(reference_of(other).own, bank).match
    )


def test_twenty_references_are_no_larger_a_bank_than_the_bound(reference_of, item):
    bank = build_bank([reference_of(item(seed)) for seed in range(20)])
    assert len(bank.patches.patches) <= MOST_PATCHES


def test_copies_are_the_same_for_the_same_photo_and_differ_among_themselves(item):
    sha256 = "0123456789abcdef" * 4
    one, other = list(augment.copies(item(), sha256)), list(augment.copies(item(), sha256))
    assert len(one) == augment.COPIES
    np.testing.assert_array_equal(one, other)
    assert len({copy.tobytes() for copy in one}) == augment.COPIES
