"""One row of the table: what was asked of the bundle, what was measured, how sure that is, met or not."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.measures import Groups, Rows, Truths, binomial_bounds, bootstrap

Figure = Callable[[Rows], float]
"""Of some rows of a set, drawn with or without repetition, to one number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`bound` itself counts; `floor` is what a plain baseline reaches, in words."""

    bound: float | None = None
    at_most: bool = False
    floor: str = "none"
    percent: bool = False

    def met_by(self, figure: float) -> bool | None:
        """`None` where there is no goal or no figure."""
        if self.bound is None or math.isnan(figure):
            return None
        return figure <= self.bound if self.at_most else figure >= self.bound

    @property
    def text(self) -> str:
        """Such as `≥ 0.90`."""
        return (
            "" if self.bound is None else f"{'≤' if self.at_most else '≥'} {shown(self.bound, self.percent)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`figure` is NaN where nothing could be measured; `note` says why, or what the figure doesn't say."""

    claim: str
    on: str
    n: int
    goal: Goal
    figure: float = math.nan
    low: float = math.nan
    high: float = math.nan
    met: bool | None = None
    note: str = ""
    within_bounds: bool = False  # the goal is that the interval reaches it, no more

    @property
    def verdict(self) -> str:
        """In a word: `unproven` where the goal is met and the interval reaches beyond it."""
        if self.met is None:
            return "no figure" if math.isnan(self.figure) else ""
        if not self.met or self.within_bounds:
            return "met" if self.met else "not met"
        weakest = self.high if self.goal.at_most else self.low
        return "unproven" if self.goal.met_by(weakest) is False and self.figure != weakest else "met"


def measured(claim: str, on: str, figure: Figure, groups: Groups, *, goal: Goal, note: str = "") -> Row:
    """A figure over all rows, its interval by drawing whole groups anew."""
    everything = np.arange(len(groups))
    value = figure(everything) if len(groups) else math.nan
    low, high = (math.nan, math.nan) if math.isnan(value) else bootstrap(figure, groups)
    return Row(
        claim=claim, on=on, n=len(groups), goal=goal, figure=value, low=low, high=high,
        met=goal.met_by(value), note=note,
    )  # fmt: skip


def counted(claim: str, on: str, hits: Truths, groups: Groups, *, goal: Goal, note: str = "") -> Row:
    """A share, its interval the wider of whole groups drawn anew and exact binomial bounds.

    Where all of three photos are right, drawing them anew says 100 % to 100 %.
    """
    if not len(hits):
        return absent(claim, on, goal)
    row = measured(claim, on, share_of(hits), groups, goal=goal, note=note)
    low, high = binomial_bounds(int(hits.sum()), len(hits))
    return replace(row, low=float(np.fmin(row.low, low)), high=float(np.fmax(row.high, high)))


def share_of(hits: Truths) -> Figure:
    """How many of the rows are hits."""
    return lambda rows: float(hits[rows].mean())


def absent(claim: str, on: str, goal: Goal, why: str = "these photos are not here") -> Row:
    """A row without a figure, so that nobody takes silence for success."""
    return Row(claim=claim, on=on, n=0, goal=goal, note=why)


def as_json(rows: Sequence[Row], bundle: str, sha256: str) -> str:
    """To compare bundles by; `null` where there is no figure."""
    told = [
        {
            "claim": row.claim,
            "on": row.on,
            "n": row.n,
            "floor": row.goal.floor,
            "goal": row.goal.text,
            "figure": _or_none(row.figure),
            "interval": [_or_none(row.low), _or_none(row.high)],
            "verdict": row.verdict,
            "note": row.note,
        }
        for row in rows
    ]
    return json.dumps({"bundle": bundle, "sha256": sha256, "rows": told}, ensure_ascii=False, indent=1)


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 6)


def shown(number: float, percent: bool = False) -> str:
    """As people read it; `–` for none."""
    if math.isnan(number):
        return "–"
    return f"{number:.1%}" if percent else f"{number:.3f}"
