"""The rules and costs a merchant decides by: versioned, dated, and read from data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from inspection.errors import PolicyUnusable
from inspection.verdict.evidence import Stakes
from inspection.verdict.findings import Kind, Severity, View
from inspection.verdict.grading import Grade, Rubric
from inspection.verdict.reading import Question

Member = TypeVar("Member", bound=Enum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the rules. A decision names the `version` it used.

    `price_cents` is assumed where the price paid is not known. `required_views` must be shown by
    photos before the item counts as seen.
    """

    version: str
    valid_from: date
    price_cents: int
    required_views: tuple[View, ...]
    rubric: Rubric
    stakes: Stakes

    def __post_init__(self) -> None:
        if not isinstance(self.price_cents, int) or self.price_cents <= 0:
            raise ValueError(f"price_cents is a whole number over 0: {self.price_cents}")
        if not isinstance(self.valid_from, date):
            raise ValueError(f"valid_from is a date: {self.valid_from}")

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy file (TOML). Raises `PolicyUnusable` naming what is wrong."""
        try:
            table = tomllib.loads(text)
            return cls(
                version=str(table["version"]),
                valid_from=table["valid_from"],
                price_cents=table["price_cents"],
                required_views=tuple(View(name) for name in table["required_views"]),
                rubric=_rubric(table["rubric"]),
                stakes=_stakes(table["stakes"]),
            )
        except KeyError as error:
            raise PolicyUnusable(f"The policy says nothing of {error}.") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise PolicyUnusable(f"The policy cannot be used: {error}.") from error


def _rubric(table: Mapping[str, Any]) -> Rubric:
    return Rubric(
        by_severity={
            _member(Severity, name.upper()): _member(Grade, best)
            for name, best in table["by_severity"].items()
        },
        by_kind={
            (Kind(kind), _member(Severity, name.upper())): _member(Grade, best)
            for kind, row in table.get("by_kind", {}).items()
            for name, best in row.items()
        },
    )


def _stakes(table: Mapping[str, Any]) -> Stakes:
    return Stakes(
        error_budget=table["error_budget"],
        review_cents=table["review_cents"],
        photo_cents=table["photo_cents"],
        photo_settles=table["photo_settles"],
        most_asks=table["most_asks"],
        hidden_damage=table["hidden_damage"],
        priors={Question(name): share for name, share in table["priors"].items()},
        worth={_member(Grade, name): share for name, share in table["worth"].items()},
    )


def _member(words: type[Member], name: str) -> Member:
    # a KeyError would read as a missing line of the file
    if name not in words.__members__:
        raise ValueError(f"{name!r} is no {words.__name__.lower()}")
    return words[name]
