"""Risk control on a day of returns: a threshold settled on some groups, its promise judged on others."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inspection.verdict.evidence import Stakes
from training.evaluate.case import SOURCES, Judged
from training.evaluate.mixed_day import Day, day_of, drawn, weighted_bounds
from training.evaluate.rows import Goal, Row, absent, measured
from training.measures import Rows
from training.risk import controlled_threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`threshold` on the chance of being wrong, settled on so many returns; -inf: no promise."""

    threshold: float
    settled_on: int


def promise(
    judged: Sequence[Judged], stakes: Stakes, *, references: bool, confidence: float = 0.95
) -> Promise:
    """Settled on groups that calibrate, drawn as a day's returns come in."""
    ours = [one for one in judged if one.truth.source in SOURCES]
    day = day_of(ours, stakes, references=references, calibrate=True)
    if not day.returns:
        return Promise(threshold=-math.inf, settled_on=0)
    rows = drawn(day)
    found = controlled_threshold(
        day.provable[rows], day.wrong_if[rows], error=stakes.error_budget, confidence=confidence
    )
    return Promise(threshold=found, settled_on=len(rows))


def under(day: Day, threshold: float) -> Day:
    """The same day if all with at most that chance were accepted, whichever of their claims are open."""
    taken = np.isfinite(day.provable) & (day.provable <= threshold)
    return replace(day, accepted=taken, asked=np.zeros(len(taken), bool))


def promise_rows(judged: Sequence[Judged], stakes: Stakes) -> Iterator[Row]:
    """On the groups of the same kind that were held out: what a promise with a proof would allow."""
    for references in (True, False):
        name = "with references" if references else "without references"
        on, told = f"held-out groups, {name}", promise(judged, stakes, references=references)
        ours = [one for one in judged if one.truth.source in SOURCES]
        day = day_of(ours, stakes, references=references)
        error = Goal(bound=stakes.error_budget, at_most=True, percent=True)
        claims = "risk control: error among those accepted", "risk control: could be accepted"
        if not day.returns or told.threshold == -math.inf:
            why = f"no threshold can be promised from {told.settled_on} returns"
            yield absent(claims[0], on, error, why)
            yield absent(claims[1], on, Goal(percent=True), why)
            continue
        yield from _kept(under(day, told.threshold), on, told, claims, error)


def _kept(day: Day, on: str, told: Promise, claims: tuple[str, str], error: Goal) -> Iterator[Row]:
    note = f"chance of being wrong at most {told.threshold:.1%}, settled on {told.settled_on} returns"
    row = measured(claims[0], on, day.error, day.groups, goal=error, note=note)
    low, high = weighted_bounds(day.wrong_if[day.accepted], day.weights[day.accepted])
    yield replace(row, low=min(row.low, low), high=max(row.high, high))

    def share(rows: Rows) -> float:
        return day.share(rows)

    yield measured(claims[1], on, share, day.groups, goal=Goal(percent=True))
