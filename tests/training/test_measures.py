import numpy as np
import pytest

from training.measures import auroc, calibration_error, recall_at


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
