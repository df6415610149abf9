"""What a recipe's heads read, from its photos to cached features."""

import hashlib
from functools import cache
from pathlib import Path

from training.chosen import chosen
from training.data import CARDS, Example, Split, data_folder, read_manifest, trainable
from training.features import Crops, Views
from training.filling import cached_crops, cached_views
from training.recipe import Recipe
from training.scenes import Scene, as_they_are, scenes

Parts = dict[str, dict[Split, tuple[Example, ...]]]


def views(recipe: Recipe) -> Views:
    """Clean photos, lookalikes and synthesized damage, in every split."""
    return cached_views(
        _folder(recipe, "views", "sources", "damaged", "lookalikes", "view_side"),
        scenes_of_views(recipe, {source: trainable(source) for source in recipe.sources}),
        side=recipe.view_side,
        seed=recipe.seed,
        trunk=chosen(recipe),
    )


def captures(recipe: Recipe) -> Crops:
    """Simulated first-hand photos and photos of screens, in every split."""
    return cached_crops(
        _folder(recipe, "captures", "sources", "captures", "crop_side"),
        scenes_of_captures(recipe, {source: trainable(source) for source in recipe.sources}),
        side=recipe.crop_side,
        count=2,
        seed=recipe.seed,
        trunk=chosen(recipe),
    )


def scenes_of_views(recipe: Recipe, parts: Parts) -> list[Scene]:
    """For every photo: clean, and so many lookalikes and damaged ones."""
    return scenes(parts, [("clean", 1), ("lookalike", recipe.lookalikes), ("damaged", recipe.damaged)])


def scenes_of_captures(recipe: Recipe, parts: Parts) -> list[Scene]:
    """For every photo: so many first-hand ones and as many of a screen that shows it."""
    return scenes(parts, [("first_hand", recipe.captures), ("screen", recipe.captures)])


def real_views(recipe: Recipe, name: str) -> Views | None:
    """Photos that are only measured on; `None` where the folder is absent."""
    folder = data_folder() / name
    if not folder.is_dir():
        return None
    return cached_views(
        _folder(recipe, name, "view_side"),
        as_they_are(name, read_manifest(folder)),
        side=recipe.view_side,
        seed=recipe.seed,
        trunk=chosen(recipe),
    )


def real_crops(recipe: Recipe, name: str) -> Crops | None:
    """The same for native-resolution crops."""
    folder = data_folder() / name
    if not folder.is_dir():
        return None
    return cached_crops(
        _folder(recipe, f"{name}-served", "crop_side", "crops"),
        as_they_are(name, read_manifest(folder)),
        side=recipe.crop_side,
        count=recipe.crops,
        seed=recipe.seed,
        trunk=chosen(recipe),
    )


def _folder(recipe: Recipe, what: str, *fields: str) -> Path:
    key = chosen(recipe).key
    told = [what, recipe.fingerprint(*fields), _makers(), *([key] if key else [])]
    return recipe.folder / "-".join(told)


@cache
def _makers() -> str:
    """One hash of all that decides what a cached picture is: code, and the cards that split the photos."""
    here = Path(__file__).parent
    code = [here / "scenes.py", here / "trunk.py"]
    code += [path for folder in ("backbones", "synthesize", "data") for path in here.glob(f"{folder}/*.py")]
    told = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted([*code, *CARDS.glob("*.toml")])]
    return hashlib.sha256("".join(told).encode()).hexdigest()[:8]
