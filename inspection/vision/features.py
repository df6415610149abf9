"""What comparison looks at: the local features of a photo, and those of a reference and its copies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture
from inspection.vision import augment
from inspection.vision.borders import middle, without_plain_border
from inspection.vision.points import NONE, OF_REFERENCE, Points, points_of
from inspection.vision.preprocess import Placement, letterbox
from inspection.vision.runtime import Outputs, Runtime, blank

Half = NDArray[np.float16]

OF_COPIES = 400
"""Patches kept of each copy, drawn at random: enough for the look of another turn and light."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """One photo's local features, without the letterbox's padding."""

    patches: Half  # (rows, columns, f)
    embedding: Half  # (d,) unit length
    points: Points = NONE  # only identity looks for them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceFeatures:
    """A photo of the undamaged item, as it is and as it would look turned and in other light.

    `item` is what tells it from other items: the same photo without its border or its margin.
    """

    sha256: str
    own: Features
    item: Features
    copies: Half  # (COPIES × OF_COPIES or fewer, f)


def features_of(outputs: Outputs, index: int, placement: Placement, points: Points = NONE) -> Features:
    """Of the view at `index`; only the cells that its photo touches."""
    rows, columns = placement.cells(*outputs.patches.shape[1:3])
    return Features(
        patches=outputs.patches[index, rows, columns].astype(np.float16),
        embedding=outputs.embedding[index].astype(np.float16),
        points=points,
    )


def read_reference(
    runtime: Runtime, picture: Picture, sha256: str, *, view: int, crop: int
) -> ReferenceFeatures:
    """`1 + COPIES` runs of the model, one more where a border is cut off.

    `view` and `crop` are the graph's sides in pixels.
    """
    square, placement = letterbox(picture, view)
    own = _run(runtime, square, placement, crop)
    shown = square[
        placement.top : placement.top + placement.height, placement.left : placement.left + placement.width
    ]
    rng = np.random.default_rng(int(sha256[:16], 16))
    kept = [
        _some(_run(runtime, _put_back(square, copy, placement), placement, crop), rng)
        for copy in augment.copies(shown, sha256)
    ]
    item = _item(runtime, picture, own, view=view, crop=crop)
    return ReferenceFeatures(sha256=sha256, own=own, item=item, copies=np.concatenate(kept))


def _item(runtime: Runtime, picture: Picture, own: Features, *, view: int, crop: int) -> Features:
    inside = without_plain_border(picture)
    if inside is picture:
        seen, inside = replace(own, patches=inner(own.patches)), middle(picture)
    else:
        seen = _run(runtime, *letterbox(inside, view), crop)
    return replace(seen, points=points_of(inside, OF_REFERENCE))


def inner(patches: Half) -> Half:
    """Without an eighth at each side: what surrounds the item is no part of it."""
    rows, columns = patches.shape[0] // 8, patches.shape[1] // 8
    return patches[rows : -rows or None, columns : -columns or None]


def _run(runtime: Runtime, square: Picture, placement: Placement, crop: int) -> Features:
    return features_of(runtime.run(square[None], blank(crop)), 0, placement)


def _put_back(square: Picture, shown: Picture, placement: Placement) -> Picture:
    copy = square.copy()
    copy[
        placement.top : placement.top + placement.height, placement.left : placement.left + placement.width
    ] = shown
    return copy


def _some(features: Features, rng: np.random.Generator) -> Half:
    flat = flat_patches(features)
    return flat[rng.permutation(len(flat))[:OF_COPIES]]


def flat_patches(features: Features) -> Half:
    """(rows × columns, f)."""
    return features.patches.reshape(-1, features.patches.shape[-1])


def by_content(references: Sequence[ReferenceFeatures]) -> tuple[ReferenceFeatures, ...]:
    """In one order whatever order they were given in, each photo once."""
    return tuple({r.sha256: r for r in sorted(references, key=lambda r: r.sha256)}.values())
