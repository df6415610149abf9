import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.verdict.confidence import UNSURE, Calibration, at_prior, logistic

scores = st.floats(-1e6, 1e6)


def calibration(yes_from: float = 0.2, no_to: float = 0.6) -> Calibration:
    return Calibration(slope=2.0, intercept=-1.0, yes_from=yes_from, no_to=no_to, error_rate=0.05)


@given(scores, scores)
def test_a_higher_score_is_never_a_lower_probability(one, other):
    lower, higher = sorted((one, other))
    assert 0 <= calibration().probability(lower) <= calibration().probability(higher) <= 1


@given(st.floats(-30, 30))
def test_the_logistic_is_symmetric_about_one_half(x):
    assert logistic(x) + logistic(-x) == pytest.approx(1)


@pytest.mark.parametrize("x", [-1e9, 1e9])
def test_the_logistic_does_not_overflow(x):
    assert math.isfinite(logistic(x))


def test_the_bound_itself_leaves_the_answer_open():
    assert calibration().answers(0.2) == UNSURE
    assert calibration().answers(0.6) == UNSURE
    assert calibration().answers(0.19) == {False}
    assert calibration().answers(0.61) == {True}


def test_an_empty_set_means_unsure_never_certain():
    assert calibration(yes_from=0.7, no_to=0.3).answers(0.5) == UNSURE


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_there_is_always_at_least_one_open_answer(yes_from, no_to, probability):
    assert calibration(yes_from, no_to).answers(probability)


@pytest.mark.parametrize("wrong", [{"slope": 0.0}, {"slope": -1.0}, {"error_rate": 0.0}, {"error_rate": 1.0}])
def test_a_calibration_that_would_turn_scores_round_cannot_be_built(wrong):
    with pytest.raises(ValueError, match="slope"):
        Calibration(
            **{"slope": 1.0, "intercept": 0.0, "yes_from": 0.5, "no_to": 0.5, "error_rate": 0.05, **wrong}
        )


@given(st.floats(0, 1), st.floats(0, 1))
def test_at_even_odds_the_evidence_speaks_for_itself_and_without_evidence_the_prior_does(prior, said):
    assert at_prior(0.5, said) == pytest.approx(said)
    assert at_prior(prior, 0.5) == pytest.approx(prior)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_stronger_evidence_or_a_higher_prior_never_makes_yes_less_likely(prior, one, other):
    weaker, stronger = sorted((one, other))
    assert at_prior(prior, weaker) <= at_prior(prior, stronger) + 1e-12
    assert at_prior(weaker, prior) <= at_prior(stronger, prior) + 1e-12


def test_a_rare_thing_takes_strong_evidence():
    assert at_prior(0.01, 0.9) == pytest.approx(0.0833, abs=1e-3)
