"""What a bundle has never seen the like of: does it say so?"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from inspection.verdict.reading import Question
from training.data import read_examples
from training.evaluate.answers import claim_of, those
from training.evaluate.case import Case, Judged, Truth, encoded
from training.evaluate.rows import Goal, Row, absent, measured
from training.evaluate.sets import Plan, here
from training.measures import Rows, auroc
from training.synthesize.subjects import page

MADE = 24
"""Pictures of noise, and as many of writing."""
_SETS = {
    "people": "ten people's own photos",
    "close_ups": "close-ups of leather, plates, cloth",
    "noise": "pure noise",
    "page": "a page of writing",
}


def foreign(plan: Plan) -> Iterator[Case]:
    """Close-ups, noise, writing; people's own photos are read for the capture claim already."""
    if here("damage-open"):
        for example in read_examples("damage-open")[:: 3 * plan.step]:
            truth = Truth(source="close_ups", group=f"close_ups/{example.group}", sort="foreign")
            yield Case(truth=truth, photo=example.path.read_bytes)
    for number in range(MADE):
        rng = plan.rng("foreign", number)
        noise = rng.integers(0, 256, (480, 640, 3), np.uint8)
        writing = page(rng, noise)
        for source, picture in (("noise", noise), ("page", writing)):
            truth = Truth(source=source, group=f"{source}/{number}", sort="foreign")
            yield Case(truth=truth, photo=partial(encoded, picture))


def foreign_rows(seen: Sequence[Judged]) -> Iterator[Row]:
    """Strangeness against held-out photos, and how often the learned claims stay open for it."""
    familiar = those(seen, sorts=["clean"], references=0)
    for source, on in _SETS.items():
        strange = those(seen, sources=[source], sorts=["clean", "foreign"])
        both = [one for one in [*familiar, *strange] if one.reading.familiar is not None]
        if not strange or not familiar or not both:
            yield absent("strange photos are told from held-out ones: AUROC", on, Goal())
            continue
        odd = np.array([one.truth.source == source for one in both])
        how = np.array([-(one.reading.familiar or 0.0) for one in both])
        groups = np.array([one.truth.group for one in both], str)
        open_ = np.array([_unsure(one) for one in strange])
        note = f"learned claims stay open for {open_.mean():.0%}; {_told(familiar)} of held-out photos"

        def value(rows: Rows, odd: object = odd, how: object = how) -> float:
            return auroc(np.asarray(how)[rows], np.asarray(odd)[rows])

        yield measured(
            "strange photos are told from held-out ones: AUROC", on, value, groups, goal=Goal(), note=note
        )


def _told(familiar: Sequence[Judged]) -> str:
    return f"{np.mean([_unsure(one) for one in familiar]):.0%}"


def _unsure(one: Judged) -> bool:
    """Whether what the photo alone says is left open on both questions."""
    claims = [claim_of(one.reading, question) for question in (Question.DAMAGED, Question.RECAPTURED)]
    return all(len(claim.answers) == 2 for claim in claims if claim is not None)
