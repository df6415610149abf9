"""A decoded, upright, safe picture, and what is known of the original it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspection.photo.provenance import Provenance

Picture = NDArray[np.uint8]
"""(height, width, 3) uint8, sRGB, upright."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """One photo as everything after the gate sees it.

    `sha256` names the untouched original. `width` and `height` are the original's, upright, in
    pixels. `whole` is the whole view, its longer side at most `decode.WHOLE_SIDE`. `crops` are
    squares of `decode.CROP_SIDE` at native resolution, never resampled, for the capture claim:
    the sharpest and brightest parts first; empty where the original is smaller than a crop.
    """

    sha256: str
    width: int
    height: int
    whole: Picture
    crops: tuple[Picture, ...]
    provenance: Provenance
