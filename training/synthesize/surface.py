"""Damage that leaves the surface whole: stain, dent, scratch."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Points,
    arc,
    blot,
    blurred,
    broken_line,
    chance,
    clouds,
    draw,
    log_uniform,
    over,
    ramp,
    shifted,
)
from training.synthesize.scene import Mark, Scene

# What each liquid lets through, RGB: a stain multiplies the light, as a glaze does
LIQUIDS = {
    "coffee": (0.62, 0.43, 0.25),
    "tea": (0.80, 0.62, 0.38),
    "wine": (0.52, 0.16, 0.28),
    "ink": (0.18, 0.22, 0.55),
    "grass": (0.50, 0.60, 0.25),
    "mud": (0.42, 0.34, 0.25),
    "rust": (0.66, 0.34, 0.14),
    "sweat": (0.93, 0.86, 0.58),
    "oil": (0.70, 0.67, 0.60),
    "blood": (0.50, 0.10, 0.08),
    "soot": (0.22, 0.22, 0.22),
    "sauce": (0.85, 0.38, 0.12),
}
# What covers instead: seen on dark things, where a glaze is not
COVERS = {
    "dust": (0.72, 0.70, 0.66),
    "paste": (0.92, 0.94, 0.93),
    "chalk": (0.85, 0.83, 0.78),
    "bleach": (0.86, 0.72, 0.60),
    "mould": (0.52, 0.56, 0.46),
    "clay": (0.60, 0.48, 0.36),
}


def stain(rng: np.random.Generator, scene: Scene) -> Mark:
    """Something dried in: translucent, blotchy, darker at the rim, where it dried last; drops beside it."""
    depth = blot(rng, scene.shape, roughness=rng.uniform(0.3, 1.1), stretch=log_uniform(rng, 1, 2.5))
    soft = rng.uniform(0.04, 0.35)
    body = ramp(depth, 0, soft)
    rim = np.exp(-(((depth - rng.uniform(0.04, 0.1)) / rng.uniform(0.03, 0.1)) ** 2)) * rng.uniform(0, 0.9)
    patchy = 1 + rng.uniform(0.1, 0.4) * clouds(rng, scene.shape, max(scene.shape) / 4, octaves=4)
    amount = np.clip(body * patchy * rng.uniform(0.45, 1) + rim * (body > 0.02), 0, 1).astype(np.float32)
    if chance(rng, 0.5):
        amount = np.maximum(amount, _drops(rng, scene.shape, depth) * rng.uniform(0.4, 0.9))
    amount *= np.float32(log_uniform(rng, 0.3, 1.0))
    lightness = float(scene.light[body > 0.5].mean()) if (body > 0.5).any() else 0.5
    if lightness < rng.uniform(0.2, 0.4):
        return Mark(light=over(scene.light, _tint(rng, COVERS), amount * 0.75), footprint=body)
    glaze = 1 - amount[..., None] * (1 - _tint(rng, LIQUIDS))
    return Mark(light=(scene.light * glaze).astype(np.float32), footprint=ramp(amount, 0.05, 0.2))


def _tint(rng: np.random.Generator, names: dict[str, tuple[float, float, float]]) -> Field:
    """One of the colours, a little off."""
    base = np.array(list(names.values())[rng.integers(len(names))])
    return np.clip(base * rng.uniform(0.8, 1.2) + rng.normal(0, 0.05, 3), 0.03, 0.97).astype(np.float32)


def _drops(rng: np.random.Generator, shape: tuple[int, int], depth: Field) -> Field:
    """Splashes around the blot, smaller ones farther out."""
    h, w = shape
    drops = np.zeros(shape, np.uint8)
    for _ in range(rng.integers(1, 9)):
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 0.95)
        centre = (int(w / 2 + far * w / 2 * np.cos(angle)), int(h / 2 + far * h / 2 * np.sin(angle)))
        size = max(1, int(min(h, w) * rng.uniform(0.01, 0.05)))
        cv2.ellipse(
            drops, centre, (size, max(1, int(size * rng.uniform(0.6, 1)))), 0, 0, 360, 255, -1, cv2.LINE_AA
        )
    return np.where(depth < 0.1, drops.astype(np.float32) / 255, 0).astype(np.float32)


def dent(rng: np.random.Generator, scene: Scene) -> Mark:
    """A hollow, seen only by its shading: light side, dark side, sometimes a glint and a crease."""
    h, w = scene.shape
    depth = blot(rng, scene.shape, roughness=rng.uniform(0.05, 0.35), stretch=log_uniform(rng, 1, 3))
    hollow = -ramp(depth, -0.15, rng.uniform(0.5, 1.0))
    if chance(rng, 0.35):
        crease = draw(scene.shape, [_across(rng, scene.shape, 0.1)], 2 * scene.pixel)
        hollow -= blurred(crease, 0.04 * min(h, w)) * ramp(depth, 0, 0.4) * rng.uniform(0.5, 2)
    hollow = blurred(hollow, 0.02 * min(h, w)) * np.float32(min(h, w) / 6)
    slope_x, slope_y = (
        cv2.Sobel(hollow, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(hollow, cv2.CV_32F, 0, 1, scale=0.125),
    )
    light_from = rng.uniform(0, 2 * np.pi)
    lit = slope_x * np.float32(np.cos(light_from)) + slope_y * np.float32(np.sin(light_from))
    strength = log_uniform(rng, 0.25, 0.8)
    lit = np.tanh(lit)
    shading = np.exp(np.clip(strength * lit, -0.8, 0.45))
    glint = ramp(lit, 0.35, 0.8) * rng.uniform(0, 0.5) * chance(rng, 0.5)
    bent = _bent(scene.light, slope_x, slope_y, rng.uniform(0.5, 3) * scene.pixel)
    light = bent * shading[..., None] + glint[..., None] * (1 - bent)
    return Mark(
        light=light.astype(np.float32), footprint=ramp(np.abs(lit) + np.abs(hollow) * 0.01, 0.06, 0.14)
    )


def _bent(light: Field, slope_x: Field, slope_y: Field, by: float) -> Field:
    """The picture seen over an uneven surface: lines on it bend."""
    h, w = slope_x.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    return cv2.remap(
        light,
        x + np.float32(by) * slope_x,
        y + np.float32(by) * slope_y,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )


def scratch(rng: np.random.Generator, scene: Scene) -> Mark:
    """One line or a bundle of them, broken where the surface dips, with one edge that catches the light."""
    h, w = scene.shape
    width = scene.pixel * log_uniform(rng, 0.5, 1.7)
    lines = _bundle(rng, scene.shape)
    track = draw(scene.shape, lines, width)
    skips = ramp(clouds(rng, scene.shape, max(h, w) / 4, octaves=4), rng.uniform(-1.8, -0.6), -0.1)
    track = track * skips * np.float32(rng.uniform(0.5, 1))
    surface = blurred(scene.light, 2 * scene.pixel)
    bare = rng.uniform(
        0.55, 1.0
    )  # what lies under the finish: paler for paint and plastic, darker for foil and bare metal
    tone = surface * (1 - 0.7) + bare * 0.7 if chance(rng, 0.65) else surface * rng.uniform(0.2, 0.55)
    if float(np.abs(tone - surface).mean()) < 0.12:
        tone = np.where(surface > 0.5, surface * 0.45, surface + 0.4)
    light = over(scene.light, tone, track)
    edge = shifted(track, (rng.choice([-1, 1]) * width * 0.8, width * 0.6)) * (1 - np.clip(track * 2, 0, 1))
    light = light * (1 - rng.uniform(0, 0.5) * edge[..., None])
    grown = cv2.dilate(track, np.ones((3, 3), np.uint8))
    return Mark(light=light.astype(np.float32), footprint=ramp(grown, 0.1, 0.35))


def _across(rng: np.random.Generator, shape: tuple[int, int], bend: float) -> Points:
    """A gentle curve through the window, any way round."""
    h, w = shape
    angle = rng.uniform(0, np.pi)
    reach = np.array([w * np.cos(angle), h * np.sin(angle)]) * rng.uniform(0.25, 0.45)
    middle = np.array([w / 2, h / 2]) + rng.normal(0, 0.04, 2) * min(h, w)
    return arc(rng, middle - reach, middle + reach, bend=bend)


def _bundle(rng: np.random.Generator, shape: tuple[int, int]) -> list[Points]:
    """A scratch and its near parallels: the same grain of sand seldom comes alone."""
    h, w = shape
    first = _across(rng, shape, rng.choice([0.02, 0.1, 0.25]))
    lines = []
    for number in range(int(rng.choice([1, 1, 2, 3, 6]))):
        aside = rng.normal(0, 0.06, 2) * min(h, w) * (number > 0)
        low = int(rng.integers(0, 5)) if number else 0
        piece = first[low : len(first) - low] + aside
        if chance(rng, 0.4):  # a trembling hand
            piece = broken_line(rng, piece[0], piece[-1], jag=0.02, splits=4)
        lines.append(piece.astype(np.float32))
    return lines
