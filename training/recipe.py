"""Everything that changes the weights, read from one TOML file and kept beside them."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from inspection.errors import FileMissing, SetupProblem
from inspection.verdict.findings import Kind
from inspection.vision.bundle import SPECIALISTS

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


class RecipeUnusable(SetupProblem):
    """A recipe that lacks a value or has one too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One bundle's making. Sides are in pixels; counts are per photo; `claimed` are the kinds it claims."""

    name: str
    version: str
    released: str
    summary: str
    seed: int
    backbone: str = "efficientnet-lite0"  # or another name that training.backbones knows
    backbone_weights: str = "default"  # or none, or a state dict's file beside the recipe
    trunk_begins: Path | None = None  # a fine-tuned trunk's weights, beside the recipe
    view_side: int
    crop_side: int
    crops: int
    sources: tuple[str, ...]  # data sets whose cards open them for training
    measured: tuple[str, ...]  # data sets that are only ever measured on
    damaged: int  # synthesized damage
    lookalikes: int  # clean, with something on it that is no damage
    captures: int  # simulated photos of each class
    claimed: tuple[str, ...]
    severities: Mapping[str, str]  # of kinds that are always that bad; of the others a head judges
    error_rate: float
    alarm_rate: float  # how often something undamaged may be called damaged: at most `error_rate`
    capture_softer: float  # divides the slope of the capture claim's calibration
    reference_items: int  # held-out items photographed again to calibrate comparison
    damage_epochs: int
    damage_rate: float
    severity_epochs: int
    severity_rate: float
    capture_epochs: int
    capture_rate: float
    limits: Mapping[str, str]
    folder: Path
    damage_begins: Path | None = None  # weights that the damage head begins with, beside the recipe
    file: str = ""  # the recipe's own name
    sha256: str = ""  # and hash

    def __post_init__(self) -> None:
        """Raises `ValueError`: what cannot be is said before hours of work, not after."""
        if not _NAME.fullmatch(self.name) or self.name == SPECIALISTS:
            raise ValueError(f"name = {self.name!r} is no name for a bundle's folder")
        date.fromisoformat(self.released)
        if (self.view_side, self.crop_side) != (320, 224):
            raise ValueError(
                "view_side and crop_side are 320 and 224: maps and caches are laid out for these"
            )
        if unknown := set(self.claimed) - {kind.value for kind in Kind}:
            raise ValueError(f"claimed: {', '.join(sorted(unknown))} is no kind of defect")
        if not self.claimed or not self.sources:
            raise ValueError("at least one kind is claimed and one source is read")
        if not 0 < self.alarm_rate <= self.error_rate < 0.5:
            raise ValueError("0 < alarm_rate <= error_rate < 0.5")
        if self.damage_begins is not None and not self.damage_begins.is_file():
            raise ValueError(f"damage_begins = {self.damage_begins.name!r} is not beside it")

    def fingerprint(self, *fields: str) -> str:
        """Names a cache: the same for the same values of these fields."""
        told = json.dumps([str(getattr(self, field)) for field in (*fields, "seed")])
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def read_recipe(path: Path) -> Recipe:
    """Raises `FileMissing` or `RecipeUnusable`. What it makes on the way goes under `runs/<name>`."""
    if not path.is_file():
        raise FileMissing(str(path))
    try:
        written = path.read_bytes()
        flat = _flat(tomllib.loads(written.decode())) | {"file": path.name, "sha256": sha256_of(written)}
        flat |= _files(flat, path.parent)
        lists = {key: tuple(value) for key, value in flat.items() if isinstance(value, list)}
        _all_there(flat)
        return Recipe(**(flat | lists), folder=Path("runs") / flat["name"])
    except (TypeError, ValueError) as error:  # TOML's and Unicode's errors are ValueErrors
        raise RecipeUnusable(f"{path.name}: {error}.") from error


def sha256_of(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are for people; only these two are values of their own."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= value if isinstance(value, dict) and key not in ("limits", "severities") else {key: value}
    return flat


def _all_there(flat: Mapping[str, Any]) -> None:
    """Raises `ValueError` with the names of values that are missing or unknown."""
    known = {field.name for field in fields(Recipe)} - {"folder"}
    needed = {field.name for field in fields(Recipe) if field.default is MISSING} - {"folder"}
    if missing := sorted(needed - set(flat)):
        raise ValueError(f"it does not say {', '.join(missing)}")
    if unknown := sorted(set(flat) - known):
        raise ValueError(f"{', '.join(unknown)} is unknown")


def _files(flat: Mapping[str, Any], beside: Path) -> dict[str, Any]:
    """Those it names, as paths from here."""
    found: dict[str, Any] = {}
    if "damage_begins" in flat:
        found["damage_begins"] = beside / str(flat["damage_begins"])
    if "trunk_begins" in flat:
        found["trunk_begins"] = beside / str(flat["trunk_begins"])
    if flat.get("backbone_weights", "default") not in ("default", "none"):
        found["backbone_weights"] = str(beside / str(flat["backbone_weights"]))
    return found
