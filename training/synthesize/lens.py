"""What was painted, as the photo's own lens and sensor would have drawn it: no sharper, no cleaner.

Without this the paint gives itself away, and a model learns to see paint. Damage and lookalikes
both pass here.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from training.synthesize.noise import Field, Light, Picture, blurred, ramp

_CROP = 256  # px: both are measured in the photo's middle
_NOISE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """How soft and how grainy a photo is."""

    softness: float
    """Of its sharpest edges: the deviation of the blur, in pixels; 0.35 to 2.5."""
    grain: float
    """Deviation of its noise, in [0, 1]; at most 0.03."""


def lens_of(picture: Picture) -> Lens:
    """Measured on the photo; a flat one is taken for sharp and clean."""
    h, w = picture.shape[:2]
    top, left = max(0, (h - _CROP) // 2), max(0, (w - _CROP) // 2)
    grey = cv2.cvtColor(picture[top : top + _CROP, left : left + _CROP], cv2.COLOR_RGB2GRAY)
    grey = grey.astype(np.float32) / 255
    steep = np.hypot(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    )
    span = cv2.dilate(grey, np.ones((9, 9))) - cv2.erode(grey, np.ones((9, 9)))
    edges = (steep >= np.quantile(steep, 0.995)) & (span > 0.15)
    width = float(np.median(span[edges] / (2.5 * steep[edges]))) if edges.any() else 0.9
    softness = np.sqrt(max(width**2 - 0.6, 0.12))  # the gradient's own window is about 0.8 px wide
    noise = float(np.median(np.abs(cv2.filter2D(grey, cv2.CV_32F, _NOISE)))) / 0.6745 / 6
    return Lens(softness=float(min(softness, 2.5)), grain=min(noise, 0.03))


def seen_through(rng: np.random.Generator, before: Light, made: Light, lens: Lens) -> Light:
    """The painted change with the photo's softness and grain; it fades out at the window's border."""
    h, w = before.shape[:2]
    change = blurred(made - before, lens.softness * rng.uniform(0.8, 1.15)) * border_fade((h, w))[..., None]
    replaced = ramp(np.abs(change).max(-1), 0.06, 0.25)
    noise = blurred(rng.standard_normal((h, w, 1)).astype(np.float32)[..., 0], 0.6)
    return before + change + (noise * replaced * np.float32(2 * lens.grain))[..., None]  # type: ignore[no-any-return]


def border_fade(shape: tuple[int, int]) -> Field:
    """1 within, 0 on the border of a window, over a thirtieth of its side: a square's edge would show."""
    h, w = shape
    down = np.minimum(np.arange(h), np.arange(h)[::-1]).astype(np.float32) / max(h / 30, 1)
    across = np.minimum(np.arange(w), np.arange(w)[::-1]).astype(np.float32) / max(w / 30, 1)
    return np.minimum(np.clip(down, 0, 1)[:, None], np.clip(across, 0, 1)[None, :])  # type: ignore[no-any-return]
