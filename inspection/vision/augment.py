"""Copies of a reference photo as another hand and another lamp would have taken it."""

from collections.abc import Iterator

import cv2
import numpy as np

from inspection.photo.photo import Picture

COPIES = 5
VERSION = 1
"""Part of the cache's key: raise it when the copies change."""


def copies(picture: Picture, sha256: str) -> Iterator[Picture]:
    """`COPIES` pictures of the same size; the same ones for the same `sha256` on every machine.

    Turns are spread evenly over ±30°, so that each reference brings some of every turn.
    """
    rng = np.random.default_rng(int(sha256[:16], 16))
    turns = (np.arange(COPIES) + rng.uniform(0.1, 0.9, COPIES)) / COPIES * 60 - 30
    for turn in rng.permutation(turns):
        yield _relit(_warped(picture, float(turn), rng), rng)


def _warped(picture: Picture, turn: float, rng: np.random.Generator) -> Picture:
    """Turned by degrees, 0.85 to 1.15 times as large, moved by up to 4 %; edges are mirrored outwards."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, rng.uniform(0.85, 1.15))
    matrix[0, 2] += rng.uniform(-0.04, 0.04) * width
    matrix[1, 2] += rng.uniform(-0.04, 0.04) * height
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101))


def _relit(picture: Picture, rng: np.random.Generator) -> Picture:
    """Another exposure (±40 %), tone curve and white balance (±15 %)."""
    gain = rng.uniform(0.6, 1.4) * rng.uniform(0.85, 1.15, 3)
    tone = rng.uniform(0.75, 1.3)
    levels = np.linspace(0, 1, 256)[:, None] ** tone * gain
    table = (np.clip(levels, 0, 1) * 255).astype(np.uint8)  # (256, 3)
    return np.asarray(cv2.LUT(picture, table[:, None, :]))
