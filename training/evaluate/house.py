"""The rules and costs that decisions are judged by: the same file that the product decides by.

Training may not import `inspection.returns`, so the two tables of it that a decision needs are read here;
a test holds them to what the product reads.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspection.errors import FileMissing, PolicyUnusable
from inspection.verdict.evidence import Stakes
from inspection.verdict.findings import Kind, Severity
from inspection.verdict.grading import Grade, Rubric
from inspection.verdict.reading import Question
from training.data import ROOT

HOUSE = ROOT / "inspection" / "returns" / "policies" / "house.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a decision asks of a policy."""

    version: str
    price_cents: int
    rubric: Rubric
    stakes: Stakes


def read_house(path: Path = HOUSE) -> House:
    """Raises `FileMissing`, `PolicyUnusable`."""
    if not path.is_file():
        raise FileMissing(str(path))
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return House(
            version=str(table["version"]),
            price_cents=table["price_cents"],
            rubric=_rubric(table["rubric"]),
            stakes=_stakes(table["stakes"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise PolicyUnusable(f"{path.name} cannot be used: {error}.") from error


def _rubric(table: dict[str, Any]) -> Rubric:
    return Rubric(
        by_severity={Severity[name.upper()]: Grade[best] for name, best in table["by_severity"].items()},
        by_kind={
            (Kind(kind), Severity[name.upper()]): Grade[best]
            for kind, row in table.get("by_kind", {}).items()
            for name, best in row.items()
        },
    )


def _stakes(table: dict[str, Any]) -> Stakes:
    told = dict(table)
    told["priors"] = {Question(name): share for name, share in table["priors"].items()}
    told["worth"] = {Grade[name]: share for name, share in table["worth"].items()}
    return Stakes(**told)
