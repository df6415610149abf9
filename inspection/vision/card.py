"""What a bundle says of itself: `card.toml`, read into types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from inspection.photo.decode import CROP_SIDE
from inspection.verdict.findings import Kind, Severity
from inspection.vision.values import Unreadable, count, date_of, read_toml, reason, share

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


def read_card(path: Path) -> Card:
    """Raises `Unreadable`."""
    table = read_toml(path)
    if (found := table.get("format")) != FORMAT:
        raise Unreadable(f"it is of format {found!r} and this version reads format {FORMAT}")
    try:
        return _card(table)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(reason(error)) from error


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
        released=date_of(table["released"]),
        summary=str(table["summary"]),
        view_side=count(preprocessing, "view_side"),
        crop_side=count(preprocessing, "crop_side", most=CROP_SIDE),  # from a smaller crop none can be cut
        crops=count(preprocessing, "crops"),
        kinds=kinds,
        claimed=claimed,
        severities={Kind(k): Severity[word.upper()] for k, word in labels.get("severities", {}).items()},
        categories=tuple(str(name) for name in labels.get("categories", ())),
        cpu=cpu,
        tolerance=share(serving, "tolerance"),
    )
