"""Is it that item at all: a photo's likeness to the references, as a whole and part by part."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inspection.vision.features import Features, Half

if TYPE_CHECKING:  # the bank's other half is what damage is looked for with
    from inspection.vision.references import ReferenceBank

Floats = NDArray[np.float32]

MOST_MATCHED = 8
"""References that are matched part by part; by the embedding all are."""
PARTS_WEIGH = 4.0
"""Matching parts told products apart far better than one vector did."""


def match_score(query: Features, bank: "ReferenceBank") -> float:
    """Likeness as a whole (cosine of embeddings), and of the parts that choose one another.

    The query's margin is left out: what surrounds the item is no part of it.
    """
    rows, columns = query.patches.shape[0] // 8, query.patches.shape[1] // 8
    inner = query.patches[rows : -rows or None, columns : -columns or None]
    parts = parts_of(inner)
    whole = float((bank.embeddings @ query.embedding.astype(np.float32)).max())
    return whole + PARTS_WEIGH * max(_mutual(parts, own) for own in bank.owns)


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
