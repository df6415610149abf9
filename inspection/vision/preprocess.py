"""How a picture becomes what the graph reads; serving and training share every line of it."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from inspection.photo.photo import Picture
from inspection.verdict.findings import Box

GREY = 127
"""Around a letterboxed photo: the graph's normalisation makes it 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a letterboxed photo lies in its square: whole pixels, from the top left."""

    side: int
    left: int
    top: int
    width: int
    height: int

    def photo_box(self, *, x: float, y: float, w: float, h: float) -> Box | None:
        """From fractions of the square to fractions of the photo; `None` where it shows only grey."""
        x0, x1 = (_clip((edge * self.side - self.left) / self.width) for edge in (x, x + w))
        y0, y1 = (_clip((edge * self.side - self.top) / self.height) for edge in (y, y + h))
        if x1 <= x0 or y1 <= y0:
            return None
        return Box(x=x0, y=y0, w=x1 - x0, h=y1 - y0)

    def cells(self, rows: int, columns: int) -> tuple[slice, slice]:
        """Which rows and columns of a map over the square the photo touches; never empty."""
        return (
            _touched(self.top / self.side, (self.top + self.height) / self.side, rows),
            _touched(self.left / self.side, (self.left + self.width) / self.side, columns),
        )


def letterbox(picture: Picture, side: int) -> tuple[Picture, Placement]:
    """Fit a picture of any size into (side, side, 3), its longer side filling it, grey around."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    # area averaging is the one way of shrinking that lets no pattern alias
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cast(Picture, cv2.resize(picture, (new_width, new_height), interpolation=way))
    left, top = (side - new_width) // 2, (side - new_height) // 2
    square = np.full((side, side, 3), GREY, np.uint8)
    square[top : top + new_height, left : left + new_width] = resized
    return square, Placement(side=side, left=left, top=top, width=new_width, height=new_height)


def _touched(start: float, stop: float, count: int) -> slice:
    first = min(int(start * count), count - 1)
    last = max(first + 1, int(np.ceil(stop * count - 1e-9)))
    return slice(first, min(last, count))


def _clip(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
