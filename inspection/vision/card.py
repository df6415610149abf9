"""What a bundle says of itself: `card.toml` and `calibration.toml`, read into types."""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from inspection.verdict.confidence import Calibration
from inspection.verdict.findings import Kind, Severity

FORMAT = 1
"""The one format of bundles this version reads."""

Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The part of `card.toml` that serving needs; the figures and limits in it are for people.

    Sides are in pixels. `kinds` and `categories` are in the order of the graph's columns, and
    `cpu` is the precision that the release found good enough on a CPU.
    """

    name: str
    version: str
    released: date
    summary: str
    view_side: int
    crop_side: int
    crops: int
    kinds: tuple[Kind, ...]
    claimed: frozenset[Kind]
    severities: Mapping[Kind, Severity]
    categories: tuple[str, ...]
    cpu: Precision


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
class Calibrations:
    """From score to probability, claim by claim. `None`: the bundle makes no such claim."""

    damaged: Calibration | None = None
    recaptured: Calibration | None = None
    damaged_by_references: Calibration | None = None
    same_item: Calibration | None = None
    familiarity: Familiarity | None = None


class Unreadable(ValueError):
    """A card or a calibration that does not say what it must; the message says what, in words."""


def read_card(path: Path) -> Card:
    """Raises `Unreadable`."""
    table = _toml(path)
    if (found := table.get("format")) != FORMAT:
        raise Unreadable(f"it is of format {found!r} and this version reads format {FORMAT}")
    try:
        return _card(table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(_reason(error)) from error


def read_calibrations(path: Path) -> Calibrations:
    """Raises `Unreadable`."""
    table = _toml(path)
    try:
        return Calibrations(
            familiarity=_familiarity(table["strangeness"]) if "strangeness" in table else None,
            **{claim: _calibration(table[claim]) for claim in _CLAIMS if claim in table},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(_reason(error)) from error


_CLAIMS = ("damaged", "recaptured", "damaged_by_references", "same_item")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"it is not TOML ({error})") from error


def _card(table: dict[str, Any]) -> Card:
    preprocessing, labels = table["preprocessing"], table["labels"]
    if preprocessing["fit"] != "letterbox":
        raise Unreadable(f"fit = {preprocessing['fit']!r} is unknown")
    kinds = tuple(Kind(word) for word in labels["kinds"])
    claimed = frozenset(Kind(word) for word in labels["claimed"])
    if not claimed <= set(kinds):
        raise Unreadable("it claims a kind that is no column of the graph")
    cpu: Precision = table.get("serving", {}).get("cpu", "int8")
    if cpu not in ("fp32", "int8"):
        raise Unreadable(f"serving.cpu = {cpu!r} is neither 'int8' nor 'fp32'")
    return Card(
        name=str(table["name"]),
        version=str(table["version"]),
        released=_date(table["released"]),
        summary=str(table["summary"]),
        view_side=_count(preprocessing, "view_side"),
        crop_side=_count(preprocessing, "crop_side"),
        crops=_count(preprocessing, "crops"),
        kinds=kinds,
        claimed=claimed,
        severities={Kind(k): Severity[word.upper()] for k, word in labels.get("severities", {}).items()},
        categories=tuple(str(name) for name in labels.get("categories", ())),
        cpu=cpu,
    )


def _date(value: object) -> date:
    if not isinstance(value, date):
        raise Unreadable(f"released = {value!r} is no date")
    return value


def _count(table: dict[str, Any], key: str) -> int:
    value = table[key]
    if not isinstance(value, int) or not 1 <= value <= 4096:
        raise Unreadable(f"{key} = {value!r} is no whole number from 1 to 4096")
    return value


def _calibration(table: dict[str, Any]) -> Calibration:
    return Calibration(
        **{key: float(table[key]) for key in ("slope", "intercept", "yes_from", "no_to", "error_rate")}
    )


def _familiarity(table: dict[str, Any]) -> Familiarity:
    quantiles = tuple(float(value) for value in table["quantiles"])
    if len(quantiles) < 2 or any(low > high for low, high in pairwise(quantiles)):
        raise Unreadable("strangeness.quantiles do not rise")
    return Familiarity(quantiles=quantiles, unsure_from=float(table["unsure_from"]))


def _reason(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
