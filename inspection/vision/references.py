"""Compare a photo with photos of the undamaged item: what is different, and is it that item at all?

Every patch of the photo looks for its like in a bank of the references' patches (PatchCore, Roth
2022). What its own border shows counts as normal, and how different is too different is learned
from the references themselves: each is compared with the others. Scores here are raw; the
bundle's calibration turns them into probabilities.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.vision.features import Features, ReferenceFeatures, by_content, flat_patches
from inspection.vision.identity import MOST_MATCHED, match_score, parts_of
from inspection.vision.neighbours import Clusters, nearest
from inspection.vision.points import Points

Floats = NDArray[np.float32]

MOST_PATCHES = 8_000
"""In a bank, about 5 MB: bounds its making's time and memory, whatever the number of references."""
MOST_LEFT_OUT = 4
"""References that are compared with the others to learn how far apart they lie."""
STRONGEST = 8
"""Cells that an image-level score is the mean of: one odd cell is noise, a defect is several."""
USUAL_LEVEL = 0.93
"""The strongest difference among undamaged photos of one item in one set-up, usually."""
WIDE = 1.4
"""Cells, before the strongest are sought: 40 px of 320, wider than noise, narrower than most defects."""
NARROW = 0.8
"""Cells, where it is shown: a map as wide as the above puts its edges outside of the defect."""
ALIKE_TO = 0.53
"""The median difference among photos of one set-up, at most: references from many places excuse nothing."""
SETUP_TO = 0.5
"""From this `setup` on the photo was taken elsewhere, and its differences say nothing of damage."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceBank:
    """All references of one item, ready to be compared with. `level` and `spread` are distances."""

    patches: Clusters
    owns: tuple[Floats, ...]  # one (parts, f) a reference, for matching
    points: tuple[Points, ...]  # one a reference, in the same order
    embeddings: Floats  # (references, d)
    level: float  # strongest difference among references themselves
    spread: float  # median difference among references themselves


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceScores:
    """Raw scores of one photo against a bank.

    `damage` is the log of how many times its strongest difference exceeds that among the
    references; `match` rises with the likeness of the item; `setup` is the same ratio as
    `damage`, of the median difference: far above 0 the photo was taken elsewhere, and
    `damage` means nothing. `differences` shows where, cell by cell on the scale of `damage`:
    less smoothed, and a cell that only a single odd patch of the references resembles counts for more.
    """

    damage: float
    match: float
    setup: float
    differences: Floats  # (rows, columns)


def build_bank(references: Sequence[ReferenceFeatures]) -> ReferenceBank:
    """From 1 to 20 references, in any order."""
    ordered = by_content(references)
    level, spread = _among_themselves(ordered)
    # few references say little of their own level, and a lone one nothing: its copies are no other specimen
    trust = (len(ordered) - 1) / (len(ordered) + 2)
    level = USUAL_LEVEL ** (1 - trust) * level**trust
    return ReferenceBank(
        patches=Clusters.of(_sample(ordered)),
        owns=tuple(parts_of(reference.item.patches) for reference in ordered[:MOST_MATCHED]),
        points=tuple(reference.item.points for reference in ordered[:MOST_MATCHED]),
        embeddings=np.stack([reference.item.embedding for reference in ordered]).astype(np.float32),
        level=level,
        spread=spread,
    )


def reference_scores(query: Features, bank: ReferenceBank) -> ReferenceScores:
    """Pure: the same query and bank give the same scores."""
    shape = query.patches.shape[:2]
    patches = flat_patches(query).astype(np.float32)
    foreign = bank.patches.distances(patches)
    border = _border(shape)
    from_border = np.zeros(len(patches), np.float32)  # as the border itself: each would find itself
    from_border[~border] = nearest(patches[~border], patches[border])
    smooth = _smooth(np.minimum(foreign.nearest, from_border).reshape(shape), WIDE)
    place = _smooth(np.minimum((foreign.nearest + foreign.middle) / 2, from_border).reshape(shape), NARROW)
    typical = max(float(np.median(foreign.nearest)), _LEAST)
    return ReferenceScores(
        damage=float(np.log(_strongest(smooth) / bank.level)),
        match=match_score(query, bank),
        setup=float(np.log(typical / min(bank.spread, ALIKE_TO))),
        differences=np.log(np.maximum(place, _LEAST) / bank.level),
    )


_LEAST = 0.05
"""A distance under which two patches are the same, and rounding is all there is between them."""


def _among_themselves(references: tuple[ReferenceFeatures, ...]) -> tuple[float, float]:
    """How far apart undamaged photos of this item lie: (strongest, median) distances.

    A lone reference is compared with its own copies.
    """
    strongest, medians = [], []
    for one in references[:MOST_LEFT_OUT]:
        others = [other for other in references if other is not one]
        bank = Clusters.of(_sample(tuple(others)) if others else one.copies.astype(np.float32))
        distances = bank.distances(flat_patches(one.own).astype(np.float32)).nearest
        medians.append(float(np.median(distances)))
        strongest.append(_strongest(_smooth(distances.reshape(one.own.patches.shape[:2]), WIDE)))
    return max(float(np.mean(strongest)), _LEAST), max(float(np.mean(medians)), _LEAST)


def _sample(references: tuple[ReferenceFeatures, ...]) -> Floats:
    """At most `MOST_PATCHES`, an equal share of each reference; the same ones every time."""
    share = MOST_PATCHES // len(references)
    kept = []
    for reference in references:
        both = np.concatenate([flat_patches(reference.own), reference.copies])
        rng = np.random.default_rng(int(reference.sha256[:16], 16))
        kept.append(both[rng.permutation(len(both))[:share]] if len(both) > share else both)
    return np.concatenate(kept).astype(np.float32)


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(rows × columns,) true for the outermost cells: background, in a photo of an item."""
    border = np.ones(shape, np.bool_)
    if min(shape) > 2:
        border[1:-1, 1:-1] = False
    return border.ravel()


def _smooth(distances: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(distances, (7, 7), sigma), np.float32)


def _strongest(distances: Floats) -> float:
    flat = distances.ravel()
    count = min(STRONGEST, len(flat))
    return max(float(np.partition(flat, -count)[-count:].mean()), _LEAST)
