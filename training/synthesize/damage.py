"""Damage on a clean picture, with its mask, kind and severity: where it goes, how large, how visible.

What each kind looks like is in `surface`, `fracture`, `rupture`, `edges`, `fibre`, `broken` and `packaging`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.errors import RequestRejected
from inspection.verdict.findings import Kind, Severity
from training.synthesize.broken import broken_piece
from training.synthesize.edges import fray, missing_part, worn_edge
from training.synthesize.fibre import pilling
from training.synthesize.foreground import (
    background_fill,
    background_texture,
    foreground,
    item_side,
    outline_spot,
    spot,
)
from training.synthesize.fracture import crack
from training.synthesize.lens import Lens, border_fade, lens_of, seen_through
from training.synthesize.noise import Field, Picture, chance, log_uniform, to_light, to_picture
from training.synthesize.packaging import damaged_packaging
from training.synthesize.rupture import hole, tear
from training.synthesize.scene import Mark, Scene
from training.synthesize.severity import contrast_of, severity, size_of
from training.synthesize.surface import dent, scratch, stain


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A picture with one defect on it."""

    picture: Picture
    mask: NDArray[np.bool_]
    """(h, w): the defect, without its shadow."""
    kind: Kind
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class _Craft:
    """How one kind is made: sizes are the window's side as a share of the item's."""

    make: Callable[[np.random.Generator, Scene], Mark]
    smallest: float
    largest: float
    on_outline: float = 0.0  # how often it sits on the item's outline


_CRAFTS = {
    Kind.STAIN: _Craft(make=stain, smallest=0.12, largest=0.7),
    Kind.TEAR: _Craft(make=tear, smallest=0.12, largest=0.6),
    Kind.HOLE: _Craft(make=hole, smallest=0.07, largest=0.4),
    Kind.SCRATCH: _Craft(make=scratch, smallest=0.18, largest=0.85),
    Kind.CRACK: _Craft(make=crack, smallest=0.15, largest=0.8),
    Kind.DENT: _Craft(make=dent, smallest=0.15, largest=0.6),
    Kind.FRAY: _Craft(make=fray, smallest=0.16, largest=0.6, on_outline=1),
    Kind.MISSING_PART: _Craft(make=missing_part, smallest=0.12, largest=0.55, on_outline=1),
    Kind.PILLING: _Craft(make=pilling, smallest=0.25, largest=0.85),
    Kind.BROKEN_PIECE: _Craft(make=broken_piece, smallest=0.2, largest=0.85, on_outline=1),
    Kind.WORN_EDGE: _Craft(make=worn_edge, smallest=0.25, largest=0.9, on_outline=1),
    Kind.DAMAGED_PACKAGING: _Craft(make=damaged_packaging, smallest=0.22, largest=0.9, on_outline=0.5),
}
KINDS: tuple[Kind, ...] = tuple(_CRAFTS)
"""The kinds that can be synthesized, in a stable order: heads are laid out by it."""

_LARGEST_WINDOW = 1.1  # of the item's side: a crack runs through it
_SMALLEST_WINDOW = 24  # px: below this a defect has no shape
_VISIBLE = 9.0  # mean change within the mask, of 255, under which nobody would see it on a plain thing
_HIDDEN_BY_PATTERN = 0.25  # ... plus so much of the deviation of what it lies on: flowers hide a stain
_VIEW, _SMALLEST = 320, 20  # px of the longer side as the model sees it, and px of defect it needs there
_TRIES = 6
_OTHER_SEVERITY = 0.4  # what a try that is one severity off counts less, of a visibility of 1


class KindNotSynthesized(RequestRejected):
    """No maker for this kind of damage yet."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"There is no synthesis of '{kind}'; there is of {', '.join(KINDS)}.")


def damage(rng: np.random.Generator, picture: Picture, kind: Kind | None = None) -> Damaged:
    """The picture with one defect, somewhere on the item. `kind` is drawn evenly from `KINDS` if not given.

    A severity is drawn evenly, too, and tried for: left to chance, half of all defects are specks that no
    head could learn from. Tries again, elsewhere, while the defect can't be seen at 320 px or is of another
    severity; of all tries the one that shows best and comes nearest is kept.
    """
    kind = KINDS[rng.integers(len(KINDS))] if kind is None else kind
    if kind not in _CRAFTS:
        raise KindNotSynthesized(kind)
    wanted = Severity(int(rng.integers(1, 4)))
    likely, lens = foreground(picture), lens_of(picture)
    best, nearest = None, -math.inf
    for _ in range(_TRIES):
        window = _window(rng, picture, likely, _CRAFTS[kind], wanted)
        changed, mask = _marked(rng, picture, likely, window, make=_CRAFTS[kind].make, lens=lens)
        bad = severity(kind, size=size_of(mask, likely), contrast=contrast_of(picture, changed, mask))
        near = min(_shows(picture, changed, mask, window), 1.0) - _OTHER_SEVERITY * abs(bad - wanted)
        if near > nearest:
            best, nearest = Damaged(picture=changed, mask=mask, kind=kind, severity=bad), near
        if near >= 1:
            break
    assert best is not None  # noqa: S101 tells the type checker that the first try beats minus infinity
    return best


def _marked(
    rng: np.random.Generator,
    picture: Picture,
    likely: Field,
    window: tuple[slice, slice],
    *,
    make: Callable[[np.random.Generator, Scene], Mark],
    lens: Lens,
) -> tuple[Picture, NDArray[np.bool_]]:
    """One try: the window's scene, the mark, and the mark back in the picture."""
    scene = Scene(
        light=to_light(picture[window]),
        likely=likely[window],
        behind=_behind(rng, picture, likely, window),
        pixel=max(0.5, min(picture.shape[:2]) / 400),
    )
    mark = make(rng, scene)
    changed, mask = picture.copy(), np.zeros(picture.shape[:2], bool)
    changed[window] = to_picture(seen_through(rng, scene.light, mark.light, lens))
    visible = np.abs(changed[window].astype(np.int16) - picture[window]).max(-1) >= 4
    grown = cv2.dilate(visible.astype(np.uint8), np.ones((3, 3))).astype(bool)
    mask[window] = (mark.footprint * border_fade(scene.shape) > 0.5) & grown
    return changed, mask


def _shows(before: Picture, after: Picture, mask: NDArray[np.bool_], window: tuple[slice, slice]) -> float:
    """How well it can be seen: 1 and above is well enough, by contrast and by size at 320 px alike."""
    pattern: float = float(before[window][::2, ::2].astype(np.float32).std((0, 1)).mean())
    contrast: float = contrast_of(before, after, mask) / (_VISIBLE + _HIDDEN_BY_PATTERN * pattern)
    seen_size: float = float(mask.sum()) * (_VIEW / max(mask.shape)) ** 2
    return min(contrast, seen_size / _SMALLEST)


def _window(
    rng: np.random.Generator, picture: Picture, likely: Field, craft: _Craft, wanted: Severity
) -> tuple[slice, slice]:
    """A square around a spot on the item, moved inwards where it would leave the picture.

    The severer the defect is to be, the larger: a severe one up to a quarter larger than the kind's range.
    """
    h, w = picture.shape[:2]
    x, y = (outline_spot if chance(rng, craft.on_outline) else spot)(rng, likely)
    ratio = (craft.largest / craft.smallest) ** 0.4
    smallest = craft.smallest * ratio ** (wanted - 1)
    side = int(item_side(likely) * min(log_uniform(rng, smallest, smallest * ratio), _LARGEST_WINDOW))
    side = min(max(side, _SMALLEST_WINDOW), h, w)
    left, top = min(max(x - side // 2, 0), w - side), min(max(y - side // 2, 0), h - side)
    return slice(top, top + side), slice(left, left + side)


def _behind(rng: np.random.Generator, picture: Picture, likely: Field, window: tuple[slice, slice]) -> Field:
    """The background under the window, guessed from the whole picture made small, with its own grain."""
    h, w = picture.shape[:2]
    small = cv2.resize(to_light(picture), (64, 64), interpolation=cv2.INTER_AREA)
    fill = background_fill(small, cv2.resize(likely, (64, 64), interpolation=cv2.INTER_AREA))
    rows, columns = window
    scale = np.array([[64 / w, 0, columns.start * 64 / w], [0, 64 / h, rows.start * 64 / h]], np.float32)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    smooth = cv2.warpAffine(fill, scale, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    texture = background_texture(rng, picture, likely, window)
    return np.clip(smooth + texture, 0, 1).astype(np.float32)
