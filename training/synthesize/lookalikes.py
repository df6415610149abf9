"""What resembles damage and isn't: the model must see it on clean items, or it cries wolf over prints."""

from collections.abc import Callable

import numpy as np

from training.synthesize.fittings import button, drawstring, lace, seam
from training.synthesize.foreground import foreground, spot
from training.synthesize.lens import lens_of, seen_through
from training.synthesize.lighting import cast_shadow, folds, gleam
from training.synthesize.noise import (
    Field,
    Light,
    Picture,
    log_uniform,
    over,
    ramp,
    to_light,
    to_picture,
)
from training.synthesize.printed import emblem, lettering, sticker, stripes

Maker = Callable[[np.random.Generator, Light, float], Light]
"""(rng, scene, pixel) -> scene; `pixel` as in `scene.Scene`."""


def lookalike(rng: np.random.Generator, picture: Picture, name: str | None = None) -> Picture:
    """The picture with one to three harmless things on the item, or the one of `LOOKALIKES` named."""
    likely, lens = foreground(picture), lens_of(picture)
    names = list(LOOKALIKES)
    count = 1 if name else int(rng.integers(1, 4))
    changed = picture.copy()
    for _ in range(count):
        maker, smallest, largest = LOOKALIKES[name or names[rng.integers(len(names))]]
        window = _window(rng, likely, smallest, largest)
        pixel = max(0.5, min(picture.shape[:2]) / 400)
        light = to_light(changed[window])
        made = maker(rng, light, pixel)
        if maker in _PART_OF_THE_ITEM:
            made = over(light, made, ramp(likely[window], 0.15, 0.35))
        changed[window] = to_picture(seen_through(rng, light, made, lens))  # as damage: or it were the clue
    return changed


def _window(rng: np.random.Generator, likely: Field, smallest: float, largest: float) -> tuple[slice, slice]:
    """A square on the item; sides as shares of the picture's shorter side."""
    h, w = likely.shape
    x, y = spot(rng, likely)
    side = min(max(int(min(h, w) * log_uniform(rng, smallest, largest)), 20), h, w)
    left, top = min(max(x - side // 2, 0), w - side), min(max(y - side // 2, 0), h - side)
    return slice(top, top + side), slice(left, left + side)


LOOKALIKES: dict[str, tuple[Maker, float, float]] = {
    "lettering": (lettering, 0.12, 0.5),
    "emblem": (emblem, 0.08, 0.4),
    "stripes": (stripes, 0.2, 0.6),
    "seam": (seam, 0.25, 0.8),
    "button": (button, 0.05, 0.14),
    "lace": (lace, 0.15, 0.45),
    "cast_shadow": (cast_shadow, 0.4, 0.95),
    "folds": (folds, 0.25, 0.8),
    "gleam": (gleam, 0.08, 0.4),
    "sticker": (sticker, 0.1, 0.35),
    "drawstring": (drawstring, 0.2, 0.5),
}
"""Each maker with its window's smallest and largest side, as shares of the picture's shorter side."""

_PART_OF_THE_ITEM = (lettering, emblem, stripes, seam, lace, folds)
"""These end where the item ends; the others may lie across its outline."""
