"""From scores to what may be said: `calibration.toml`, read into types."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from inspection.verdict.confidence import Calibration, at_prior
from inspection.verdict.findings import Severity, SeverityChances
from inspection.verdict.reading import Proof, Question
from inspection.vision.values import Unreadable, count, number, read_toml, reason, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Familiarity:
    """How the strangeness of held-out photos was spread: values at 0 %, 1 %, … 100 % of them."""

    quantiles: tuple[float, ...]
    unsure_from: float

    def of(self, strangeness: float) -> float:
        """The share of held-out photos that are less like the training photos than this one."""
        return 1.0 - self._place(strangeness)

    def unsure(self, strangeness: float) -> bool:
        """Whether the bundle has seen too little like this to answer; the bound itself counts."""
        return self._place(strangeness) >= self.unsure_from

    def _place(self, strangeness: float) -> float:
        """Where it lies among the held-out photos: 0 for the most familiar, 1 for the strangest."""
        above = bisect_right(self.quantiles, strangeness)
        steps = len(self.quantiles) - 1
        if above == 0:
            return 0.0
        if above > steps:
            return 1.0
        low, high = self.quantiles[above - 1], self.quantiles[above]
        return (above - 1 + (strangeness - low) / (high - low)) / steps


@dataclass(frozen=True, slots=True, kw_only=True)
class HowBad:
    """Two questions about a defect that is real: is it marked or worse, and is it severe?"""

    marked_or_worse: Calibration
    severe: Calibration

    def chances(self, marked_or_worse: float, severe: float) -> SeverityChances:
        """Of the two scores, where before looking each severity is as likely; they sum to 1."""
        worse = at_prior(2 / 3, self.marked_or_worse.probability(marked_or_worse))
        worst = min(worse, at_prior(1 / 3, self.severe.probability(severe)))
        return {Severity.LIGHT: 1 - worse, Severity.MARKED: worse - worst, Severity.SEVERE: worst}

    def claim(self, chances: SeverityChances) -> Severity | None:
        """The likeliest one, if it is wrong at most as often as both questions may be answered wrongly."""
        likeliest = max(chances, key=lambda severity: chances[severity])
        error_rate = max(self.marked_or_worse.error_rate, self.severe.error_rate)
        return likeliest if chances[likeliest] >= 1 - error_rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrations:
    """From score to probability, claim by claim. `None`: the bundle makes no such claim."""

    damaged: Calibration | None = None
    recaptured: Calibration | None = None
    damaged_by_references: Calibration | None = None
    same_item: Calibration | None = None
    genuine: Calibration | None = None
    severity: HowBad | None = None
    familiarity: Familiarity | None = None
    with_references: Proof | None = None
    without_references: Proof | None = None

    def proof(self, *, references: bool) -> Proof | None:
        """How far accepting was tried, for items read with references or without."""
        return self.with_references if references else self.without_references


def read_calibrations(path: Path) -> Calibrations:
    """Raises `Unreadable`."""
    table = read_toml(path)
    try:
        claims: dict[str, Any] = {c: _calibration(c, table[c]) for c in _CLAIMS if c in table}
        return Calibrations(
            with_references=_proof(table, "with_references"),
            without_references=_proof(table, "without_references"),
            severity=_severity(table["severity"]) if "severity" in table else None,
            familiarity=_familiarity(table["strangeness"]) if "strangeness" in table else None,
            **claims,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(reason(error)) from error


TRIED = (Question.DAMAGED, Question.RECAPTURED, Question.SAME_ITEM)
"""How common their bad answers were is part of any proof."""
LEAST_CONFIDENCE = 0.8

_CLAIMS = ("damaged", "recaptured", "damaged_by_references", "same_item", "genuine")


def _calibration(claim: str, table: dict[str, Any]) -> Calibration:
    slope = number(table["slope"], f"{claim}.slope")
    if slope <= 0:
        raise Unreadable(f"{claim}.slope = {slope} is not over 0")
    return Calibration(
        slope=slope,
        intercept=number(table["intercept"], f"{claim}.intercept"),
        **{key: share(table, key, claim) for key in ("yes_from", "no_to", "error_rate")},
    )


def _severity(table: dict[str, Any]) -> HowBad:
    return HowBad(
        marked_or_worse=_calibration("severity.marked_or_worse", table["marked_or_worse"]),
        severe=_calibration("severity.severe", table["severe"]),
    )


def _proof(table: dict[str, Any], kind: str) -> Proof | None:
    """Every share is checked: one that is off would let software accept what nobody tried."""
    within, told = f"acceptance.{kind}", table.get("acceptance", {}).get(kind)
    if told is None:
        return None
    if missing := {question.value for question in TRIED} - set(told["priors"]):
        raise Unreadable(f"{within}.priors lacks {', '.join(sorted(missing))}")  # it would cover any policy
    if told["error"] == 0 or told["confidence"] < LEAST_CONFIDENCE:
        raise Unreadable(f"{within} proves nothing: error over 0, confidence from {LEAST_CONFIDENCE}")
    return Proof(
        returns=count(told, "returns", most=10**9),
        priors={Question(name): share(told["priors"], name, within) for name in told["priors"]},
        **{key: share(told, key, within) for key in ("up_to", "error", "confidence")},
    )


def _familiarity(table: dict[str, Any]) -> Familiarity:
    quantiles = tuple(number(value, "strangeness.quantiles") for value in table["quantiles"])
    if len(quantiles) < 2 or any(low > high for low, high in pairwise(quantiles)):
        raise Unreadable("strangeness.quantiles do not rise")
    return Familiarity(quantiles=quantiles, unsure_from=share(table, "unsure_from", "strangeness"))
