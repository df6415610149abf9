"""The same points found in two photos, as far as they can belong to one still scene."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture

Points = NDArray[np.float64]
"""(n, 2) float64: x and y in pixels of the working size."""
Grey = NDArray[np.uint8]
"""(height, width) uint8."""

SIDE = 800
"""The working size: the longer side in pixels. Every distance here is measured at it."""
_LEAST_SIDE = 160
_MOST_STRETCH = 4  # longer side over shorter: a strip has no middle to look at
_MOST_POINTS = 1500
_RATIO = 0.8  # Lowe's: the best match must be that much nearer than the second best
_BRIGHT = 250
_STILL = 1.5  # px off an epipolar line


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Points of the first photo and where the second shows them, row by row."""

    first: Points
    second: Points

    def __len__(self) -> int:
        return len(self.first)

    def only(self, kept: NDArray[np.bool_]) -> "Matches":
        """Those rows where `kept`, (n,), is true."""
        return Matches(first=self.first[kept], second=self.second[kept])


def working_size(picture: Picture) -> Grey | None:
    """Grey, its longer side `SIDE`; None where the picture is too small or too narrow to be looked at."""
    height, width = picture.shape[:2]
    if min(height, width) < _LEAST_SIDE or max(height, width) > _MOST_STRETCH * min(height, width):
        return None
    scale = SIDE / max(height, width)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    size = (round(width * scale), round(height * scale))
    return np.asarray(
        cv2.cvtColor(cv2.resize(picture, size, interpolation=way), cv2.COLOR_RGB2GRAY), np.uint8
    )


def matched(first: Grey, second: Grey) -> Matches:
    """Mutual best matches of SIFT features (Lowe 2004, RootSIFT: Arandjelović and Zisserman 2012)."""
    at_first, looks_first = _features(first)
    at_second, looks_second = _features(second)
    if min(len(at_first), len(at_second)) < 8:
        return Matches(first=np.empty((0, 2)), second=np.empty((0, 2)))
    alike = looks_first @ looks_second.T  # (n, m) cosines
    rows = np.arange(len(alike))
    best = alike.argmax(1)
    mutual = alike.argmax(0)[best] == rows
    nearest = alike[rows, best]
    alike[rows, best] = -1
    clear = np.sqrt(2 - 2 * np.minimum(nearest, 1)) < _RATIO * np.sqrt(2 - 2 * np.minimum(alike.max(1), 1))
    kept = mutual & clear
    return _once(Matches(first=at_first[kept], second=at_second[best[kept]]))


def _features(grey: Grey) -> tuple[Points, NDArray[np.float32]]:
    """Where, and how each looks. Not on clipped highlights: those are lamps, and lamps move."""
    finder = cv2.SIFT.create(_MOST_POINTS, 3, 0.015)
    keypoints, looks = finder.detectAndCompute(grey, None)
    if looks is None:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    at = np.array([keypoint.pt for keypoint in keypoints], np.float64).reshape(-1, 2)
    burnt = cv2.dilate((grey >= _BRIGHT).astype(np.uint8), np.ones((9, 9), np.uint8))
    column, row = np.floor(at).astype(int).T
    matt = burnt[np.clip(row, 0, len(grey) - 1), np.clip(column, 0, grey.shape[1] - 1)] == 0
    root = np.sqrt(looks / (looks.sum(1, keepdims=True) + 1e-9))
    return at[matt], np.asarray(root[matt], np.float32)


def _once(matches: Matches) -> Matches:
    """A corner found at two scales or turns counts once."""
    both = np.round(np.hstack([matches.first, matches.second]))
    _, index = np.unique(both, axis=0, return_index=True)
    return Matches(first=matches.first[index], second=matches.second[index])


def middle_of(matches: Matches, shape: tuple[int, ...], share: float) -> Matches:
    """Those within `share` of the first photo's height and width, around its middle."""
    height, width = shape[:2]
    off = np.abs(matches.first / [width, height] - 0.5).max(1)
    return matches.only(off <= share / 2)


def still(matches: Matches) -> Matches:
    """What can belong to one rigid scene: on its epipolar line (MAGSAC, Barath et al. 2019)."""
    if len(matches) < 15:
        return matches.only(np.zeros(len(matches), bool))
    try:
        _, kept = cv2.findFundamentalMat(matches.first, matches.second, cv2.USAC_MAGSAC, _STILL, 0.999, 2000)
    except cv2.error:  # no sample gave a model: points on one line, or in one place
        kept = None
    return matches.only(np.zeros(len(matches), bool) if kept is None else kept.ravel().astype(bool))
