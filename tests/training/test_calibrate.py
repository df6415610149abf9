"""Probabilities mean what they say on new draws, and the bounds keep their rates, class by class."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from inspection.errors import SetupProblem
from training.calibrate import ScoreUseless, fit
from training.measures import logistic


def draw(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose true curve is logistic(1.5 s - 0.5), as many yes as no."""
    scores = rng.normal(0.3, 1.5, count)
    return scores, rng.random(count) < logistic(1.5 * scores - 0.5)


def test_of_those_said_to_be_three_in_ten_three_in_ten_are() -> None:
    rng = np.random.default_rng(1)
    told = fit(*draw(rng, 4000), error_rate=0.05)
    scores, truths = draw(rng, 40_000)
    said = np.array([told.probability(float(score)) for score in scores])
    odds = truths.mean() / (1 - truths.mean())  # stated at even odds: weigh yes and no alike
    weight = np.where(truths, 1 / odds, 1.0)
    for low in (0.1, 0.3, 0.5, 0.7):
        bin_ = (said >= low) & (said < low + 0.2)
        assert np.average(truths[bin_], weights=weight[bin_]) == pytest.approx(said[bin_].mean(), abs=0.04)


@pytest.mark.parametrize(("alarm_rate", "kept"), [(None, 0.05), (0.03, 0.03)])
def test_each_answer_is_wrongly_ruled_out_as_often_as_promised(alarm_rate: float | None, kept: float) -> None:
    rng = np.random.default_rng(2)
    missed, alarms = [], []
    for _ in range(40):
        told = fit(*draw(rng, 800), error_rate=0.05, alarm_rate=alarm_rate)
        scores, truths = draw(rng, 4000)
        said = logistic(told.slope * scores + told.intercept)
        missed.append((said[truths] < told.yes_from).mean())
        alarms.append((said[~truths] > told.no_to).mean())
    assert np.mean(missed) == pytest.approx(0.05, abs=0.01)
    assert np.mean(alarms) == pytest.approx(kept, abs=0.008)


def test_too_few_rule_nothing_out() -> None:
    scores = np.array([-1.0, -0.5, 0.0, 0.2, 1.0, 1.5])
    told = fit(scores, scores > 0.1, error_rate=0.05)
    assert (told.yes_from, told.no_to) == (0.0, 1.0)


def test_a_score_that_says_the_opposite_is_refused_in_a_sentence() -> None:
    scores, truths = draw(np.random.default_rng(3), 500)
    with pytest.raises(ScoreUseless, match="opposite of the truth") as refused:
        fit(-scores, truths, error_rate=0.05)
    assert isinstance(refused.value, SetupProblem)
