"""Are these two pictures of one photo? Points are matched, one is laid over the other, and they are compared.

Another photo of the same item, even from nearly the same place, does not fit all over: its background moved.
What this cannot tell apart: two photos of one flat thing that fills them (a label), taken from the same spot
to within 2 or 3 % of the frame. Figures: tests/bench/reused_photos_real.py.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture

SAME_FROM = 0.92
"""Of the parts that can be compared, the share that must be the same."""
NEAR_SAME_FROM = 0.7
"""Where their hashes are near: one that was relit until parts of it turned white is still the same."""

COMPARED_PX = 400
"""The longer side at which pictures are compared."""
_LEAST_SIDE = 62
"""Pixels, of the shorter side: ORB keeps 31 clear of every edge."""
_POINTS, _FAST = 500, 8
_RATIO = 0.8
_WITHIN_PX = 3.0
_LEAST_POINTS = 8
_SCALES = (0.1, 8.0)
_GRID = 8
_LEAST_PARTS = 12
"""With fewer there is nothing to tell by: most of the picture is plain, or hardly any of it is shared."""
_PLAIN = 4.0
"""Grey levels of spread under which a part says nothing."""
_ALIKE = 0.8
"""Correlation from which a part is the same."""

Grey = NDArray[np.uint8]
Move = NDArray[np.float64]
"""(2, 3): a turn, a scale and a shift."""
Points = tuple[NDArray[np.float32], Any]
"""(k, 2) x and y, and (k, 32) how each looks or `None`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture made small and grey, and its points: what comparing needs of it, some 180 kB."""

    grey: Grey
    points: Points


def prepared(picture: Picture) -> Prepared:
    """Most of the work of a comparison, some 5 ms: done once a picture."""
    grey = _grey(picture)
    return Prepared(grey, _points(grey))


class Sought:
    """One picture that is compared with many: what is made of it is made once, mirrored only if needed."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def agreement(self, other: Prepared, enough: float = 1.0) -> float:
        """As `agreement`; where the upright one reaches `enough`, the mirrored one is not tried."""
        share = _overlaid(self._upright, other)
        return share if share >= enough else max(share, _overlaid(self._mirrored, other))

    @cached_property
    def _upright(self) -> Prepared:
        return prepared(self._picture)

    @cached_property
    def _mirrored(self) -> Prepared:
        return prepared(np.ascontiguousarray(self._picture[:, ::-1]))


def agreement(one: Picture, other: Picture) -> float:
    """The share of what both show that is the same, in [0, 1]; mirrored or not."""
    return Sought(one).agreement(prepared(other))


def _overlaid(one: Prepared, other: Prepared) -> float:
    move = _move(one.points, other.points)
    return 0.0 if move is None else _alike(one.grey, other.grey, move)


def _grey(picture: Picture) -> Grey:
    scale = COMPARED_PX / max(picture.shape[:2])
    size = [max(1, round(edge * scale)) for edge in picture.shape[1::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.cvtColor(cv2.resize(picture, size, interpolation=how), cv2.COLOR_RGB2GRAY))


def _points(grey: Grey) -> Points:
    """Where they are and how each looks (ORB, Rublee 2011)."""
    if min(grey.shape) < _LEAST_SIDE:
        return np.zeros((0, 2), np.float32), None
    found, looks = cv2.ORB.create(nfeatures=_POINTS, fastThreshold=_FAST).detectAndCompute(grey, None)
    return np.array([point.pt for point in found], np.float32).reshape(-1, 2), looks


def _move(one: Points, other: Points) -> Move | None:
    """What lays the first over the other, if enough points agree on it."""
    if one[1] is None or other[1] is None or min(len(one[0]), len(other[0])) < _LEAST_POINTS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(one[1], other[1], k=2)
    sure = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
    if len(sure) < _LEAST_POINTS:
        return None
    move, agreeing = cv2.estimateAffinePartial2D(
        one[0][[match.queryIdx for match in sure]],
        other[0][[match.trainIdx for match in sure]],
        method=cv2.RANSAC,
        ransacReprojThreshold=_WITHIN_PX,
        maxIters=1000,
    )
    if move is None or int(agreeing.sum()) < _LEAST_POINTS:
        return None
    scale = float(np.hypot(move[0, 0], move[1, 0]))
    return np.asarray(move) if _SCALES[0] < scale < _SCALES[1] else None


def _alike(one: Grey, other: Grey, move: Move) -> float:
    """Laid over: the share of parts, of those with anything in them, that correlate."""
    height, width = other.shape
    laid = cv2.warpAffine(one, move, (width, height), flags=cv2.INTER_AREA)
    covered = cv2.warpAffine(np.full_like(one, 255), move, (width, height), flags=cv2.INTER_NEAREST)
    both = cv2.erode(covered, np.ones((5, 5), np.uint8), borderValue=0) > 0
    if not both.any():
        return 0.0
    rows, columns = (np.flatnonzero(both.any(axis=axis)) for axis in (1, 0))
    shared = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    first, second = (_smooth(np.asarray(grey, np.uint8))[shared] for grey in (laid, other))
    parts = [
        _correlation(a[m], b[m])
        for a, b, m in zip(_parts(first), _parts(second), _parts(both[shared]), strict=True)
        if m.sum() >= 40
    ]
    told = [part for part in parts if part is not None]
    return sum(part > _ALIKE for part in told) / len(told) if len(told) >= _LEAST_PARTS else 0.0


def _smooth(grey: Grey) -> NDArray[np.float32]:
    # what saving and resizing change: the finest grain
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5), np.float32)


def _parts(field: NDArray[np.generic]) -> list[NDArray[np.generic]]:
    return [
        part for row in np.array_split(field, _GRID, axis=0) for part in np.array_split(row, _GRID, axis=1)
    ]


def _correlation(one: NDArray[np.generic], other: NDArray[np.generic]) -> float | None:
    """`None` where both are plain. Blind to brightness and contrast."""
    a, b = np.asarray(one, np.float32), np.asarray(other, np.float32)
    if max(a.std(), b.std()) < _PLAIN:
        return None
    spread = max(float(a.std()), 0.5) * max(float(b.std()), 0.5)
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread
