"""How well the stated grade agrees with the rubric's, on damage whose kind and severity are known."""

from collections.abc import Iterator, Sequence

import numpy as np

from training.evaluate.answers import those
from training.evaluate.case import Judged
from training.evaluate.rows import Figure, Goal, Row, absent, counted, measured
from training.measures import Rows, quadratic_kappa

_FAR = 2  # grades


def grade_rows(judged: Sequence[Judged]) -> Iterator[Row]:
    """Kappa, and grades that are far off although the true one was ruled out."""
    for references, on in ((0, "held-out synthesis, no reference"), (3, "held-out synthesis, references")):
        known = [
            (next(iter(one.truth.grades)), one)
            for one in those(judged, sorts=["clean", "damaged"])
            if one.truth.grades is not None and len(one.truth.grades) == 1
            and one.grading is not None and bool(one.truth.references) is bool(references)
        ]  # fmt: skip
        kappa, never = Goal(bound=0.85), Goal(bound=0.0, at_most=True, percent=True)
        claims = "grade against the rubric: quadratic kappa", "two grades off with confidence"
        if not known:
            yield absent(claims[0], on, kappa)
            yield absent(claims[1], on, never)
            continue
        true = np.array([int(grade) for grade, _ in known])
        said = np.array([int(one.grading.value) for _, one in known if one.grading])
        far = np.array([_sure_and_far(one, int(grade)) for grade, one in known])
        groups = np.array([one.truth.group for _, one in known], str)
        note = f"exact for {np.mean(true == said):.0%}; grades said: {len(np.unique(said))} of 5"
        yield measured(claims[0], on, _agreement(true, said), groups, goal=kappa, note=note)
        yield counted(claims[1], on, far, groups, goal=never)


def _agreement(true: Rows, said: Rows) -> Figure:
    return lambda rows: quadratic_kappa(true[rows], said[rows])


def _sure_and_far(one: Judged, true: int) -> bool:
    """Every grade that was left open is two or more from the true one."""
    return one.grading is not None and all(abs(int(grade) - true) >= _FAR for grade in one.grading.possible)
