"""How a photo looks in numbers, measured at one working size so that they compare between cameras."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture
from inspection.photo.shrink import shrunk

WORKING_SIDE = 320
"""Pixels of the longer side; larger photos are reduced to it, smaller ones measured as they are."""
_TILE = 32  # pixels: fine enough to tell an item from what it lies on
_CLIPPED = 250  # of 255, in the darkest channel: white and nothing else
_FULL = 254  # of 255, in the brightest channel: more light than could be stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """`dark_end` and `light_end` are the 5th and 95th percentile of grey, 0 to 255; `clipped` is the
    share of the picture that is white and nothing else. White that reaches the border is a backdrop
    or a window; `burnt` is how much of the rest has a channel that could hold no more, and is what
    tells too much light from an item on white.

    Edges are weighed in tiles, as mean squared gradients. `detailed` is the share of tiles where
    there is anything to see; `strongest` is the best tile's weight, `outlines` the mean of the best
    quarter's after a blur of 1.5 px. `crispness` is what that quarter loses by the blur: 2 to 8 in a
    sharp photo, towards 1 in one that is blurred already; `direction` is the same across or down,
    whichever is less, since a moving hand blurs one way. `glare` is the share of the picture in its
    largest white spot away from the border.
    """

    dark_end: float
    light_end: float
    clipped: float
    burnt: float
    strongest: float
    outlines: float
    crispness: float
    direction: float
    detailed: float
    glare: float


def looks_of(picture: Picture) -> Looks:
    """About 2 ms on one thread."""
    view = shrunk(picture, WORKING_SIDE)
    grey = np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    white = np.asarray(cv2.inRange(view, (_CLIPPED,) * 3, (255,) * 3), dtype=np.uint8)
    glare, backdrop = _spots(white)
    dark_end, light_end = np.percentile(grey, [5, 95])
    across, down = _edge_energy(grey.astype(np.float32))
    softer = np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.5), dtype=np.float32)
    across_blurred, down_blurred = _edge_energy(softer)
    blurred = across_blurred + down_blurred
    best = np.argsort(blurred)[-max(1, blurred.size // 4) :]
    ratios = [
        float(np.percentile((fine / (coarse + 0.5))[best], 75))  # 0.5: noise alone is no edge
        for fine, coarse in (
            (across + down, blurred),
            (across, across_blurred),
            (down, down_blurred),
        )
    ]
    return Looks(
        dark_end=float(dark_end),
        light_end=float(light_end),
        clipped=float(np.count_nonzero(white)) / white.size,
        burnt=_burnt(view, backdrop),
        strongest=float((across + down).max()),
        outlines=float(blurred[best].mean()),
        crispness=ratios[0],
        direction=min(ratios[1:]),
        detailed=float(np.mean(across + down > 16)),  # 4 grey levels a pixel
        glare=glare / white.size,
    )


def _edge_energy(grey: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean squared gradient across and down, a value a tile."""
    columns, rows = max(1, grey.shape[1] // _TILE), max(1, grey.shape[0] // _TILE)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    tiles = [cv2.resize(g * g, (columns, rows), interpolation=cv2.INTER_AREA) for g in (across, down)]
    return np.asarray(tiles[0], np.float32).ravel(), np.asarray(tiles[1], np.float32).ravel()


def _spots(white: NDArray[np.uint8]) -> tuple[int, NDArray[np.uint8]]:
    """Pixels of the largest white spot away from the border, and a mask of the white that reaches it.

    White that reaches the border is a background or a window, not a reflection on the item.
    """
    height, width = white.shape
    _, labels, spots, _ = cv2.connectedComponentsWithStats(white)
    left, top, wide, high, area = np.asarray(spots)[1:].T
    inside = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    outside = np.concatenate([[False], ~inside])  # label 0 is what isn't white
    return int(area[inside].max(initial=0)), outside[labels].astype(np.uint8)


def _burnt(view: Picture, backdrop: NDArray[np.uint8]) -> float:
    """All of a picture that is nothing but backdrop."""
    near = cv2.dilate(backdrop, np.ones((5, 5), np.uint8))  # its edge is half backdrop
    rest = view.max(axis=2)[near == 0]
    return float(np.mean(rest >= _FULL)) if rest.size else 1.0
