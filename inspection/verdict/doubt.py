"""What is unsettled, what it may cost, and the one photo that would show more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspection.verdict.confidence import UNSURE
from inspection.verdict.evidence import BAD, Evidence, Stakes, chance_bad, misgraded_share, proven
from inspection.verdict.findings import View
from inspection.verdict.reading import Basis, Claim, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a stable code for programs and one sentence for people, which never accuses."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something unsettled. `cents` is what it may cost if ignored.

    `view` is the photo that would show more; `None` where only a person can settle it.
    """

    reason: Reason
    cents: float
    view: View | None


WHAT_WOULD_SETTLE: Mapping[Question, tuple[View, str]] = {
    Question.RECAPTURED: (
        View.FRONT,
        "This may be a photo of a screen or a print. Please photograph the item itself.",
    ),
    Question.SAME_ITEM: (
        View.LABEL,
        "We could not match this to the item that was sold. A photo of its label would help.",
    ),
    Question.GENUINE: (
        View.SERIAL,
        "We could not confirm the make. Its serial number would help.",
    ),
    Question.DAMAGED: (View.CLOSE_UP, "We cannot tell whether this is damage. A closer photo would help."),
}


def doubts(evidence: Evidence, stakes: Stakes) -> tuple[Doubt, ...]:
    """All of them, the costliest first. Empty means that everything that must be settled is.

    An open claim is settled by a proof, too: that accepting all returns as surely fine as this one is
    wrong no more often than the policy allows, though it is not known which of them are wrong.
    """
    found = [*_poor_photos(evidence), *_missing_views(evidence, stakes), *_open_claims(evidence, stakes)]
    return tuple(sorted(found, key=lambda doubt: -doubt.cents))


def _poor_photos(evidence: Evidence) -> Iterator[Doubt]:
    for _, view, remark in evidence.remarks:
        reason = Reason(code=f"photo_{remark.problem.value}", text=remark.advice)
        # a photo that cannot be read leaves everything open, so the whole price hangs on it
        yield Doubt(reason=reason, cents=float(evidence.price_cents), view=view or View.FRONT)


def _missing_views(evidence: Evidence, stakes: Stakes) -> Iterator[Doubt]:
    for view in evidence.missing:
        name = view.value.replace("_", " ")
        reason = Reason(code=f"no_{view.value}", text=f"No photo shows the {name}. Please add one.")
        yield Doubt(reason=reason, cents=evidence.price_cents * stakes.hidden_damage, view=view)


def _open_claims(evidence: Evidence, stakes: Stakes) -> Iterator[Doubt]:
    if evidence.grading is None:
        reason = Reason(code="damage_not_claimed", text="The model makes no claim about damage here.")
        yield Doubt(reason=reason, cents=float(evidence.price_cents), view=None)
    tried = proven(evidence, stakes)
    for question, (view, text) in WHAT_WOULD_SETTLE.items():
        claim = evidence.claims.get(question)
        chance = chance_bad(question, evidence, stakes)
        if claim is not None and not (tried and _merely_open(claim)) and _leaves_doubt(claim, chance, stakes):
            share = chance
            if question is Question.DAMAGED and evidence.grading is not None:
                # the wrong item costs its price, a missed defect only what it takes off the grade
                share = misgraded_share(evidence.grading, stakes)
            reason = Reason(code=f"{question.value}_open", text=text)
            # weak labels raise a review, which no photo of the shopper's can answer
            person = claim.basis is Basis.WEAK
            yield Doubt(reason=reason, cents=evidence.price_cents * share, view=None if person else view)


def _merely_open(claim: Claim) -> bool:
    """Both answers are left: nothing speaks for the bad one. Weak labels raise what no proof has tried."""
    return claim.answers == UNSURE and claim.basis is not Basis.WEAK


def _leaves_doubt(claim: Claim, chance: float, stakes: Stakes) -> bool:
    if claim.basis is Basis.WEAK:
        return claim.answers == {BAD[claim.question]}
    if claim.question is Question.DAMAGED:
        return not claim.settled  # damage that is certain is no doubt: it has a grade
    if claim.question is Question.RECAPTURED:
        # one-sided: a screen that is seen raises a doubt, one that is not seen proves nothing either way,
        # so the bad answer need not be ruled out, only improbable enough
        return claim.answers == {True} or chance > stakes.error_budget
    return BAD[claim.question] in claim.answers
