"""A photo of a photo: the picture on a display (or on paper) in front of a phone's camera.

Moiré is never painted on: the sensor samples the display's subpixels, and what it cannot resolve aliases.
"""

import cv2
import numpy as np

from training.synthesize.camera import defocus, expose, linear, pose
from training.synthesize.display import cells, through_aperture
from training.synthesize.noise import (
    Field,
    Light,
    Picture,
    blot,
    blurred,
    chance,
    clouds,
    grid,
    log_uniform,
    ramp,
    shifted,
    to_light,
)

_GAMMA = 2.2  # a display's


def rephotograph(rng: np.random.Generator, picture: Picture) -> Picture:
    """A photo, as large as the picture and at the camera's native resolution, of a display that shows it."""
    h, w = picture.shape[:2]
    view, blur = pose(rng, (h, w)), defocus(rng)
    pitch = (
        log_uniform(rng, 0.3, 0.6) if chance(rng, 0.15) else log_uniform(rng, 0.6, 3.6)
    )  # photo pixels a display pixel
    step = float(np.sqrt(abs(np.linalg.det(view[:2, :2]))))  # picture pixels a photo pixel
    u, v = _display_coordinates(view, (h, w), pitch * step)
    shown = _shown(rng, picture, pitch * step, blur / pitch)
    light = cv2.remap(shown, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    light = light * _grid(rng, u, v, pitch, blur)
    light = light * _refresh(rng, (h, w)) + _reflections(rng, (h, w))
    if chance(rng, 0.08):
        light = _bezel(rng, light)
    return expose(rng, light.astype(np.float32))


def _display_coordinates(view: Field, shape: tuple[int, int], step: float) -> tuple[Field, Field]:
    """Where each photo pixel looks on the display, in display pixels, `step` picture pixels each."""
    x, y = grid(shape)
    nearness = 1 / ((view[2, 0] * x + view[2, 1] * y + view[2, 2]) * np.float32(step))
    u = (view[0, 0] * x + view[0, 1] * y + view[0, 2]) * nearness
    v = (view[1, 0] * x + view[1, 1] * y + view[1, 2]) * nearness
    return u, v


def _shown(rng: np.random.Generator, picture: Picture, step: float, blur: float) -> Light:
    """The picture on the display's own raster as linear light: a bright panel's tone and colours."""
    h, w = picture.shape[:2]
    size = (max(8, round(w / step)), max(8, round(h / step)))
    raster = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if step > 1 else cv2.INTER_LINEAR)
    power = _GAMMA * rng.uniform(0.9, 1.45)
    brightness = log_uniform(rng, 0.75, 2.0)
    tone = (np.linspace(0, 1, 256) ** power * brightness).astype(np.float32)
    light = blurred(cv2.LUT(raster, tone), blur)
    white = np.array([rng.uniform(0.8, 1.02), 1.0, rng.uniform(1.0, 1.4)], np.float32)  # bluer than daylight
    purity = rng.uniform(1.0, 1.7)  # primaries wider or narrower than the picture's
    gamut = (np.eye(3) * purity + (1 - purity) / 3) * white[:, None]
    black = np.float32(log_uniform(rng, 0.002, 0.03))  # panels leak
    return np.maximum(cv2.transform(light, gamut.astype(np.float32)), 0) + black * white  # type: ignore[no-any-return]


def _grid(rng: np.random.Generator, u: Field, v: Field, pitch: float, blur: float) -> Light:
    """The subpixels' share of each photo pixel, about 1 on average."""
    tile, spans = cells(rng)
    tile = through_aperture(tile, pitch, blur)
    side = tile.shape[0]
    tile = 1 + (tile - 1) * np.float32(rng.uniform(0.3, 1))  # glass, coatings and glow wash the grid out
    padded = cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP)
    at_u, at_v = u / spans, v / spans
    at_u, at_v = (at_u - np.floor(at_u)) * side, (at_v - np.floor(at_v)) * side
    return cv2.remap(padded, at_u, at_v, cv2.INTER_LINEAR)


def _refresh(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Bands of a panel that flickers while the shutter rolls, and light that falls off to one side."""
    x, y = (2 * axis / axis.size - 1 for axis in grid(shape))
    tilt = rng.normal(0, 0.08, 2)
    light = 1 + x * np.float32(tilt[0]) + y * np.float32(tilt[1])
    if chance(rng, 0.25):
        waves, phase = rng.uniform(0.5, 6), rng.uniform(0, 2 * np.pi)
        light = light * (1 + np.float32(rng.uniform(0.02, 0.12)) * np.cos(np.pi * waves * y + phase))
    return np.maximum(light, 0.2)[..., None].astype(np.float32)


def _reflections(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """The room in the glass: a faint veil, and at times a lamp or a window."""
    veil = np.full((*shape, 3), log_uniform(rng, 0.0005, 0.02), np.float32)
    if chance(rng, 0.25):
        lamp = ramp(
            blot(rng, shape, roughness=rng.uniform(0, 0.3), stretch=log_uniform(rng, 1, 6)), -0.1, 0.9
        )
        h, w = shape
        lamp = shifted(lamp, (rng.uniform(-0.5, 0.5) * w, rng.uniform(-0.5, 0.5) * h))
        veil += lamp[..., None] * np.float32(log_uniform(rng, 0.01, 0.3))
    return veil


def _bezel(rng: np.random.Generator, light: Light) -> Light:
    """The display ends within the photo: a dark frame and a piece of the wall."""
    h, w = light.shape[:2]
    frame = int(rng.uniform(0.03, 0.09) * max(h, w))
    at = int(rng.uniform(0.05, 0.3) * h)
    turned = np.rot90(light, int(rng.integers(4))).copy()
    turned[:at] = np.float32(rng.uniform(0.02, 0.4))
    turned[at : at + frame] = np.float32(rng.uniform(0.001, 0.02))
    if turned.shape != light.shape:
        return light
    return turned


def reprint(rng: np.random.Generator, picture: Picture) -> Picture:
    """A photo of a print: dots of ink on warm paper; black is grey there and white is not white."""
    h, w = picture.shape[:2]
    view, blur = pose(rng, (h, w)), defocus(rng)
    light = cv2.warpPerspective(
        to_light(picture),
        view,
        (w, h),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    ink = _halftone(rng, 1 - blurred(light, blur), log_uniform(rng, 1.6, 5.0), blur)
    paper = np.array([0.93, 0.90, 0.84], np.float32) * np.float32(rng.uniform(0.85, 1.0))
    fibres = 1 + np.float32(rng.uniform(0.005, 0.03)) * clouds(rng, (h, w), 4, octaves=2)
    printed = paper * np.float32(0.06) + paper * np.float32(0.94) * linear(1 - ink) * fibres[..., None]
    return expose(rng, (printed * _refresh(rng, (h, w))).astype(np.float32))


def _halftone(rng: np.random.Generator, ink: Light, pitch: float, blur: float) -> Light:
    """Dots whose size follows the ink, each colour's raster at its own angle, soft as cameras see it."""
    h, w = ink.shape[:2]
    x, y = grid((h, w))
    turn = rng.uniform(0, np.pi / 2)
    dots = np.empty_like(ink)
    soft = 0.35 + 0.9 * blur / pitch  # of the threshold: how much of a dot's edge the lens leaves
    for channel, angle in enumerate((15.0, 75.0, 45.0)):
        a = turn + np.radians(angle)
        wave = np.float32(2 * np.pi / pitch)
        raster = np.cos((x * np.cos(a) + y * np.sin(a)) * wave) * np.cos(
            (y * np.cos(a) - x * np.sin(a)) * wave
        )
        dots[..., channel] = np.clip(0.5 + (ink[..., channel] - 0.5 + 0.5 * raster) / (2 * soft), 0, 1)
    share = np.float32(log_uniform(rng, 0.04, 0.45))
    return ink * (1 - share) + dots * share
