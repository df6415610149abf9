"""From what each photo says to what they say together of the item."""

from collections.abc import Sequence
from dataclasses import replace

from inspection.verdict.confidence import Answers
from inspection.verdict.reading import Claim, Question, Reading

ANY_PHOTO = frozenset((Question.DAMAGED, Question.RECAPTURED))
"""Yes in one photo is yes for the item. The others need a yes in every photo."""


def combined(reading: Reading, question: Question) -> Claim | None:
    """One answer from all photos: the least favourable photo decides. `None` if no photo answered.

    The error rate is promised for each photo, not for the item: of many photos of an undamaged item,
    one is wrongly called damaged more often than one of few. That errs towards asking.
    """
    claims = reading.claims(question)
    if not claims:
        return None
    if question in ANY_PHOTO:
        decisive = max(claims, key=lambda claim: claim.probability)
        return replace(decisive, answers=_open(claims, spreads=True))
    decisive = min(claims, key=lambda claim: claim.probability)
    return replace(decisive, answers=_open(claims, spreads=False))


def _open(claims: Sequence[Claim], *, spreads: bool) -> Answers:
    """`spreads` is the answer that holds for the item as soon as it holds for one photo."""
    found = {spreads} if any(spreads in claim.answers for claim in claims) else set()
    spared = {not spreads} if all((not spreads) in claim.answers for claim in claims) else set()
    return frozenset(found | spared)
