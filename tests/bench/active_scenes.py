"""Two photos of one simulated scene from two places: a picture, flat, bowed or in relief, before a phone.

Everything is seen through one pinhole camera with lens distortion and a rolling shutter, then through
`training.synthesize.camera.expose` (mosaic, noise, tone, sharpening, JPEG), anew for each view. The unit of
length is the picture's width; the picture lies at z = 0 and the camera at z < 0.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from training.synthesize.camera import expose, linear
from training.synthesize.display import cells, through_aperture
from training.synthesize.noise import Field, Light, Picture, blot, clouds, log_uniform, ramp, to_light

SHAPE = (750, 1000)
_STEPS = 40


@dataclass(frozen=True, kw_only=True)
class Lens:
    """What one phone does to straight lines, the same in both views but for the hand's shake."""

    focal: float = 0.9
    bend: float = 0.0
    shear: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Eye:
    """One view: where the camera is, (3,), and how it is turned, (3, 3)."""

    place: Field
    turn: Field
    lens: Lens = field(default_factory=Lens)

    def rays(self, shape: tuple[int, int]) -> Field:
        """(h, w, 3): the direction in which each photo pixel looks."""
        h, w = shape
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        x, y = (x - w / 2) / w, (y - h / 2) / w
        x = x + self.lens.shear * y + 0.5 * self.lens.shear * np.sin(6 * y)
        stretch = 1 + self.lens.bend * (x * x + y * y) * 4
        seen = np.stack([x * stretch, y * stretch, np.full_like(x, self.lens.focal)], -1)
        return (seen @ self.turn).astype(np.float32)  # type: ignore[no-any-return]


def eyes(rng: np.random.Generator, *, fills: float, baseline: float) -> tuple[Eye, Eye]:
    """Two hand-held views. The picture takes `fills` of the photo's width; `baseline` is in distances."""
    focal = rng.uniform(0.75, 1.05)
    away = focal / fills
    first = np.array([rng.uniform(-0.15, 0.15) * away, rng.uniform(-0.15, 0.15) * away, -away])
    angle = rng.uniform(0, 2 * np.pi)
    step = np.array([np.cos(angle), 0.6 * np.sin(angle), rng.uniform(-0.3, 0.3)]) * baseline * away
    bend = rng.normal(0, 0.03)
    views = []
    for place in (first, first + step):
        target = np.array([*rng.normal(0, 0.04, 2), 0.0])
        lens = Lens(focal=focal, bend=bend * rng.uniform(0.9, 1.1), shear=rng.normal(0, 0.008))
        views.append(Eye(place=place, turn=_looking(target - place, rng.normal(0, 0.06)), lens=lens))
    return views[0], views[1]


def _looking(towards: Field, roll: float) -> Field:
    ahead = towards / np.linalg.norm(towards)
    right = np.cross([0.0, 1.0, 0.0], ahead)
    right /= np.linalg.norm(right)
    down = np.cross(ahead, right)
    cos, sin = np.cos(roll), np.sin(roll)
    return np.stack([cos * right + sin * down, cos * down - sin * right, ahead])  # type: ignore[no-any-return]


def seen_at(eye: Eye, height: Field | float, *, depth: float = 0.0) -> tuple[Field, Field]:
    """Where each photo pixel meets a sheet `depth` behind the picture: (x, y) in widths from its middle.

    `height` is how far the sheet rises towards the camera, a field over [-0.75, 0.75] squared, or a number.
    Rays are marched from the top down, so what stands in front hides what lies behind.
    """
    rays = eye.rays(SHAPE)
    slope_x, slope_y = rays[..., 0] / rays[..., 2], rays[..., 1] / rays[..., 2]

    def at(rise: float | Field) -> tuple[Field, Field]:
        far = depth - rise - eye.place[2]
        return (
            (eye.place[0] + slope_x * far).astype(np.float32),
            (eye.place[1] + slope_y * far).astype(np.float32),
        )

    if not isinstance(height, np.ndarray):
        return at(height)
    top, floor = float(height.max()), float(height.min())
    levels = np.linspace(top, floor, _STEPS)
    hit = np.full(SHAPE, floor, np.float32)
    open_ = np.ones(SHAPE, bool)
    before = np.full(SHAPE, -1e-6, np.float32)
    for level, last in zip(levels[1:], levels[:-1], strict=True):
        above = sampled(height, *at(level)) - level
        now = open_ & (above >= 0)
        share = above[now] / np.maximum(above[now] - before[now], 1e-9)
        hit[now] = level + share * (last - level)
        open_ &= ~now
        before = above
    return at(hit)


def sampled(picture: Field, x: Field, y: Field, *, mirrored: bool = True) -> Field:
    """A picture over [-0.75, 0.75] squared (a field) or [-0.5, 0.5] wide (a photo), at these places."""
    h, w = picture.shape[:2]
    scale = w / 1.5 if picture.ndim == 2 else w
    border = cv2.BORDER_REFLECT if mirrored else cv2.BORDER_CONSTANT
    at = [(axis * scale + side / 2).astype(np.float32) for axis, side in ((x, w), (y, h))]
    return cv2.remap(picture, *at, cv2.INTER_LINEAR, borderMode=border)


def relief(rng: np.random.Generator, height: float) -> Field:
    """An item in the picture's middle: a rounded body with parts that stand out and lie back."""
    side = 384
    body = np.maximum(blot(rng, (side, side), roughness=0.4, stretch=log_uniform(rng, 1, 1.8)), 0)
    parts = ramp(clouds(rng, (side, side), side / rng.uniform(2.5, 6), octaves=2), -0.3, 0.5)
    raised = np.sqrt(body) * (0.35 + 0.65 * parts)
    return cv2.GaussianBlur(raised / raised.max() * height, (0, 0), 3).astype(np.float32)


def bow(rng: np.random.Generator, height: float) -> Field:
    """A sheet that is not quite flat: one wide curve, rising or sinking."""
    y, x = np.mgrid[-0.75:0.75:256j, -0.75:0.75:256j].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    return (height * (1 - (along / 0.5) ** 2) + 0.3 * height * along).astype(np.float32)


def screen_grid(rng: np.random.Generator) -> tuple[Light, int, float, float]:
    """One display: its tile of subpixels, their span, pixels a picture width, and how much glass hides."""
    tile, span = cells(rng)
    return tile, span, log_uniform(rng, 500, 2600), rng.uniform(0.3, 1)


def shown(display: tuple[Light, int, float, float], x: Field, y: Field) -> Light:
    """The display's share of light at each photo pixel: sampled, so it aliases as a sensor's does."""
    tile, span, across, clear = display
    step = np.hypot(*(np.diff(x[:2, :2].mean(0)), np.diff(y[:2, :2].mean(0)))) * across
    tile = 1 + (through_aperture(tile, 1 / max(float(step[0]), 1e-3), 0.4) - 1) * np.float32(clear)
    side = tile.shape[0]
    u, v = x * across / span, y * across / span
    padded = cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP)
    at = [((axis - np.floor(axis)) * side).astype(np.float32) for axis in (u, v)]
    return cv2.remap(padded, *at, cv2.INTER_LINEAR)


def photo_of(rng: np.random.Generator, light: Light) -> Picture:
    """The light as this camera's JPEG."""
    return expose(rng, np.maximum(light, 0).astype(np.float32))


def lit(picture: Picture) -> Light:
    """A photo's pixels as linear light."""
    return linear(to_light(picture))
