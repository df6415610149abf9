"""Familiarity is read off the spread of held-out photos."""

import pytest

from inspection.vision.calibrations import Familiarity

SPREAD = Familiarity(quantiles=(0.0, 1.0, 2.0, 3.0, 4.0), unsure_from=0.75)


@pytest.mark.parametrize(
    ("strangeness", "familiar"), [(-1, 1), (0, 1), (1, 0.75), (2.5, 0.375), (4, 0), (9, 0)]
)
def test_the_stranger_the_less_familiar(strangeness, familiar):
    assert SPREAD.of(strangeness) == pytest.approx(familiar)


def test_the_bound_itself_counts_as_strange():
    assert SPREAD.unsure(3.0)
    assert not SPREAD.unsure(2.99)


def test_quantiles_that_repeat_are_no_division_by_zero():
    flat = Familiarity(quantiles=(1.0, 1.0, 1.0), unsure_from=0.99)
    assert flat.of(0.5) == 1
    assert flat.of(1.0) == 0
