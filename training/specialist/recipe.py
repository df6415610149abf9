"""Everything that changes a specialist, read from one TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspection.errors import FileMissing
from training.recipe import RecipeUnusable


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistRecipe:
    """`view_side` is in pixels, `within` counts photos; `labels` is "weak" or "documented"."""

    name: str
    version: str
    released: str
    summary: str
    seed: int
    source: str
    genuine: str
    items: str
    categories: tuple[str, ...]
    category_from: float
    labels: str
    error_rate: float
    view_side: int
    shrinkage: float
    limits: Mapping[str, str]
    number: str = ""  # empty: photos are in no order that says which belong together
    within: int = 0

    def __post_init__(self) -> None:
        if self.labels not in ("weak", "documented"):
            raise RecipeUnusable(f"labels = {self.labels!r} is neither 'weak' nor 'documented'.")


def read_specialist_recipe(path: Path) -> SpecialistRecipe:
    """Raises `FileMissing` or `RecipeUnusable`."""
    if not path.is_file():
        raise FileMissing(str(path))
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return SpecialistRecipe(**(told | {"categories": tuple(told["categories"])}))
    except (TypeError, KeyError, ValueError) as error:
        raise RecipeUnusable(f"{path.name}: {error}.") from error
