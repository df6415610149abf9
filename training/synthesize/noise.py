"""Random shapes that nature makes: clouds, blots, broken lines, threads. All else is built from these.

Points are (x, y) in pixels; fields are float32 (h, w).
"""

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

# OpenCV's stubs know no element types, so neither do these: the line below each says what it holds
Field: TypeAlias = NDArray[Any]
"""(h, w) float32."""
Picture: TypeAlias = NDArray[Any]
"""(h, w, 3) uint8, RGB."""
Light: TypeAlias = NDArray[Any]
"""(h, w, 3) float32 in [0, 1], RGB."""
Points: TypeAlias = NDArray[Any]
"""(n, 2) float32, (x, y) in pixels."""

_SUBPIXEL_BITS = 4


def to_light(picture: Picture) -> Light:
    """The picture as float32 in [0, 1]; still gamma encoded."""
    return picture.astype(np.float32) * np.float32(1 / 255)


def to_picture(light: Light) -> Picture:
    """Back to uint8; what lies outside [0, 1] is clipped."""
    return np.clip(light * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)  # type: ignore[no-any-return]


def chance(rng: np.random.Generator, probability: float) -> bool:
    """True that often."""
    return bool(rng.random() < probability)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """As likely between 1 and 2 as between 2 and 4: sizes are like that."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def clouds(rng: np.random.Generator, shape: tuple[int, int], scale: float, octaves: int = 3) -> Field:
    """Smooth noise of about unit deviation; `scale` is its coarsest wave in pixels."""
    h, w = shape
    total = np.zeros((h, w), np.float32)
    for octave in range(octaves):
        step = max(scale / 2**octave, 1.0)
        grid = rng.standard_normal((max(2, int(h / step) + 2), max(2, int(w / step) + 2))).astype(np.float32)
        total += cv2.resize(grid, (w, h), interpolation=cv2.INTER_LINEAR) * np.float32(0.6**octave)
    return total / np.float32(max(float(total.std()), 1e-6))


def ramp(field: Field, low: float, high: float) -> Field:
    """0 at `low` and below, 1 at `high` and above, smooth between. `low` may be the greater one."""
    t = np.clip((field - low) / (high - low), 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)


def blot(
    rng: np.random.Generator, shape: tuple[int, int], *, roughness: float, stretch: float = 1.0
) -> Field:
    """How far inside a blot each pixel lies: 1 in its middle, 0 on its outline, below 0 outside.

    It fills about two thirds of the window, so that rims and shadows have room. `roughness` from 0 (an
    ellipse) to 1 (torn); `stretch` is the longer axis over the shorter.
    """
    h, w = shape
    turn = rng.uniform(0, np.pi)
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    along = x * np.cos(turn) + y * np.sin(turn)
    across = (y * np.cos(turn) - x * np.sin(turn)) * stretch
    radius = np.sqrt(along**2 + across**2).astype(np.float32)
    wave = clouds(rng, shape, max(h, w) / rng.uniform(2, 4), octaves=4)
    return 1 - (radius / np.float32(0.66)) * (1 + np.float32(0.28 * roughness) * wave)  # type: ignore[no-any-return]


def broken_line(
    rng: np.random.Generator, start: Points, end: Points, *, jag: float, splits: int = 5
) -> Points:
    """A line from `start` to `end`, its middles pushed sideways; `jag` is relative to length."""
    points = np.array([start, end], np.float32)
    for _ in range(splits):
        middle = (points[:-1] + points[1:]) / 2
        step = points[1:] - points[:-1]
        sideways = np.stack([-step[:, 1], step[:, 0]], 1)
        middle += sideways * rng.normal(0, jag, (len(middle), 1)).astype(np.float32)
        woven = np.empty((len(points) + len(middle), 2), np.float32)
        woven[::2], woven[1::2] = points, middle
        points = woven
    return points


def arc(rng: np.random.Generator, start: Points, end: Points, *, bend: float, count: int = 16) -> Points:
    """A smooth curve from `start` to `end`, bowed by up to `bend` of its length."""
    start, end = np.asarray(start, np.float32), np.asarray(end, np.float32)
    step = end - start
    control = (start + end) / 2 + np.array([-step[1], step[0]]) * rng.normal(0, bend)
    t = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    return ((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end).astype(np.float32)


def draw(shape: tuple[int, int], lines: list[Points], width: float) -> Field:
    """Coverage, 0 to 1, of lines `width` pixels wide; thinner than one pixel means fainter."""
    canvas = np.zeros(shape, np.uint8)
    scaled = [np.round(line * 2**_SUBPIXEL_BITS).astype(np.int32) for line in lines]
    cv2.polylines(canvas, scaled, False, 255, max(1, round(width)), cv2.LINE_AA, _SUBPIXEL_BITS)
    return canvas.astype(np.float32) * np.float32(min(1.0, width) / 255)


def fill(shape: tuple[int, int], outline: Points) -> Field:
    """Coverage, 0 to 1, of a polygon."""
    canvas = np.zeros(shape, np.uint8)
    corners = np.round(outline * 2**_SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(canvas, [corners], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return canvas.astype(np.float32) / 255


def shifted(field: Field, offset: tuple[float, float]) -> Field:
    """The field moved by (x, y) pixels; nothing comes in from outside."""
    move = np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32)
    return cv2.warpAffine(field, move, field.shape[::-1])


def blurred(field: Field, sigma: float) -> Field:
    """Gaussian blur by `sigma` pixels."""
    if sigma < 0.15:
        return field
    side = 2 * int(np.ceil(2.5 * sigma)) + 1  # OpenCV's own choice for floats is twice as wide and as slow
    return cv2.GaussianBlur(field, (side, side), sigma, borderType=cv2.BORDER_REFLECT)


def grid(shape: tuple[int, int]) -> tuple[Field, Field]:
    """Pixel coordinates (x, y), each broadcast to the shape."""
    h, w = shape
    return np.arange(w, dtype=np.float32)[None, :], np.arange(h, dtype=np.float32)[:, None]


def over(below: Light, colour: NDArray[Any], coverage: Field) -> Light:
    """`colour`, one or a picture of them, laid over `below` where `coverage` says so."""
    a = coverage[..., None]
    return (below * (1 - a) + np.asarray(colour, np.float32) * a).astype(np.float32)  # type: ignore[no-any-return]
