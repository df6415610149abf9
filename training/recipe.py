"""Everything that changes the weights, read from one TOML file and kept beside them."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspection.errors import FileMissing, SetupProblem


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
    severities: Mapping[str, str]
    error_rate: float
    alarm_rate: float  # how often something undamaged may be called damaged: at most `error_rate`
    capture_softer: float  # divides the slope of the capture claim's calibration
    reference_items: int  # held-out items photographed again to calibrate comparison
    damage_epochs: int
    damage_rate: float
    capture_epochs: int
    capture_rate: float
    limits: Mapping[str, str]
    folder: Path
    damage_begins: Path | None = None  # weights that the damage head begins with, beside the recipe

    def fingerprint(self, *fields: str) -> str:
        """Names a cache: the same for the same values of these fields."""
        told = json.dumps([str(getattr(self, field)) for field in (*fields, "seed")])
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def read_recipe(path: Path) -> Recipe:
    """Raises `FileMissing` or `RecipeUnusable`. What it makes on the way goes under `runs/<name>`."""
    if not path.is_file():
        raise FileMissing(str(path))
    flat: dict[str, Any] = {}
    for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items():
        flat |= value if isinstance(value, dict) and key not in ("limits", "severities") else {key: value}
    flat |= _files(flat, path.parent)
    lists = {key: tuple(value) for key, value in flat.items() if isinstance(value, list)}
    if "damage_begins" in flat:
        flat["damage_begins"] = path.parent / flat["damage_begins"]
    try:
        return Recipe(**(flat | lists), folder=Path("runs") / flat["name"])
    except (TypeError, KeyError) as error:
        raise RecipeUnusable(f"{path.name}: {error}.") from error


def _files(flat: Mapping[str, Any], beside: Path) -> dict[str, Any]:
    """Those of the trunk, as paths from here."""
    found: dict[str, Any] = {}
    if "trunk_begins" in flat:
        found["trunk_begins"] = beside / str(flat["trunk_begins"])
    if flat.get("backbone_weights", "default") not in ("default", "none"):
        found["backbone_weights"] = str(beside / str(flat["backbone_weights"]))
    return found
