"""What can be seen on an item: the words that the model, the rules, the pages and Salesforce share."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NewType

PhotoId = NewType("PhotoId", str)
"""Unique within one inspection. Numbered by us: phones name every photo image.jpg."""


class View(StrEnum):
    """Which side of the item a photo shows."""

    FRONT = "front"
    BACK = "back"
    LABEL = "label"
    SOLE = "sole"
    CLOSE_UP = "close_up"
    PACKAGING = "packaging"
    SERIAL = "serial"


class Kind(StrEnum):
    """The kinds of defect. `DIFFERENCE` is one found by comparison alone: there, but unnamed."""

    STAIN = "stain"
    TEAR = "tear"
    HOLE = "hole"
    SCRATCH = "scratch"
    CRACK = "crack"
    DENT = "dent"
    FRAY = "fray"
    PILLING = "pilling"
    MISSING_PART = "missing_part"
    BROKEN_PIECE = "broken_piece"
    WORN_EDGE = "worn_edge"
    DAMAGED_PACKAGING = "damaged_packaging"
    DIFFERENCE = "difference"


class Severity(IntEnum):
    """How much a defect matters to the next owner, if it is there at all."""

    LIGHT = 1
    MARKED = 2
    SEVERE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A region of an upright photo, in fractions of its width and height from the top left."""

    x: float
    y: float
    w: float
    h: float

    def __post_init__(self) -> None:
        inside = 0 <= self.x <= 1 and 0 <= self.y <= 1 and self.w > 0 and self.h > 0
        if not inside or self.x + self.w > 1 + 1e-6 or self.y + self.h > 1 + 1e-6:
            raise ValueError(f"a box lies within the photo, in fractions of it: {self}")


SeverityChances = Mapping[Severity, float]
"""How likely each is, of a defect that is real."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect in one photo. `probability` is calibrated, in [0, 1]; it is not a severity.

    `severity` is `None` where the bundle makes no claim about it; `chances` says how likely each one is,
    where it has learned that, and sums to 1.
    """

    kind: Kind
    probability: float
    severity: Severity | None
    photo: PhotoId
    box: Box
    chances: SeverityChances | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability lies in [0, 1]: {self.probability}")
        if self.chances is not None and abs(sum(self.chances.values()) - 1) > 1e-6:
            raise ValueError(f"chances of severities sum to 1: {self.chances}")
