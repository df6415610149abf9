"""A day of returns, mostly fine: how many are decided without a person, and how often that is wrong.

As common as the house's policy assumes them: damaged items, photos of screens, other items. Half of the day's
weight lies on held-out groups, half on the real sets. One photo a return and nobody answers when asked for
another, so that what is asked for counts as undecided.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inspection.verdict.decision import Accept, AskForPhoto
from inspection.verdict.evidence import Stakes
from inspection.verdict.grading import Grade
from inspection.verdict.reading import Question
from training.evaluate.case import SOURCES, Judged
from training.evaluate.rows import Goal, Row, absent, counted, measured
from training.measures import Groups, Rows, Scores, Truths, binomial_bounds, risk_coverage

REAL = ("cookie", "parcel", "people")
PARTS: Mapping[str, Collection[str]] = {"held-out groups": SOURCES, "the real sets": REAL}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Day:
    """One entry a return; `weights` sum to 1. `wrong_if` tells if accepting it as graded were wrong."""

    returns: Sequence[Judged]
    weights: Scores
    accepted: Truths
    asked: Truths
    wrong_if: Truths

    @property
    def groups(self) -> Groups:
        """Whose return each is."""
        return np.array([one.truth.group for one in self.returns], str)

    @property
    def chances(self) -> Scores:
        """Of being wrong if accepted, as the rules see them."""
        return np.array([one.chance_wrong for one in self.returns], float)

    @property
    def provable(self) -> Scores:
        """The same where only open claims stand in the way of accepting, else infinite."""
        return np.array([one.provable for one in self.returns], float)

    def share(self, rows: Rows) -> float:
        """Accepted of all."""
        return float(np.average(self.accepted[rows], weights=self.weights[rows]))

    def error(self, rows: Rows) -> float:
        """Wrong of those accepted; NaN where none is."""
        taken = rows[self.accepted[rows]]
        return (
            float(np.average(self.wrong_if[taken], weights=self.weights[taken]))
            if len(taken)
            else float("nan")
        )


def day_of(judged: Sequence[Judged], stakes: Stakes, *, references: bool, calibrate: bool = False) -> Day:
    """The returns of a day, with or without references; those that may settle a threshold are another day."""
    ours = [
        one
        for one in _and_other_items(judged, references)
        if one.truth.calibrate is calibrate
        and bool(one.truth.references) is references
        and (one.truth.source != "cookie" or one.truth.references in (0, 3))
        and one.truth.sort in ("clean", "damaged", "screen", "other_item")
        and one.truth.grades is not None
    ]
    return Day(
        returns=ours,
        weights=weights(ours, stakes),
        accepted=np.array([isinstance(one.decision, Accept) for one in ours], bool),
        asked=np.array([isinstance(one.decision, AskForPhoto) for one in ours], bool),
        wrong_if=np.array([wrong_if_accepted(one) for one in ours], bool),
    )


def wrong_if_accepted(one: Judged) -> bool:
    """A screen or another item at any grade; else a grade that is not the item's."""
    return one.grading is None or one.truth.grades is None or one.grading.value not in one.truth.grades


def _and_other_items(judged: Sequence[Judged], references: bool) -> Iterator[Judged]:
    """Without references another item looks like any item: each clean photo stands for one too."""
    for one in judged:
        yield one
        if not references and one.truth.sort == "clean" and one.truth.source in SOURCES:
            yield replace(
                one, truth=replace(one.truth, sort="other_item", same=False, grades=frozenset[Grade]())
            )


def weights(returns: Sequence[Judged], stakes: Stakes) -> Scores:
    """What share of a day each stands for: its sort as common as assumed, each part of the day half."""
    bad = {
        "damaged": stakes.priors[Question.DAMAGED],
        "screen": stakes.priors[Question.RECAPTURED],
        "other_item": stakes.priors[Question.SAME_ITEM],
    }
    share = {"clean": 1 - sum(bad.values()), **bad}
    part = np.array([one.truth.source in REAL for one in returns], bool)
    sort = np.array([one.truth.sort for one in returns], str)
    source = np.array([one.truth.source for one in returns], str)
    found = np.zeros(len(returns))
    for name, common in share.items():
        parts = np.unique(part[sort == name])
        for real in parts:
            of = (sort == name) & (part == real)
            among = np.unique(source[of])
            for one in among:  # each source alike: 400 photos of one set would be the day
                mine = of & (source == one)
                found[mine] = common / len(parts) / len(among) / mine.sum()
    return found / found.sum() if len(found) else found


def day_rows(judged: Sequence[Judged], stakes: Stakes) -> Iterator[Row]:
    """Error first, then how many; the whole day and its two halves."""
    for references in (True, False):
        name = "with references" if references else "without references"
        for part, sources in {"a mixed day": (*SOURCES, *REAL), **PARTS}.items():
            some = [one for one in judged if one.truth.source in sources]
            day = day_of(some, stakes, references=references)
            yield from _rows(day, f"{part}, {name}", stakes, asked_for=references)
            if part == "a mixed day":
                yield from sort_rows(day, name)


def _rows(day: Day, on: str, stakes: Stakes, *, asked_for: bool) -> Iterator[Row]:
    error = Goal(bound=stakes.error_budget, at_most=True, percent=True)
    share = Goal(bound=0.60 if asked_for else None, percent=True)
    claims = "error among those accepted", "decided without a person"
    if not day.returns:
        for claim, goal in zip(claims, (error, share), strict=True):
            yield absent(claim, on, goal)
        return
    most, asked = in_hindsight(day, stakes.error_budget), np.average(day.asked, weights=day.weights)
    note = f"{asked:.0%} asked for a photo; {in_the_way(day)}; by its chances alone {most:.0%}, in hindsight"
    if day.accepted.any():
        row = measured(claims[0], on, day.error, day.groups, goal=error)
        low, high = weighted_bounds(day.wrong_if[day.accepted], day.weights[day.accepted])
        wrongly = int((day.accepted & day.wrong_if).sum())
        counts = f"{int(day.accepted.sum())} accepted, {wrongly} of them wrongly"
        yield replace(row, low=min(row.low, low), high=max(row.high, high), note=counts)
    else:
        yield absent(claims[0], on, error, "nothing was accepted")
    yield measured(claims[1], on, day.share, day.groups, goal=share, note=note)


def in_hindsight(day: Day, error: float) -> float:
    """The most that could be accepted at that error if the chance of being wrong alone decided.

    Its threshold is found on these very returns, and one dip of a ragged curve is enough: no promise.
    """
    coverage, risk = risk_coverage(day.chances, day.wrong_if, day.weights)
    return float(coverage[risk <= error].max(initial=0))


def in_the_way(day: Day, most: int = 3) -> str:
    """The commonest doubts, each with the share of the day that has it."""
    found: dict[str, float] = {}
    for one, weight in zip(day.returns, day.weights, strict=True):
        for code in one.doubts:
            found[code] = found.get(code, 0.0) + float(weight)
    common = sorted(found.items(), key=lambda entry: -entry[1])[:most]
    return "in doubt: " + (", ".join(f"{code} {share:.0%}" for code, share in common) or "nothing")


def sort_rows(day: Day, name: str) -> Iterator[Row]:
    """Of what should not pass, how much does; unweighted."""
    for sort in ("damaged", "screen", "other_item"):
        mine = np.array([one.truth.sort == sort for one in day.returns], bool)
        claim = f"accepted wrongly: {sort.replace('_', ' ')}"
        passed = (day.accepted & day.wrong_if)[mine]
        if len(passed):
            yield counted(claim, name, passed, day.groups[mine], goal=Goal(percent=True))


def weighted_bounds(hits: Truths, shares: Scores) -> tuple[float, float]:
    """Binomial bounds of a weighted share, for as many cases as the weights are worth (Kish 1965)."""
    worth = float(shares.sum() ** 2 / (shares**2).sum())
    return binomial_bounds(float(np.average(hits, weights=shares)) * worth, worth)


def drawn(day: Day, seed: int = 0) -> NDArray[np.int64]:
    """Returns as they would come in: each at most once, in the day's proportions."""
    rng = np.random.default_rng(seed)
    return np.flatnonzero(rng.random(len(day.returns)) < day.weights / day.weights.max())
