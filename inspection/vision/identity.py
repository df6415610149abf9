"""Is it that item at all: a photo's likeness to the references, as a whole, part by part, point by point."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inspection.vision.features import Features, Half, inner
from inspection.vision.points import agreeing

if TYPE_CHECKING:  # the bank's other half is what damage is looked for with
    from inspection.vision.references import ReferenceBank

Floats = NDArray[np.float32]

MOST_MATCHED = 8
"""References that are matched part by part; by the embedding all are."""
PARTS_WEIGH = 10.0
POINTS_WEIGH = 1.0
"""Beside the embedding's 1. Fitted on packages in five folds of products: training/EXPERIMENTS.md."""


def match_score(query: Features, bank: "ReferenceBank") -> float:
    """Likeness of the whole (cosine), of parts that choose one another, of points that move as one."""
    parts = parts_of(inner(query.patches))
    whole = float((bank.embeddings @ query.embedding.astype(np.float32)).max())
    alike = [
        PARTS_WEIGH * _mutual(parts, own) + POINTS_WEIGH * math.log1p(agreeing(query.points, points))
        for own, points in zip(bank.owns, bank.points, strict=True)
    ]
    return whole + max(alike)


def _mutual(parts: Floats, others: Floats) -> float:
    """The likeness of the parts whose nearest other has them as its own nearest, as a share of all parts."""
    likeness = parts @ others.T
    forth, back = likeness.argmax(axis=1), likeness.argmax(axis=0)
    each_other = back[forth] == np.arange(len(parts))
    return float(likeness.max(axis=1)[each_other].sum() / min(likeness.shape))


def parts_of(patches: Half) -> Floats:
    """(n, f) of unit length: two by two patches each, which a small turn or shift leaves alike."""
    rows, columns, f = patches.shape
    even = patches[: max(rows - rows % 2, 1), : max(columns - columns % 2, 1)].astype(np.float32)
    if min(rows, columns) > 1:
        even = even.reshape(rows // 2, 2, columns // 2, 2, f).mean(axis=(1, 3))
    flat = even.reshape(-1, f)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)
