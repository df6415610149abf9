"""Copies that a hash misses: crops, and photos of one scene. Local features propose, pixels decide.

Two photos share a printed label or a shoe's pattern without being copies, so agreeing features are not
enough: one picture is laid over the other, and what overlaps must look alike, background and all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.copies import read_grey

LIKE = {"copy": 0.8, "scene": 0.6}
"""Least correlation of the overlap. Looked at in pairs: from 0.8 on one photo or the same burst; from 0.6 on
the same person in the same place, with another item perhaps; products on one shelf reach 0.76."""
FEATURES, LONGEST = 150, 400
VOTES, INLIERS, COVERED = 3, 8, 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Local:
    """A photo's local features: `at` (n, 2) in px, `what` (n, 128) of unit length (root SIFT)."""

    grey: NDArray[np.uint8]
    at: NDArray[np.float32]
    what: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two photos laid over each other: points that agree, correlation of the overlap, the part it covers."""

    one: Path
    other: Path
    inliers: int
    like: float
    covered: float


def overlaps(paths: Sequence[Path], like: float = LIKE["copy"]) -> list[Overlap]:
    """Pairs that show the same picture where they overlap, at least half of the one or the other."""
    photos = [(path, local) for path in paths if (local := _local(path)) is not None]
    found = []
    for i, j in _proposed([local.what for _, local in photos]):
        measured = _laid_over(photos[i][1], photos[j][1])
        if measured and measured[1] >= like and measured[2] >= COVERED:
            inliers, alike, covered = measured
            one, other = photos[i][0], photos[j][0]
            found.append(Overlap(one=one, other=other, inliers=inliers, like=alike, covered=covered))
    return found


def _local(path: Path) -> Local | None:
    grey = read_grey(path, LONGEST) if path.is_file() else None
    if grey is None:
        return None
    points, what = cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(grey, None)
    if what is None or len(points) < INLIERS:
        return None
    what = np.sqrt(what[:FEATURES] / (what[:FEATURES].sum(1, keepdims=True) + 1e-6))
    at = np.array([point.pt for point in points[:FEATURES]], np.float32)
    return Local(grey=grey, at=at, what=what.astype(np.float32))


def _proposed(features: Sequence[NDArray[np.float32]]) -> list[tuple[int, int]]:
    """Pairs of photos where features of one have their nearest neighbour, of all photos, in the other."""
    if len(features) < 2:
        return []
    pool = np.concatenate(features)  # (N, 128)
    owner = np.repeat(np.arange(len(features)), [len(one) for one in features])
    votes: dict[tuple[int, int], int] = {}
    for i, mine in enumerate(features):
        near = mine @ pool.T  # (n, N) cosines
        near[:, owner == i] = -1
        best = near.argmax(1)
        for j in owner[best[near[np.arange(len(mine)), best] > 0.8]]:
            pair = (min(i, int(j)), max(i, int(j)))
            votes[pair] = votes.get(pair, 0) + 1
    return sorted(pair for pair, count in votes.items() if count >= VOTES)


def _laid_over(one: Local, other: Local) -> tuple[int, float, float] | None:
    """Inliers, correlation and cover; `None` if no shift, turn and scale brings enough points together."""
    near = one.what @ other.what.T
    there, back = near.argmax(1), near.argmax(0)
    two = np.partition(near, -2, axis=1)[:, -2:]
    far = np.sqrt(np.maximum(0, 2 - 2 * two))  # (n, 2): second nearest, nearest
    sure = (back[there] == np.arange(len(there))) & (far[:, 1] < 0.8 * far[:, 0])
    if sure.sum() < INLIERS:
        return None
    cv2.setRNGSeed(0)  # or the same pair might pass one day and fail the next
    moved, agree = cv2.estimateAffinePartial2D(one.at[sure], other.at[there[sure]], ransacReprojThreshold=3)
    if moved is None or agree.sum() < INLIERS:
        return None
    scale = float(np.hypot(moved[0, 0], moved[1, 0]))
    alike, covered = _alike(one.grey, other.grey, moved, scale) if 0.2 < scale < 5 else (0.0, 0.0)
    return int(agree.sum()), alike, covered


def _alike(
    one: NDArray[np.uint8], other: NDArray[np.uint8], moved: NDArray[np.float64], scale: float
) -> tuple[float, float]:
    """Correlation of the overlap, and the larger part of either picture that it covers."""
    size = other.shape[::-1]
    both = cv2.warpAffine(np.full_like(one, 255), moved, size) > 250
    if both.sum() < 400:  # px: too little to say anything
        return 0.0, 0.0
    laid = cv2.warpAffine(one, moved, size, flags=cv2.INTER_LINEAR)
    a, b = (cv2.GaussianBlur(grey, (0, 0), 1.5)[both].astype(np.float64) for grey in (laid, other))
    if a.std() < 1 or b.std() < 1:
        return 0.0, 0.0
    covered = max(float(both.mean()), float(both.sum() / (one.size * scale**2)))
    return float(np.corrcoef(a, b)[0, 1]), covered
