"""Accept, ask for a photo, or ask a person: whichever is expected to cost least.

Software never refuses and never accuses: there is no type for it here. Only a person can.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspection.verdict.doubt import Doubt, Reason, doubts
from inspection.verdict.evidence import Evidence, Stakes, accepting_cents, chance_wrong, proven_up_to
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.reading import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Settled without a person, at this grade."""

    grade: Grade
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForPhoto:
    """One more photo is expected to settle it. `view` is what it should show; the first reason says why."""

    view: View
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A person looks, and these are the questions for them."""

    reasons: tuple[Reason, ...]


Decision = Accept | AskForPhoto | Review


def decide(evidence: Evidence, stakes: Stakes) -> Decision:
    """The cheapest of the open ways.

    Asking a person is always open. Asking for a photo is open while one may help and not too many
    were asked for. Accepting is open only with no doubt left and within the error budget: as proven on
    held-out returns where the bundle brings such a proof, else by the estimate for this very return.
    """
    unsettled = doubts(evidence, stakes)
    ways = [_review(evidence, unsettled, stakes), *_ask(evidence, unsettled, stakes)]
    if not unsettled and evidence.grading is not None:
        ways += _accept(evidence, evidence.grading, stakes)
    # on equal cost the first wins, so a tie goes to a person
    return min(ways, key=lambda way: way[0])[1]


Way = tuple[float, Decision]
"""What a decision is expected to cost, in cents, and the decision."""


def _review(evidence: Evidence, unsettled: tuple[Doubt, ...], stakes: Stakes) -> Way:
    if unsettled or evidence.grading is None:
        return stakes.review_cents, Review(reasons=tuple(doubt.reason for doubt in unsettled))
    why_not = _why_not_accept(evidence, evidence.grading, stakes)
    return stakes.review_cents, Review(reasons=(_seen(evidence.grading), why_not))


def _ask(evidence: Evidence, unsettled: tuple[Doubt, ...], stakes: Stakes) -> Iterator[Way]:
    views = [doubt.view for doubt in unsettled]
    # where one doubt needs a person anyway, a photo first would only cost the shopper time
    if views and views[0] is not None and None not in views and evidence.asked < stakes.most_asks:
        cents = stakes.photo_cents + (1 - stakes.photo_settles) * stakes.review_cents
        yield cents, AskForPhoto(view=views[0], reasons=tuple(doubt.reason for doubt in unsettled))


def _accept(evidence: Evidence, grading: Grading, stakes: Stakes) -> Iterator[Way]:
    if chance_wrong(evidence, grading, stakes) <= _most(evidence, stakes):
        cents = accepting_cents(evidence, grading, stakes)
        reasons = (_seen(grading), *_unproven(evidence))
        yield cents, Accept(grade=grading.value, reasons=reasons)


def _most(evidence: Evidence, stakes: Stakes) -> float:
    """The largest chance of being wrong at which software may accept."""
    bound = proven_up_to(evidence, stakes)
    return stakes.error_budget if bound is None else bound


def _why_not_accept(evidence: Evidence, grading: Grading, stakes: Stakes) -> Reason:
    wrong = chance_wrong(evidence, grading, stakes)
    if (bound := proven_up_to(evidence, stakes)) is not None and wrong > bound:
        text = f"The chance of being wrong is {wrong:.1%}; accepting has proven itself up to {bound:.1%}."
        return Reason(code="over_what_is_proven", text=text)
    if bound is None and wrong > stakes.error_budget:
        text = f"The chance of being wrong is {wrong:.1%}; the policy allows {stakes.error_budget:.1%}."
        return Reason(code="over_error_budget", text=text)
    return Reason(code="review_is_cheaper", text="At this price, a person's look costs less than a mistake.")


def _seen(grading: Grading) -> Reason:
    if grading.value is Grade.A:
        text = f"No damage is seen; the chance of some is {1 - grading.probabilities[Grade.A]:.1%}."
        return Reason(code="no_damage_seen", text=text)
    text = f"Damage is seen. With it, the item can still be sold as grade {grading.value.name}."
    if grading.value is Grade.E:
        text = "Damage is seen that leaves the item unfit to be sold again."
    return Reason(code="damage_seen", text=text)


def _unproven(evidence: Evidence) -> Iterator[Reason]:
    """What an acceptance does not rest on, so that nobody believes it does."""
    for question, text in _WHEN_SILENT.items():
        if evidence.claims.get(question) is None:
            yield Reason(code=f"{question.value}_not_claimed", text=text)
    for question, text in _WHEN_OPEN.items():
        claim = evidence.claims.get(question)
        if claim is not None and not claim.settled:
            yield Reason(code=f"{question.value}_unsettled", text=text)


_WHEN_SILENT: Mapping[Question, str] = {
    Question.RECAPTURED: "Nothing is claimed about whether the photos are first-hand.",
    Question.SAME_ITEM: "Nothing is claimed about whether this is the item sold.",
}
_WHEN_OPEN: Mapping[Question, str] = {
    Question.DAMAGED: "Damage is unlikely, yet not ruled out: such returns are accepted on their record.",
    Question.RECAPTURED: "Nothing strong speaks against first-hand photos; that they are is not settled.",
    Question.SAME_ITEM: "That this is the item sold is likely, yet not settled.",
}
"""What an acceptance rests on the odds for."""
