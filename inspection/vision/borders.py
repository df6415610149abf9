"""What surrounds an item is no part of it: a catalogue picture's plain border, the room behind a held one."""

import cv2
import numpy as np

from inspection.photo.photo import Picture

TOLERANCE = 12
"""Grey levels within which a border is one colour: JPEG noise, no texture."""
PLAIN = 0.8
"""The share of the outermost pixels that must be of that colour."""
LEAST_SIDE = 16
"""Pixels: nothing so small is an item."""

MIDDLE = 0.7
"""The share of a photo's sides within which a held item lies, usually."""


def without_plain_border(picture: Picture) -> Picture:
    """The part inside a border of one colour; the picture itself where there is no such border."""
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]).astype(np.int16)
    colour = np.median(edge, axis=0)
    if (np.abs(edge - colour).max(axis=1) <= TOLERANCE).mean() < PLAIN:
        return picture
    low, high = ([float(level) + by for level in colour] for by in (-TOLERANCE, TOLERANCE))
    marked = cv2.inRange(picture, np.array(low), np.array(high)) == 0
    rows = np.flatnonzero(marked.mean(axis=1) > 0.01)
    columns = np.flatnonzero(marked.mean(axis=0) > 0.01)
    if min(len(rows), len(columns)) < LEAST_SIDE:
        return picture
    inside = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(inside)


def middle(picture: Picture) -> Picture:
    """The part where an item that somebody holds or frames lies."""
    top, left = (round(edge * (1 - MIDDLE) / 2) for edge in picture.shape[:2])
    inside = picture[top : picture.shape[0] - top, left : picture.shape[1] - left]
    return np.ascontiguousarray(inside)
