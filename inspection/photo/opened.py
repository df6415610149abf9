"""A photo whose header is read and whose pixels are not decoded yet."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Raster = NDArray[np.uint8]
"""(height, width, channels) uint8 as stored: 1 channel is grey, 3 RGB, 4 CMYK (255 is full ink)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the header promises, and how to get the rest.

    `width` and `height` are as stored, before `orientation` (EXIF's 1 to 8; 1 where the decoder
    turns the picture itself). `memory` is the most that `decode` holds at once, in bytes. The
    picture's own bytes end before `end`; 0 where that is not known.
    """

    format: str
    width: int
    height: int
    memory: int
    decode: Callable[[], Raster]
    end: int = 0
    frames: int = 1
    orientation: int = 1
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
