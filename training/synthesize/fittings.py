"""Harmless things that are sewn on or in: seam, button, lace, drawstring."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Light,
    arc,
    blot,
    blurred,
    chance,
    clouds,
    draw,
    log_uniform,
    over,
    ramp,
    shifted,
)
from training.synthesize.printed import ink_for


def seam(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """Two pieces sewn together: a groove with a soft ridge, and stitches at an even distance."""
    h, w = light.shape[:2]
    start, end = (
        np.array([w * 0.04, h * rng.uniform(0.3, 0.7)]),
        np.array([w * 0.96, h * rng.uniform(0.3, 0.7)]),
    )
    line = arc(rng, start, end, bend=0.06, count=60)
    if chance(rng, 0.5):
        line = np.ascontiguousarray(line[:, ::-1])
    groove = blurred(draw((h, w), [line], pixel * rng.uniform(1, 2)), 0.6 * pixel)
    ridge = blurred(shifted(groove, (2 * pixel, 3 * pixel)), 1.5 * pixel)
    light = light * (1 - 0.5 * groove[..., None]) * (1 + 0.25 * ridge[..., None])
    gap = int(rng.integers(1, 3))
    aside = np.array([1.0, 1.0]) * pixel * rng.uniform(3, 7)
    stitches = [line[at : at + 2] + aside for at in range(0, len(line) - 2, 1 + gap)]
    thread = np.clip(light.mean((0, 1)) * rng.uniform(0.5, 1.8), 0, 1)
    return over(light, thread, draw((h, w), stitches, pixel * rng.uniform(0.8, 1.8)) * np.float32(0.85))


def button(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A round button or rivet with its shadow, rim and thread holes."""
    h, w = light.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    radius = min(h, w) * rng.uniform(0.25, 0.38)
    far = np.sqrt((x - w / 2) ** 2 + (y - h / 2) ** 2) - np.float32(radius)
    disc, ring = ramp(far, 0.7, -0.7), np.exp(-(((far + radius * 0.2) / (radius * 0.1)) ** 2))
    light = light * (
        1 - 0.45 * blurred(shifted(disc, (radius * 0.12, radius * 0.18)), radius * 0.12)[..., None]
    )
    tone = ink_for(rng, light) * (0.85 + 0.25 * (1 - y / h))[..., None] * (1 - 0.25 * ring[..., None])
    light = over(light, np.clip(tone, 0, 1), disc)
    holes = np.zeros((h, w), np.uint8)
    for turn in np.arange(int(rng.choice([0, 2, 4]))) * (np.pi / 2) + 0.6:
        at = (int(w / 2 + np.cos(turn) * radius * 0.28), int(h / 2 + np.sin(turn) * radius * 0.28))
        cv2.circle(holes, at, max(1, int(radius * 0.1)), 255, -1, cv2.LINE_AA)
    return over(light, np.full(3, 0.08), holes.astype(np.float32) / 255)


def lace(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A regular openwork of small holes: holes by design."""
    h, w = light.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    wave = np.float32(2 * np.pi / (pixel * log_uniform(rng, 5, 14)))
    wobble = 0.8 * clouds(rng, (h, w), max(h, w) / 2, octaves=1)
    mesh = np.cos(x * wave + wobble) * np.cos(y * wave + wobble) + 0.3 * np.cos(2 * wave * (x + y))
    inside = ramp(blot(rng, (h, w), roughness=0.2), 0.0, 0.3)
    holes = ramp(mesh.astype(np.float32), 0.2, 0.6) * inside
    return light * (1 - np.float32(rng.uniform(0.3, 0.75)) * holes[..., None])


def drawstring(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A cord that lies on the item: even width, twisted, with a shadow and a knot."""
    h, w = light.shape[:2]
    width = pixel * rng.uniform(2.5, 6)
    first = arc(
        rng, np.array([w * 0.5, h * 0.08]), np.array([w * rng.uniform(0.1, 0.9), h * 0.9]), bend=0.3, count=40
    )
    lines = [first] if chance(rng, 0.4) else [first, np.stack([w - first[:, 0], first[:, 1] * 0.9], 1)]
    cord, core = draw((h, w), lines, width), draw((h, w), lines, max(1.0, width * 0.4))
    light = light * (1 - 0.4 * blurred(shifted(cord, (width * 0.5, width * 0.6)), width * 0.4)[..., None])
    twist = 1 + 0.12 * np.sin(np.mgrid[0:h, 0:w].sum(0) * (2.2 / pixel))
    tone = ink_for(rng, light) * (0.8 + 0.2 * core)[..., None] * twist[..., None]
    return over(light, np.clip(tone, 0, 1), cord)
