"""How bad a painted defect is, by a rule that can be read: weight of the kind x size x visibility.

- *Size*: the side of a square as large as the defect over that of one as large as the item; for long, thin
  ones (a scratch, a crack) half the length over the item's side, if that is more.
- *Visibility*: the root of its mean change of colour, full from 60 of 255 on.
- *Weight*: what it means for the next owner. A hole is worse than a stain of its size, pilling is milder.

So it never falls as a defect grows or stands out more. The bounds were set on what is painted, by looking.
"""

import numpy as np
from numpy.typing import NDArray

from inspection.verdict.findings import Kind, Severity
from training.synthesize.noise import Field, Picture

WEIGHT: dict[Kind, float] = {
    Kind.STAIN: 1.0,
    Kind.TEAR: 1.6,
    Kind.HOLE: 1.8,
    Kind.SCRATCH: 1.0,
    Kind.CRACK: 1.3,
    Kind.DENT: 1.1,
    Kind.FRAY: 1.0,
    Kind.MISSING_PART: 1.2,
    Kind.PILLING: 0.8,
    Kind.BROKEN_PIECE: 1.1,
    Kind.WORN_EDGE: 1.1,
    Kind.DAMAGED_PACKAGING: 0.8,
}
_MARKED, _SEVERE = 0.11, 0.21
_FULL = 60.0  # of 255


def severity(kind: Kind, *, size: float, contrast: float) -> Severity:
    """`size` as `size_of` gives it, `contrast` as `contrast_of` does."""
    score = WEIGHT[kind] * size * float(np.sqrt(min(contrast, _FULL) / _FULL))
    if score < _MARKED:
        return Severity.LIGHT
    return Severity.MARKED if score < _SEVERE else Severity.SEVERE


def size_of(mask: NDArray[np.bool_], likely: Field) -> float:
    """Side of the defect over the item's, 0 for none; the item counts as a tenth of the picture at least."""
    if not mask.any():
        return 0.0
    item = float(np.sqrt(max(float((likely > 0.5).sum()), 0.1 * mask.size)))
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    length = float(np.hypot(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1))
    return max(float(np.sqrt(mask.sum())), 0.5 * length) / item


def contrast_of(before: Picture, after: Picture, mask: NDArray[np.bool_]) -> float:
    """Mean change within the mask, 0 to 255; 0 for an empty mask."""
    if not mask.any():
        return 0.0
    return float(np.abs(after[mask].astype(np.int16) - before[mask]).mean())
