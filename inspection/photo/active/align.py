"""One photo laid over another that was taken from the same place a moment ago."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.active.matching import SIDE, matched, working_size
from inspection.photo.photo import Picture

_LEAST_POINTS = 40
_LEAST_SHARE = 0.5
_MOST_MOVED = 0.15 * SIDE  # px at a corner: more is another place


def laid_over(first: Picture, second: Picture) -> tuple[Picture, Picture, NDArray[np.bool_]] | None:
    """Both at the working size, the second warped onto the first, and where both show something.

    None where they are too small, or don't show the same from nearly the same place.
    """
    one, other = working_size(first), working_size(second)
    if one is None or other is None:
        return None
    matches = matched(one, other)
    if len(matches) < _LEAST_POINTS:
        return None
    view, kept = cv2.findHomography(matches.second, matches.first, cv2.RANSAC, 3.0, maxIters=2000)
    if view is None or kept.sum() < max(_LEAST_POINTS, _LEAST_SHARE * len(matches)):
        return None
    height, width = one.shape
    corners = np.array([[[0, 0]], [[width, 0]], [[0, height]], [[width, height]]], np.float32)
    if (
        not np.isfinite(view).all()
        or np.abs(cv2.perspectiveTransform(corners, view) - corners).max() > _MOST_MOVED
    ):
        return None
    before = cv2.resize(first, (width, height), interpolation=cv2.INTER_AREA)
    after = cv2.resize(second, other.shape[::-1], interpolation=cv2.INTER_AREA)
    warped = cv2.warpPerspective(after, view, (width, height))
    shown = cv2.warpPerspective(np.full(other.shape, 255, np.uint8), view, (width, height)) == 255
    return np.asarray(before, np.uint8), np.asarray(warped, np.uint8), np.asarray(shown)
