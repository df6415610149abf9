import numpy as np
import pytest

from training.measures import (
    auroc,
    binomial_bounds,
    bootstrap,
    calibration_error,
    least_calibration_error,
    quadratic_kappa,
    recall_at,
    risk_coverage,
)


def test_auroc_counts_ties_half() -> None:
    assert auroc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert auroc(np.array([2.0, 1.0, 0.0]), np.array([True, False, False])) == 1.0


def test_auroc_agrees_with_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    scores, truths = rng.integers(0, 20, 300).astype(float), rng.random(300) < 0.3
    assert auroc(scores, truths) == pytest.approx(metrics.roc_auc_score(truths, scores))


def test_recall_is_taken_where_one_in_twenty_false_ones_pass() -> None:
    scores = np.concatenate([np.arange(100.0), [98.5, 10.0]])
    assert recall_at(scores, np.arange(102) >= 100) == 0.5


def test_a_forecast_that_comes_true_as_often_as_it_says_has_no_calibration_error() -> None:
    rng = np.random.default_rng(1)
    said = rng.random(50_000)
    assert calibration_error(said, rng.random(50_000) < said) < 0.02
    assert calibration_error(said, rng.random(50_000) < said**3) > 0.1


def test_at_even_odds_a_rare_yes_weighs_as_much_as_all_the_noes() -> None:
    said, truths = np.full(100, 0.5), np.arange(100) < 10
    assert calibration_error(said, truths, bins=1) == pytest.approx(0.4)
    assert calibration_error(said, truths, bins=1, even=True) == pytest.approx(0.0)


def test_few_photos_show_a_calibration_error_even_where_there_is_none() -> None:
    said = np.linspace(0.05, 0.95, 40)
    truths = np.arange(40) % 2 == 0
    assert 0.05 < least_calibration_error(said, truths, even=True) < 0.25
    many = np.linspace(0.05, 0.95, 20_000)
    assert least_calibration_error(many, many > 0.5) < 0.02


def test_binomial_bounds_are_those_of_clopper_and_pearson() -> None:
    stats = pytest.importorskip("scipy.stats")
    exact = stats.binomtest(3, 40).proportion_ci(method="exact")
    assert binomial_bounds(3, 40) == pytest.approx((exact.low, exact.high))
    assert binomial_bounds(0, 59)[1] == pytest.approx(1 - 0.025 ** (1 / 59))
    assert binomial_bounds(0, 0) == (0.0, 1.0)


def test_a_hundred_photos_of_one_person_count_as_one() -> None:
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(10), 100)
    right = np.repeat(rng.random(10) < 0.5, 100)
    low, high = bootstrap(lambda rows: float(right[rows].mean()), people.astype(str))
    alone = bootstrap(lambda rows: float(right[rows].mean()), np.arange(1000).astype(str))
    assert high - low > 5 * (alone[1] - alone[0])
    assert np.isnan(bootstrap(lambda rows: 1.0, np.array(["one", "one"]))).all()


def test_kappa_agrees_with_scikit_learn_and_forgives_near_misses() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    one, other = rng.integers(1, 6, 200), rng.integers(1, 6, 200)
    expected = metrics.cohen_kappa_score(one, other, weights="quadratic", labels=[1, 2, 3, 4, 5])
    assert quadratic_kappa(one, other) == pytest.approx(expected)
    assert quadratic_kappa(one, one) == 1
    near, far = np.clip(one + 1, 1, 5), np.where(one > 3, 1, 5)
    assert quadratic_kappa(one, near) > 0.6 > quadratic_kappa(one, far)


def test_the_surest_are_accepted_first_and_equals_together() -> None:
    chances = np.array([0.3, 0.1, 0.1, np.inf])
    coverage, risk = risk_coverage(chances, np.array([True, False, True, True]))
    assert coverage.tolist() == [0.5, 0.75]
    assert risk.tolist() == pytest.approx([0.5, 2 / 3])
