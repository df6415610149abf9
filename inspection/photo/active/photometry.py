"""Torch off and on: an item gives the lamp's light back in proportion to its own colours, a screen does not.

What a thing reflects is its colour times the light on it: with the lamp, every contrast grows by
1 + lamp / room, most where the lamp is near and straight. A screen's picture is its own light. The lamp adds
a veil and a hot spot to it, but its contrasts stay as they were. The camera's exposure changes all contrasts
alike and its tone curve changes them by brightness; only what depends on the place is counted.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.active.align import laid_over
from inspection.photo.active.answers import Lamp, LampAnswer
from inspection.photo.photo import Picture

_CELLS = 14  # along the longer side
_BLUR = 1.5  # px: noise, subpixels and what is left of misalignment
_BURNT, _BLACK = 248, 6
_LEAST_ALIKE = 0.9  # correlation of a cell with itself under the lamp
_LEAST_CONTRAST = 0.006  # deviation of linear light within a cell
_LEAST_CELLS = 24
_LEAST_FALL_OFF = 1.25
_LEAST_SURE = 20.0  # times what chance would explain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """One row a cell that can be judged: where, how bright, and by how much its contrast grew."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    bright: NDArray[np.float64]
    growth: NDArray[np.float64]


def with_torch(off: Picture, on: Picture) -> LampAnswer:
    """Does what both photos show answer to the lamp? Taken from one place, the torch off and then on.

    Raises nothing for any two pictures. A matt print answers as an item does: this rules out screens alone.
    """
    laid = laid_over(off, on)
    if laid is None:
        return LampAnswer(why=Lamp.NOT_ALIGNED)
    before, after, valid = laid
    cells = _cells(_light(before), _light(after), valid & _readable(before) & _readable(after))
    if len(cells.x) < _LEAST_CELLS:
        return LampAnswer(why=Lamp.TOO_LITTLE_DETAIL, cells=len(cells.x))
    fall_off, sure, valley = _by_place(cells)
    answers = fall_off >= _LEAST_FALL_OFF and sure >= _LEAST_SURE and not valley
    return LampAnswer(
        why=Lamp.ANSWERS if answers else Lamp.NO_ANSWER,
        cells=len(cells.x),
        fall_off=fall_off,
        sure=sure,
        growth=float(np.exp(np.median(cells.growth))),
    )


def _light(picture: Picture) -> NDArray[np.float32]:
    """Linear light, (h, w) in [0, 1], a little blurred."""
    shade = np.arange(256) / 255
    linear = np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4).astype(np.float32)
    grey = cv2.transform(cv2.LUT(picture, linear), np.array([[0.2126, 0.7152, 0.0722]], np.float32))
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _BLUR), np.float32)


def _readable(picture: Picture) -> NDArray[np.bool_]:
    """Neither burnt, nor beside it, nor black."""
    burnt = (picture.max(2) >= _BURNT).astype(np.uint8)
    return np.asarray((cv2.dilate(burnt, np.ones((7, 7), np.uint8)) == 0) & (picture.max(2) >= _BLACK))


def _cells(before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_]) -> _Cells:
    """Growth is the log of the ratio of deviations: added light has none, misalignment shrinks both alike."""
    height, width = before.shape
    side = max(height, width) // _CELLS
    rows = []
    for top in range(0, height - side + 1, side):
        for left in range(0, width - side + 1, side):
            here = np.s_[top : top + side, left : left + side]
            one, other = before[here][valid[here]], after[here][valid[here]]
            if len(one) < 0.6 * side * side or min(one.std(), other.std()) < _LEAST_CONTRAST:
                continue
            if np.corrcoef(one, other)[0, 1] < _LEAST_ALIKE:
                continue
            centre = (left + side / 2) * 2 / width - 1, (top + side / 2) * 2 / height - 1
            rows.append((*centre, np.log(one.mean()), np.log(other.std() / one.std())))
    x, y, bright, growth = np.array(rows, np.float64).reshape(-1, 4).T
    return _Cells(x=x, y=y, bright=bright, growth=growth)


def _by_place(cells: _Cells) -> tuple[float, float, bool]:
    """What place explains of the growth beyond brightness: its range as a factor, how sure; is it a valley?

    A lamp beside the lens lights the near and the middle most. Less there than around it is a camera that
    tones down a hot spot, not a lamp's light. Sure is the F statistic of the terms of place.
    """
    x, y, bright = cells.x, cells.y, cells.bright - cells.bright.mean()
    level = np.stack([np.ones_like(x), bright, bright**2], 1)
    place = np.stack([x, y, x * x, x * y, y * y], 1)
    both = np.hstack([level, place - place.mean(0)])
    weight = _steady(both, cells.growth)
    without = _unexplained(level, cells.growth, weight)
    fitted = np.linalg.lstsq(both * weight[:, None], cells.growth * weight, rcond=None)[0]
    rest = float((weight**2 * (cells.growth - both @ fitted) ** 2).sum())
    spatial = (place - place.mean(0)) @ fitted[3:]
    low, high = np.percentile(spatial, [5, 95])
    freedom = len(x) - both.shape[1]
    sure = (without - rest) / place.shape[1] / max(rest / freedom, 1e-6)
    along = np.linalg.eigvalsh([[fitted[5], fitted[6] / 2], [fitted[6] / 2, fitted[7]]])
    return float(np.exp(high - low)), float(sure), bool(along.min() > -0.05)


def _unexplained(
    terms: NDArray[np.float64], growth: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    fitted = np.linalg.lstsq(terms * weight[:, None], growth * weight, rcond=None)[0]
    return float((weight**2 * (growth - terms @ fitted) ** 2).sum())


def _steady(terms: NDArray[np.float64], growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (n,) in (0, 1]: cells far from what the others say count less (Huber)."""
    weight = np.ones(len(growth))
    for _ in range(4):
        fitted = np.linalg.lstsq(terms * weight[:, None], growth * weight, rcond=None)[0]
        far = np.abs(growth - terms @ fitted)
        reach = 1.5 * 1.4826 * float(np.median(far)) + 1e-6
        weight = np.sqrt(np.minimum(1, reach / np.maximum(far, 1e-9)))
    return weight
