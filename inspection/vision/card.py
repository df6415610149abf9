"""What a bundle says of itself: `card.toml` and `calibration.toml`, read into types."""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from inspection.photo.decode import CROP_SIDE
from inspection.verdict.confidence import Calibration
from inspection.verdict.findings import Kind, Severity

FORMAT = 1
"""The one format of bundles this version reads."""

Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The part of `card.toml` that serving needs; the figures and limits in it are for people.

    Sides are in pixels. `kinds` and `categories` are in the order of the graph's columns, a kind
    that `severities` lacks is one whose severity nobody claims to know, `cpu` is the precision that
    the release found good enough on a CPU, and `tolerance` is how far int8 may move a probability.
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
    tolerance: float


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
    genuine: Calibration | None = None
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
            **{claim: _calibration(claim, table[claim]) for claim in _CLAIMS if claim in table},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(_reason(error)) from error


_CLAIMS = ("damaged", "recaptured", "damaged_by_references", "same_item", "genuine")


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
    serving = {"cpu": "int8", "tolerance": 0.05} | table.get("serving", {})
    cpu: Precision = serving["cpu"]
    if cpu not in ("fp32", "int8"):
        raise Unreadable(f"serving.cpu = {cpu!r} is neither 'int8' nor 'fp32'")
    return Card(
        name=str(table["name"]),
        version=str(table["version"]),
        released=_date(table["released"]),
        summary=str(table["summary"]),
        view_side=_count(preprocessing, "view_side"),
        crop_side=_count(preprocessing, "crop_side", most=CROP_SIDE),  # from a smaller crop none can be cut
        crops=_count(preprocessing, "crops"),
        kinds=kinds,
        claimed=claimed,
        severities={Kind(k): Severity[word.upper()] for k, word in labels.get("severities", {}).items()},
        categories=tuple(str(name) for name in labels.get("categories", ())),
        cpu=cpu,
        tolerance=_share(serving, "tolerance"),
    )


def _date(value: object) -> date:
    if not isinstance(value, date):
        raise Unreadable(f"released = {value!r} is no date")
    return value


def _count(table: dict[str, Any], key: str, most: int = 4096) -> int:
    value = table[key]
    if not isinstance(value, int) or not 1 <= value <= most:
        raise Unreadable(f"{key} = {value!r} is no whole number from 1 to {most}")
    return value


def _number(value: object, name: str) -> float:
    """Finite, and no larger than anything a score is ever multiplied by."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e9:
        raise Unreadable(f"{name} = {value!r} is no finite number")
    return float(value)


def _share(table: dict[str, Any], key: str, within: str = "serving") -> float:
    number = _number(table[key], f"{within}.{key}")
    if not 0 <= number <= 1:
        raise Unreadable(f"{within}.{key} = {number} is not within 0 and 1")
    return number


def _calibration(claim: str, table: dict[str, Any]) -> Calibration:
    slope = _number(table["slope"], f"{claim}.slope")
    if slope <= 0:
        raise Unreadable(f"{claim}.slope = {slope} is not over 0")
    return Calibration(
        slope=slope,
        intercept=_number(table["intercept"], f"{claim}.intercept"),
        **{key: _share(table, key, claim) for key in ("yes_from", "no_to", "error_rate")},
    )


def _familiarity(table: dict[str, Any]) -> Familiarity:
    quantiles = tuple(_number(value, "strangeness.quantiles") for value in table["quantiles"])
    if len(quantiles) < 2 or any(low > high for low, high in pairwise(quantiles)):
        raise Unreadable("strangeness.quantiles do not rise")
    return Familiarity(quantiles=quantiles, unsure_from=_share(table, "unsure_from", "strangeness"))


def _reason(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
