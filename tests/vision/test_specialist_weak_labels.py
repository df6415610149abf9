from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.verdict.confidence import UNSURE
from inspection.verdict.decision import Accept, Review, decide
from inspection.verdict.doubt import doubts
from inspection.verdict.evidence import Evidence, Stakes, chance_bad
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.reading import Basis, Claim, Question

STAKES = Stakes(
    error_budget=0.05,
    review_cents=500,
    photo_cents=100,
    photo_settles=0.6,
    most_asks=2,
    hidden_damage=0.01,
    priors={
        Question.DAMAGED: 0.02,
        Question.RECAPTURED: 0.01,
        Question.SAME_ITEM: 0.01,
        Question.GENUINE: 0.01,
    },
    worth={Grade.A: 1.0, Grade.B: 0.8, Grade.C: 0.6, Grade.D: 0.4, Grade.E: 0.0},
)
CHANCES = {Grade.A: 0.99, Grade.B: 0.01, Grade.C: 0.0, Grade.D: 0.0, Grade.E: 0.0}
FINE = Grading(value=Grade.A, probabilities=CHANCES, possible=(Grade.A,))
PLAIN = Evidence(price_cents=4000, grading=FINE, claims={})
weak_claims = st.builds(
    Claim,
    question=st.just(Question.GENUINE),
    probability=st.floats(0, 1),
    answers=st.sampled_from([frozenset((True,)), frozenset((False,)), UNSURE]),
    basis=st.just(Basis.WEAK),
)
evidences = st.sampled_from([PLAIN, replace(PLAIN, grading=None), replace(PLAIN, price_cents=90000)])


def with_claim(evidence, claim):
    return replace(evidence, claims={Question.GENUINE: claim})


def test_without_it_the_item_is_accepted():
    assert isinstance(decide(PLAIN, STAKES), Accept)


@given(evidences, weak_claims)
def test_a_weak_claim_changes_nothing_or_raises_a_review(evidence, claim):
    before, after = decide(evidence, STAKES), decide(with_claim(evidence, claim), STAKES)
    assert after == before or isinstance(after, Review)


@given(weak_claims)
def test_a_weak_claim_never_makes_the_bad_answer_less_likely(claim):
    assert chance_bad(Question.GENUINE, with_claim(PLAIN, claim), STAKES) >= STAKES.priors[Question.GENUINE]


@given(weak_claims)
def test_a_weak_claim_is_never_settled(claim):
    assert not claim.settled


@pytest.mark.parametrize("probability", [0.0, 0.02])
def test_a_weak_no_asks_a_person_and_not_the_shopper(probability):
    claim = Claim(
        question=Question.GENUINE, probability=probability, answers=frozenset((False,)), basis=Basis.WEAK
    )
    (doubt,) = doubts(with_claim(PLAIN, claim), STAKES)
    assert doubt.view is None
    assert isinstance(decide(with_claim(PLAIN, claim), STAKES), Review)
