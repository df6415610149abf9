"""Backbones by name. Each gives the trunk the same six maps; how wide they are is its own affair."""

from training.backbones import from_torchvision, lite
from training.backbones.backbone import Backbone, BackboneUnusable, Maps
from training.backbones.from_torchvision import Extracted
from training.backbones.lite import NAMES, Lite
from training.backbones.weights import DEFAULT_WEIGHTS, NO_WEIGHTS, read_weights

__all__ = [
    "DEFAULT",
    "DEFAULT_WEIGHTS",
    "NO_WEIGHTS",
    "Backbone",
    "BackboneUnusable",
    "Lite",
    "Maps",
    "backbone",
    "credit",
    "read_weights",
]

DEFAULT = "efficientnet-lite0"
TORCHVISION = "torchvision:"


def backbone(name: str = DEFAULT, weights: str = DEFAULT_WEIGHTS) -> Backbone:
    """By name: `efficientnet-lite0`, `-lite1`, `-lite2`, or `torchvision:` and a model of torchvision.

    `weights`: `default`, `none` (chance, seeded), or the path of a state dict. Raises `BackboneUnusable`.
    """
    if name in NAMES:
        return Lite(name, weights)
    if name.startswith(TORCHVISION):
        return Extracted(name.removeprefix(TORCHVISION), weights)
    raise BackboneUnusable(f"No backbone {name!r}. Known: {', '.join(NAMES)}, {TORCHVISION}MODEL.")


def credit(name: str, weights: str) -> str:
    """For a model card: what a backbone of that name is and on which terms."""
    if name in NAMES:
        return lite.credit(name, weights)
    return from_torchvision.credit(name.removeprefix(TORCHVISION), weights)
