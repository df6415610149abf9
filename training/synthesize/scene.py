"""What a maker of damage is given, and what it gives back."""

from dataclasses import dataclass

import numpy as np

from training.synthesize.noise import Field, Light


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The part of a picture that one defect may change."""

    light: Light
    """(h, w, 3) in [0, 1], gamma encoded."""
    likely: Field
    """(h, w) in [0, 1]: is this the item?"""
    behind: Light
    """(h, w, 3): what might be seen where the item is gone."""
    pixel: float
    """How many pixels a line is wide that would be one pixel wide on a 400 px picture; at least 0.5."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.likely.shape

    def tint(self) -> Light:
        """The colour of the light here, (3,), mean 1: shadows and bare stuff take part of it."""
        own = self.light.mean((0, 1)) + np.float32(0.25)
        return (own / own.mean()).astype(np.float32)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The scene with its defect."""

    light: Light
    footprint: Field
    """(h, w) in [0, 1]: the defect itself, without its shadow."""
