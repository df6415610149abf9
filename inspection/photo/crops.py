"""Which parts of a photo to keep at native resolution: where a screen's grid would show, if there is one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.opened import Raster

Starts = NDArray[np.int64]
_STEPS = 4  # candidates a crop's side: finer steps change the choice by little


def places(view: Raster, width: int, height: int, *, side: int, count: int) -> list[tuple[int, int]]:
    """(left, top) in a `width` × `height` original of up to `count` squares, best first.

    `view` is the reduced RGB picture of it. Sharp and bright parts come first; two squares share
    at most a quarter of their side. None, where the original is smaller than one square.
    """
    if min(width, height) < side:
        return []
    lefts, tops = _candidates(width, side), _candidates(height, side)
    scores = _scores(view, lefts * (view.shape[1] / width), tops * (view.shape[0] / height), side / width)
    found: list[tuple[int, int]] = []
    while len(found) < count and scores.max() > 0:
        row, column = np.unravel_index(int(scores.argmax()), scores.shape)
        found.append((int(lefts[column]), int(tops[row])))
        near = np.ix_(_within(tops, tops[row], side), _within(lefts, lefts[column], side))
        scores[near] = 0
    return found


def _candidates(length: int, side: int) -> Starts:
    starts = np.linspace(0, length - side, 1 + (length - side) * _STEPS // side)
    return starts.round().astype(np.int64)


def _within(starts: Starts, start: int, side: int) -> NDArray[np.bool_]:
    return np.asarray(np.abs(starts - start) < side * 3 // 4)


def _scores(
    view: Raster, lefts: NDArray[np.float64], tops: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Mean detail × mean light of each window, (tops, lefts), plus a hair so that none is 0."""
    grey = np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    detail = np.asarray(cv2.convertScaleAbs(cv2.Laplacian(grey, cv2.CV_16S)), dtype=np.uint8)
    window = max(1, round(view.shape[1] * share))
    rows = np.minimum(tops.round().astype(int), max(0, view.shape[0] - window))
    columns = np.minimum(lefts.round().astype(int), max(0, view.shape[1] - window))
    means = [_window_means(layer, rows, columns, window) for layer in (detail, grey)]
    return np.asarray(means[0] * means[1] + 1e-6)


def _window_means(
    layer: NDArray[np.uint8], rows: Starts, columns: Starts, window: int
) -> NDArray[np.float64]:
    sums = cv2.integral(layer)
    below, right = np.minimum(rows + window, layer.shape[0]), np.minimum(columns + window, layer.shape[1])
    total = sums[np.ix_(below, right)] - sums[np.ix_(rows, right)]
    total = total - sums[np.ix_(below, columns)] + sums[np.ix_(rows, columns)]
    return np.asarray(total / window**2, dtype=np.float64)
