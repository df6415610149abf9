"""A few pictures that graphs are shown: to settle int8's ranges, to compare twins, and to be golden."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import cache, calibrate, export, golden
from training.data import Split, trainable
from training.graph import session
from training.recipe import Recipe
from training.scenes import Scene, crops, view


def answers_of(recipe: Recipe, graph: Path, threads: int) -> dict[str, NDArray[np.float32]]:
    """The scores that a graph gives held-out pictures, half of them damaged or of screens."""
    views, squares = real_pictures(recipe, Split.TEST, 96)
    running = session(graph, threads)
    said = [export.answers(running, views[i : i + 4], squares[i : i + 4]) for i in range(0, len(views), 4)]
    damage = np.concatenate([one["damage"] for one in said])
    return {
        "damaged": calibrate.claimed_score(damage, recipe),
        "recaptured": np.concatenate([one["recaptured"] for one in said]),
    }


def real_pictures(recipe: Recipe, part: Split, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """So many views and crops of open photos, of every sort that the heads know."""
    parts = {source: {part: trainable(source)[part]} for source in recipe.sources}
    seen = cache.scenes_of_views(recipe, parts)
    taken = cache.scenes_of_captures(recipe, parts)
    views = [view(scene, recipe.view_side, recipe.seed).square for scene in _spread(seen, count)]
    squares = [crops(scene, recipe.crop_side, 1, recipe.seed) for scene in _spread(taken, count * 2)]
    return np.stack(views), np.stack([square[0] for square in squares if square][:count])


def golden_cases(recipe: Recipe, graph: Path, threads: int) -> list[golden.Case]:
    """What the released fp32 graph says of photos anybody may have."""
    running = session(graph, threads)
    return [
        golden.case(running, name, picture, view_side=recipe.view_side, crop_side=recipe.crop_side)
        for name, picture in golden.pictures(recipe.seed).items()
    ]


def _spread(scenes: Sequence[Scene], count: int) -> list[Scene]:
    """Evenly over all sources; the odd step meets every sort."""
    step = max(1, len(scenes) // count) | 1
    return list(scenes[::step][:count])
