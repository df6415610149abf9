"""Turning a picture the right way up, once."""

import cv2
import numpy as np

from inspection.photo.opened import Raster

_QUARTER_TURN = {
    3: cv2.ROTATE_180,
    5: cv2.ROTATE_90_CLOCKWISE,
    6: cv2.ROTATE_90_CLOCKWISE,
    7: cv2.ROTATE_90_COUNTERCLOCKWISE,
    8: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_MIRRORED_AFTER = {2, 5, 7}


def upright(picture: Raster, orientation: int) -> Raster:
    """The picture as its photographer saw it; `orientation` is EXIF's, anything unknown means 1."""
    if orientation in _QUARTER_TURN:
        picture = np.asarray(cv2.rotate(picture, _QUARTER_TURN[orientation]))
    if orientation in _MIRRORED_AFTER:
        return np.asarray(cv2.flip(picture, 1))
    if orientation == 4:
        return np.asarray(cv2.flip(picture, 0))
    return picture


def turned(orientation: int) -> bool:
    """Whether width and height change places."""
    return 5 <= orientation <= 8
