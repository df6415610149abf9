"""The trunk that a recipe chooses: a backbone by name, its weights, or a tuned trunk in its place."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from inspection.errors import FileMissing
from training.backbones import DEFAULT, DEFAULT_WEIGHTS, NO_WEIGHTS, backbone, credit, read_weights
from training.recipe import Recipe
from training.trunk import Trunk


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """`weights` are `default`, `none` or a file of the backbone's; `begins` a file of a whole trunk's."""

    backbone: str = DEFAULT
    weights: str = DEFAULT_WEIGHTS
    begins: Path | None = None

    @cached_property
    def key(self) -> str:
        """Names caches of its features: empty for the default, else of all it is. Raises `FileMissing`."""
        if self == Chosen():
            return ""
        own = self.weights in (DEFAULT_WEIGHTS, NO_WEIGHTS)
        told = [self.backbone, self.weights if own else _sha256(Path(self.weights))]
        told += [_sha256(self.begins)] if self.begins else []
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]

    @property
    def credit(self) -> str:
        """For a model card: what it is and on which terms."""
        origin = credit(self.backbone, self.weights)
        return f"{origin}; fine-tuned, {self.begins.name}" if self.begins else origin

    def trunk(self) -> Trunk:
        """A new one, frozen. Raises `BackboneUnusable` or `FileMissing`."""
        # with its own weights replaced, the backbone's need not be had
        weights = NO_WEIGHTS if self.begins and self.weights == DEFAULT_WEIGHTS else self.weights
        trunk = Trunk(backbone(self.backbone, weights))
        if self.begins:
            read_weights(trunk, self.begins, "trunk")
        return trunk


def chosen(recipe: Recipe) -> Chosen:
    """By the recipe."""
    return Chosen(backbone=recipe.backbone, weights=recipe.backbone_weights, begins=recipe.trunk_begins)


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise FileMissing(str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
