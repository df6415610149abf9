"""A promise about error is kept as often as it says, or not made."""

import math

import numpy as np
import pytest

from training.risk import controlled_threshold


def returns(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Chances that are far from calibrated: only their order is worth anything."""
    truly = rng.beta(0.6, 3, count)
    return truly**3, rng.random(count) < truly


@pytest.mark.parametrize("error", [0.05, 0.1])
def test_the_error_among_new_returns_is_kept_in_nineteen_of_twenty_draws(error: float) -> None:
    rng = np.random.default_rng(8)
    chances, wrong = returns(rng, 400_000)
    broken = accepted = 0
    for _ in range(300):
        threshold = controlled_threshold(*returns(rng, 500), error=error)
        taken = chances <= threshold
        accepted += bool(taken.any())
        broken += bool(taken.any()) and wrong[taken].mean() > error
    assert broken / 300 <= 0.05
    assert accepted > 150  # keeping it by never accepting would be cheap


def test_more_returns_let_more_be_accepted() -> None:
    rng = np.random.default_rng(9)
    few = np.mean([controlled_threshold(*returns(rng, 150), error=0.1) > 0 for _ in range(50)])
    many = np.mean([controlled_threshold(*returns(rng, 3000), error=0.1) > 0 for _ in range(50)])
    assert many > max(few, 0.9)


def test_nothing_is_promised_on_too_few_returns() -> None:
    assert controlled_threshold(np.zeros(58), np.zeros(58, bool)) == -math.inf
    assert controlled_threshold(np.zeros(59), np.zeros(59, bool)) == 0.0


def test_nothing_is_promised_where_the_surest_are_wrong() -> None:
    wrong = np.arange(300) < 60
    assert controlled_threshold(np.arange(300.0), wrong) == -math.inf


def test_returns_without_a_grade_are_never_accepted() -> None:
    chances = np.where(np.arange(200) < 100, 0.01, np.inf)
    assert controlled_threshold(chances, np.zeros(200, bool)) == 0.01
