"""Masks: checked against their photo, and drawn from a list of outlines where a set has no files."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from inspection.errors import ManifestUnusable


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels, of the header alone. Raises `ManifestUnusable`."""
    try:
        with Image.open(path) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ManifestUnusable(f"{path} is not a picture.") from error


def same_size(photo: Path, mask: Path) -> None:
    """Raises `ManifestUnusable` where a mask does not fit its photo."""
    if (of_photo := size_of(photo)) != (of_mask := size_of(mask)):
        raise ManifestUnusable(
            f"{mask} has {of_mask[0]} × {of_mask[1]} px, its photo {of_photo[0]} × {of_photo[1]}."
        )


def polygons(outlines: Sequence[Sequence[float]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w) of 0 and 255 from lists `x, y, x, y, …` in pixels."""
    width, height = size
    drawn = np.zeros((height, width), np.uint8)
    corners = [np.round(np.array(outline, float).reshape(-1, 2)).astype(np.int32) for outline in outlines]
    cv2.fillPoly(drawn, corners, 255)
    return drawn


def runs(counts: Sequence[int] | str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w) of 0 and 255 from COCO's run lengths, column by column. Raises `ValueError`."""
    width, height = size
    lengths = _unpacked(counts) if isinstance(counts, str) else list(counts)
    if sum(lengths) != width * height or min(lengths, default=0) < 0:
        raise ValueError("the run lengths do not cover the picture")
    flat = np.repeat(np.arange(len(lengths)) % 2 * 255, lengths)
    return flat.astype(np.uint8).reshape((width, height)).T


def _unpacked(text: str) -> list[int]:
    """COCO's compressed run lengths: 5 bits a character, from the third on as a step from two before."""
    found: list[int] = []
    at = 0
    while at < len(text):
        value, shift, more = 0, 0, True
        while more:
            if at >= len(text):
                raise ValueError("the run lengths are cut off")
            bits = ord(text[at]) - 48
            value |= (bits & 31) << shift
            more, at, shift = bool(bits & 32), at + 1, shift + 5
            if not more and bits & 16:
                value -= 1 << shift
        found.append(value + (found[-2] if len(found) > 2 else 0))
    return found
