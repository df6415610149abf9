"""Two views of a sheet, or of a thing in relief, made from one photo: for the tests of active capture."""

from pathlib import Path

import cv2
import numpy as np

PHOTOS = Path(__file__).parents[2] / "inspection" / "demo" / "photos"


def photo(name="something_else.jpg", side=900):
    """A demo photo as (h, w, 3) uint8 RGB."""
    picture = cv2.cvtColor(cv2.imread(str(PHOTOS / name)), cv2.COLOR_BGR2RGB)
    scale = side / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def detailed(side=900, seed=3):
    """Blobs of every size and colour: as much to hold on to as a photo can have."""
    rng = np.random.default_rng(seed)
    picture = np.full((side * 3 // 4, side, 3), 120, np.uint8)
    for _ in range(900):
        at = tuple(int(x) for x in rng.uniform(0, 1, 2) * (side, side * 3 // 4))
        axes = tuple(int(x) for x in rng.uniform(3, 22, 2))
        colour = tuple(int(x) for x in rng.integers(20, 235, 3))
        cv2.ellipse(picture, at, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def grained(picture, seed=1, gain=1.0):
    """The sensor's noise, another exposure and a JPEG."""
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    shown = np.clip(picture * gain + noise, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 88])[1], cv2.IMREAD_COLOR)


def as_sheet(picture, *, tilt=2e-4, shift=40.0):
    """The picture as a flat thing, seen from a hand's width aside."""
    h, w = picture.shape[:2]
    view = np.array([[0.97, 0.02, shift], [-0.03, 1.0, 12.0], [tilt, -tilt / 2, 1.0]])
    return cv2.warpPerspective(picture, view, (w, h), borderMode=cv2.BORDER_REFLECT)


def in_relief(picture, *, most=26.0, over=1.0):
    """The same, but its parts stand at several depths and move sideways by up to `most` px.

    `over` 0.7: only the innermost 0.7 of width and height stands out; `over` -0.7: all but that.
    """
    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    depth = np.sin(x / w * 9) * np.cos(y / h * 7)
    off = np.maximum(np.abs(x / w - 0.5), np.abs(y / h - 0.5)) * 2
    depth *= (off <= over) if over > 0 else (off > -over)
    aside = depth.astype(np.float32) * np.float32(most)
    return as_sheet(cv2.remap(picture, x + aside, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
