"""Rows about honesty: do probabilities come true as often as they say, do conformal sets keep their word?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from inspection.verdict.confidence import Calibration
from inspection.verdict.reading import Basis, Question
from inspection.vision.calibrations import Calibrations
from training.evaluate.answers import Answers, answers, those
from training.evaluate.case import SOURCES, Judged
from training.evaluate.rows import Goal, Row, absent, counted, measured
from training.measures import binomial_bounds, calibration_error, least_calibration_error

Seen = Sequence[Judged]
Head = tuple[str, Question, Basis]

HEADS: tuple[Head, ...] = (
    ("damaged", Question.DAMAGED, Basis.LEARNED),
    ("damaged_by_references", Question.DAMAGED, Basis.REFERENCES),
    ("recaptured", Question.RECAPTURED, Basis.LEARNED),
    ("same_item", Question.SAME_ITEM, Basis.REFERENCES),
)
"""By their table of `calibration.toml`."""
SETS: Mapping[str, Mapping[str, Collection[str]]] = {
    "held-out groups": {"sources": SOURCES},
    "real cookies": {"sources": ["cookie"]},
    "real parcels": {"sources": ["parcel"]},
    "real photos of ten people": {"sources": ["people"], "sorts": ["clean", "screen"]},
}


def honesty_rows(seen: Seen, calibrations: Calibrations) -> Iterator[Row]:
    """ECE and conformal coverage, head by head and set by set; a head is silent on sets it isn't asked of."""
    for (name, question, basis), on in product(HEADS, SETS):
        told = answers(those(seen, sources=SETS[on]["sources"], sorts=SETS[on].get("sorts")), question, basis)
        calibration: Calibration | None = getattr(calibrations, name)
        if calibration is None and on == "held-out groups":
            yield absent(f"calibration of {name}", on, _ECE, "the bundle makes no such claim")
        if calibration is None or not len(told.said):
            continue
        if told.truths.any() and not told.truths.all():
            yield _calibrated(name, on, told)
        yield from _covered(name, on, told, calibration.error_rate)


_ECE = Goal(bound=0.03, at_most=True)


def _calibrated(name: str, on: str, told: Answers) -> Row:
    least = least_calibration_error(told.said, told.truths, even=True)
    natural = calibration_error(told.said, told.truths)
    return measured(
        f"calibration of {name}: ECE at even odds",
        on,
        told.figure(lambda said, truths: calibration_error(said, truths, even=True)),
        told.groups,
        goal=_ECE,
        note=f"{natural:.3f} at this set's own mix; perfect probabilities would show {least:.3f} here",
    )


def _covered(name: str, on: str, told: Answers, error_rate: float) -> Iterator[Row]:
    """Answer by answer: the promise is class-conditional."""
    for answer in (True, False):
        mine = told.where(told.truths == answer)
        if len(mine.said):
            yield _coverage(
                f"{name}: true {'yes' if answer else 'no'} in the conformal set", on, mine, error_rate
            )


def _coverage(claim: str, on: str, told: Answers, error_rate: float) -> Row:
    """Kept where the exact binomial bounds of what was seen still reach the promise."""
    promised = 1 - error_rate
    _, high = binomial_bounds(int(told.covered.sum()), len(told.covered))
    certain = float((told.yes_open != told.no_open).mean())
    goal = Goal(bound=promised, percent=True)
    row = counted(claim, on, told.covered, told.groups, goal=goal, note=f"settled for {certain:.0%}")
    return replace(row, met=bool(high >= promised), within_bounds=True)


def category_calibration(seen: Seen) -> Row:
    """Whether the named class is right as often as it says."""
    claim, on = "calibration of category: ECE", "held-out groups"
    named = [
        (one.reading.category.probability, one.reading.category.name == one.truth.category, one.truth.group)
        for one in those(seen, sorts=["clean"], references=0)
        if one.reading.category is not None
    ]
    if not named:
        return absent(claim, on, _ECE, "no photos here, or the bundle names no category")
    said, right = np.array([p for p, _, _ in named]), np.array([ok for _, ok, _ in named])
    groups = np.array([group for _, _, group in named], str)
    note = f"perfect probabilities would show {least_calibration_error(said, right):.3f} here"
    return measured(
        claim, on, lambda rows: calibration_error(said[rows], right[rows]), groups, goal=_ECE, note=note
    )
