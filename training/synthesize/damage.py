"""Damage on a clean picture, with its mask, kind and severity: where it goes, how large, how bad.

What each kind looks like is in `surface`, `fracture`, `rupture` and `edges`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.errors import RequestRejected
from inspection.verdict.findings import Kind, Severity
from training.synthesize.edges import fray, missing_part
from training.synthesize.foreground import background_fill, background_texture, foreground, outline_spot, spot
from training.synthesize.fracture import crack
from training.synthesize.noise import Field, Picture, blurred, log_uniform, to_light, to_picture
from training.synthesize.rupture import hole, tear
from training.synthesize.scene import Mark, Scene
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
    """How one kind is made: sizes are the window's side as a share of the picture's shorter side."""

    make: Callable[[np.random.Generator, Scene], Mark]
    smallest: float
    largest: float
    on_outline: bool = False
    least: Severity = Severity.LIGHT


_CRAFTS = {
    Kind.STAIN: _Craft(make=stain, smallest=0.08, largest=0.45),
    Kind.TEAR: _Craft(make=tear, smallest=0.12, largest=0.45, least=Severity.MARKED),
    Kind.HOLE: _Craft(make=hole, smallest=0.06, largest=0.3, least=Severity.MARKED),
    Kind.SCRATCH: _Craft(make=scratch, smallest=0.15, largest=0.6),
    Kind.CRACK: _Craft(make=crack, smallest=0.18, largest=0.7, least=Severity.MARKED),
    Kind.DENT: _Craft(make=dent, smallest=0.12, largest=0.4),
    Kind.FRAY: _Craft(make=fray, smallest=0.12, largest=0.35, on_outline=True),
    Kind.MISSING_PART: _Craft(
        make=missing_part, smallest=0.15, largest=0.45, on_outline=True, least=Severity.MARKED
    ),
}
KINDS: tuple[Kind, ...] = tuple(_CRAFTS)
"""The kinds that can be synthesized."""

_SMALLEST_WINDOW = 20  # px: below this a defect has no shape
_VISIBLE = 7.0  # mean change within the mask, of 255, under which nobody would see it
_TRIES = 4


class KindNotSynthesized(RequestRejected):
    """No maker for this kind of damage yet."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"There is no synthesis of '{kind}'; there is of {', '.join(KINDS)}.")


def damage(rng: np.random.Generator, picture: Picture, kind: Kind | None = None) -> Damaged:
    """The picture with one defect, somewhere on the item. `kind` is drawn evenly from `KINDS` if not given.

    Tries again, elsewhere, when the defect could not be seen; the last try is kept whatever it shows.
    """
    kind = KINDS[rng.integers(len(KINDS))] if kind is None else kind
    if kind not in _CRAFTS:
        raise KindNotSynthesized(kind)
    craft, likely = _CRAFTS[kind], foreground(picture)
    for _ in range(_TRIES):
        changed, mask = _marked(rng, picture, likely, craft)
        contrast = _contrast(picture, changed, mask)
        if contrast >= _VISIBLE:
            break
    return Damaged(
        picture=changed, mask=mask, kind=kind, severity=max(craft.least, _severity(mask, likely, contrast))
    )


def _marked(
    rng: np.random.Generator, picture: Picture, likely: Field, craft: _Craft
) -> tuple[Picture, NDArray[np.bool_]]:
    """One try: a window on the item, its scene, the mark, and the mark back in the picture."""
    window = _window(rng, picture, likely, craft)
    shorter = min(picture.shape[:2])
    scene = Scene(
        light=to_light(picture[window]),
        likely=likely[window],
        behind=_behind(rng, picture, likely, window),
        pixel=max(0.5, shorter / 400),
    )
    mark = craft.make(rng, scene)
    changed, mask = picture.copy(), np.zeros(picture.shape[:2], bool)
    # no lens draws a harder edge than the photo's own: what was painted is blurred as if it had been there
    painted = blurred((mark.light - scene.light).astype(np.float32), scene.pixel * rng.uniform(0.35, 0.75))
    changed[window] = to_picture(scene.light + painted)
    visible = np.abs(changed[window].astype(np.int16) - picture[window]).max(-1) >= 3
    mask[window] = (mark.footprint > 0.5) & cv2.dilate(visible.astype(np.uint8), np.ones((3, 3))).astype(bool)
    return changed, mask


def _window(rng: np.random.Generator, picture: Picture, likely: Field, craft: _Craft) -> tuple[slice, slice]:
    """A square around a spot on the item, moved inwards where it would leave the picture."""
    h, w = picture.shape[:2]
    x, y = (outline_spot if craft.on_outline else spot)(rng, likely)
    side = int(min(h, w) * log_uniform(rng, craft.smallest, craft.largest))
    side = min(max(side, _SMALLEST_WINDOW), h, w)
    left, top = min(max(x - side // 2, 0), w - side), min(max(y - side // 2, 0), h - side)
    return slice(top, top + side), slice(left, left + side)


def _behind(rng: np.random.Generator, picture: Picture, likely: Field, window: tuple[slice, slice]) -> Field:
    """The background, as guessed from the whole picture at a small size, under the window."""
    h, w = picture.shape[:2]
    small = cv2.resize(to_light(picture), (64, 64), interpolation=cv2.INTER_AREA)
    fill = background_fill(small, cv2.resize(likely, (64, 64), interpolation=cv2.INTER_AREA))
    rows, columns = window
    scale = np.array([[64 / w, 0, columns.start * 64 / w], [0, 64 / h, rows.start * 64 / h]], np.float32)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    smooth = cv2.warpAffine(
        fill, scale, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    texture = background_texture(rng, picture, likely, window)
    return np.clip(smooth + texture, 0, 1).astype(np.float32)


def _contrast(before: Picture, after: Picture, mask: NDArray[np.bool_]) -> float:
    """Mean change within the mask, 0 to 255; 0 for an empty mask."""
    if not mask.any():
        return 0.0
    return float(np.abs(after[mask].astype(np.int16) - before[mask]).mean())


def _severity(mask: NDArray[np.bool_], likely: Field, contrast: float) -> Severity:
    """By how much of the item is touched and how loudly: small and pale is light, large and dark severe."""
    share = float(mask.sum()) / max(float((likely > 0.4).sum()), 1.0)
    loudness = share * min(contrast, 60.0) / 60.0
    if loudness < 0.006:
        return Severity.LIGHT
    return Severity.MARKED if loudness < 0.05 else Severity.SEVERE
