"""Points that a print, a label or a seam makes findable again: do enough of them move as one?

SIFT (Lowe 2004) with RootSIFT descriptors (Arandjelović & Zisserman 2012), matched from the reference to
the photo by the ratio test, and counted where one turn, scale and shift explains them (RANSAC).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture

OF_QUERY, OF_REFERENCE = (400, 800), (320, 400)
"""Longer side in pixels, and the most points kept: in a photo the item is smaller than in a reference."""
CONTRAST = 0.02
"""Half of OpenCV's default: cloth and plain packages have few strong points."""
RATIO = 0.85
WITHIN_PX = 8.0
TRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Where they are, in pixels of the shrunken picture, and how each looks."""

    places: NDArray[np.float32]  # (k, 2) x, y
    looks: NDArray[np.uint8]  # (k, 128)


NONE = Points(places=np.zeros((0, 2), np.float32), looks=np.zeros((0, 128), np.uint8))


def points_of(picture: Picture, kind: tuple[int, int]) -> Points:
    """At most so many, of the picture with that longer side; 40 to 80 ms."""
    side, most = kind
    scale = side / max(picture.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = [max(1, round(edge * scale)) for edge in picture.shape[1::-1]]
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=how), cv2.COLOR_RGB2GRAY)
    found, looks = cv2.SIFT.create(nfeatures=most, contrastThreshold=CONTRAST).detectAndCompute(grey, None)
    if looks is None:
        return NONE
    shares = looks / np.maximum(looks.sum(1, keepdims=True), 1e-6)
    return Points(
        places=np.array([point.pt for point in found], np.float32),
        looks=np.round(np.clip(np.sqrt(shares) * 512, 0, 255)).astype(np.uint8),
    )


def agreeing(query: Points, reference: Points) -> int:
    """How many of the reference's points are found in the photo, all moved by one similarity; 5 ms."""
    if min(len(query.looks), len(reference.looks)) < 4:
        return 0
    nearest, sure = _matches(reference.looks.astype(np.float32), query.looks.astype(np.float32))
    if sure.sum() < 4:
        return 0
    _, inliers = cv2.estimateAffinePartial2D(
        reference.places[sure],
        query.places[nearest[sure]],
        method=cv2.RANSAC,
        ransacReprojThreshold=WITHIN_PX,
        maxIters=TRIES,
    )
    return 0 if inliers is None else int(inliers.sum())


def _matches(
    looks: NDArray[np.float32], others: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Each one's nearest other, and whether it is clearly nearer than the second."""
    squared = np.einsum("kf,kf->k", others, others) - 2 * (looks @ others.T)
    own = np.einsum("kf,kf->k", looks, looks)
    best, second = np.maximum(np.partition(squared, 1, axis=1)[:, :2].T + own, 0)
    return squared.argmin(1), best < RATIO**2 * second
