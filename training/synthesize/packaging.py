"""Boxes that had a rough journey: crushed, creased, torn, wet."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Light,
    blot,
    blurred,
    broken_line,
    chance,
    clouds,
    draw,
    grid,
    log_uniform,
    over,
    ramp,
    shifted,
)
from training.synthesize.scene import Mark, Scene


def damaged_packaging(rng: np.random.Generator, scene: Scene) -> Mark:
    """One or two of the ways in which cardboard suffers, on the item only."""
    ways = (_crushed, _creased, _torn, _wet)
    chosen = rng.choice(
        len(ways), size=2 if chance(rng, 0.45) else 1, replace=False, p=[0.3, 0.25, 0.3, 0.15]
    )
    light, footprint = scene.light, np.zeros(scene.shape, np.float32)
    for way in chosen:
        light, where = ways[way](rng, scene, light)
        footprint = np.maximum(footprint, where)
    own = ramp(scene.likely, 0.25, 0.5)
    if own.mean() < 0.08:
        own = np.ones_like(own)
    return Mark(light=over(scene.light, light, own), footprint=footprint * own)


def _crushed(rng: np.random.Generator, scene: Scene, light: Light) -> tuple[Light, Field]:
    """Pressed in: flat facets that face other ways, what is printed on them no longer in line."""
    h, w = scene.shape
    inside = ramp(
        blot(rng, scene.shape, roughness=rng.uniform(0.2, 0.6), stretch=log_uniform(rng, 1, 2)), 0, 0.25
    )
    facet, border = _facets(rng, scene.shape, int(rng.integers(5, 12)))
    tilt = np.exp(rng.normal(0, rng.uniform(0.12, 0.3), facet.max() + 1)).astype(np.float32)[facet]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    slip = rng.normal(0, 0.018 * min(h, w), (2, facet.max() + 1)).astype(np.float32)[:, facet]
    slip = blurred(np.ascontiguousarray(slip.transpose(1, 2, 0)), scene.pixel) * inside[..., None]
    moved = cv2.remap(
        light, x + slip[..., 0], y + slip[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    shading = blurred(tilt, 0.012 * min(h, w)) ** inside
    worn = border * inside * ramp(clouds(rng, scene.shape, min(h, w) / 6, octaves=2), -0.6, 0.8)
    crushed = moved * shading[..., None] * (1 - 0.3 * shifted(worn, (scene.pixel, scene.pixel)))[..., None]
    crushed = over(crushed, _pulp(rng), worn * np.float32(rng.uniform(0.15, 0.6)))
    return over(light, np.clip(crushed, 0, 1), ramp(inside, 0, 0.2)), ramp(inside, 0.15, 0.4)


def _facets(rng: np.random.Generator, shape: tuple[int, int], count: int) -> tuple[Field, Field]:
    """Which of `count` cells each pixel is in, and how near it is to a cell's border, 0 to 1."""
    h, w = shape
    x, y = grid(shape)
    bend = clouds(rng, shape, min(h, w) / 3, octaves=2) * np.float32(0.03 * min(h, w))
    seeds = rng.uniform(0.12, 0.88, (count, 2)) * np.array([w, h])
    far = np.stack([np.hypot(x - a + bend, y - b - bend) for a, b in seeds.astype(np.float32)])
    nearest = far.argmin(0)
    two = np.partition(far, 1, axis=0)[:2]
    return nearest, np.exp(-((two[1] - two[0]) / np.float32(max(1.0, 0.012 * min(h, w)))))


def _creased(rng: np.random.Generator, scene: Scene, light: Light) -> tuple[Light, Field]:
    """Sharp folds: bright on one flank, dark on the other, the print cracked white along them."""
    h, w = scene.shape
    hub = np.array([w, h]) * rng.uniform(0.3, 0.7, 2)
    lines = []
    for _ in range(int(rng.integers(1, 5))):
        turn, reach = rng.uniform(0, 2 * np.pi), min(h, w) * rng.uniform(0.25, 0.6)
        start = hub + rng.normal(0, 0.05, 2) * min(h, w)
        end = start + np.array([np.cos(turn), np.sin(turn)]) * reach
        lines.append(broken_line(rng, start, end, jag=rng.uniform(0.01, 0.05), splits=4))
    fold = draw(scene.shape, lines, 1.5 * scene.pixel)
    soft = max(0.8, min(h, w) * log_uniform(rng, 0.008, 0.03))
    height = blurred(fold, soft) * np.float32(soft)
    turn = rng.uniform(0, 2 * np.pi)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) * np.cos(turn) + cv2.Sobel(height, cv2.CV_32F, 0, 1) * np.sin(
        turn
    )
    slope = slope / max(float(np.abs(slope).max()), 1e-6)
    shaded = light * np.exp(np.float32(rng.uniform(0.3, 0.65)) * slope)[..., None]
    cracked = fold * ramp(clouds(rng, scene.shape, min(h, w) / 5, octaves=3), -0.5, 0.7)
    made = over(shaded, _pulp(rng), cracked * np.float32(rng.uniform(0.2, 0.8)))
    return np.clip(made, 0, 1), ramp(np.abs(slope) + fold, 0.12, 0.3)


def _torn(rng: np.random.Generator, scene: Scene, light: Light) -> tuple[Light, Field]:
    """The printed ply is ripped away: fibrous board beneath, often its flutes, a pale ragged rim."""
    depth = blot(rng, scene.shape, roughness=rng.uniform(0.6, 1.2), stretch=log_uniform(rng, 1.2, 4))
    depth = depth + 0.05 * clouds(rng, scene.shape, 5 * scene.pixel, octaves=2)
    bare = ramp(depth, 0, 0.05)
    rim = np.clip(ramp(depth, -rng.uniform(0.04, 0.2), 0.02) - bare, 0, 1)
    x, y = grid(scene.shape)
    turn, period = rng.uniform(0, np.pi), scene.pixel * rng.uniform(4, 9)
    flutes = np.sin((x * np.cos(turn) + y * np.sin(turn)) * np.float32(2 * np.pi / period))
    fibres = 0.05 * clouds(rng, scene.shape, 3 * scene.pixel, octaves=2) + flutes * rng.choice(
        [0, 0.07, 0.13]
    )
    level = np.clip(float(light.mean()) * 1.6, 0.35, 1.0)  # as bright as the scene allows
    board = np.array([0.72, 0.58, 0.43]) if chance(rng, 0.65) else np.array([0.78, 0.76, 0.72])
    inner = board * level * (1 + fibres)[..., None]
    if chance(rng, 0.35):  # right through: dark within
        inner = over(inner.astype(np.float32), np.full(3, 0.08) * level, ramp(depth, 0.12, 0.2))
    shadow = np.clip(shifted(1 - bare, (1.5 * scene.pixel, 2 * scene.pixel)), 0, 1) * bare
    inner = inner * (1 - 0.35 * blurred(shadow, scene.pixel))[..., None]
    made = over(light, _pulp(rng) * level, rim * np.float32(rng.uniform(0.4, 0.9)))
    return over(made, np.clip(inner, 0, 1), bare), np.maximum(bare, rim)


def _wet(rng: np.random.Generator, scene: Scene, light: Light) -> tuple[Light, Field]:
    """Soaked: darker, warmer, with a tide line, and buckled."""
    depth = blot(rng, scene.shape, roughness=rng.uniform(0.3, 0.8), stretch=log_uniform(rng, 1, 2))
    body = ramp(depth, 0, rng.uniform(0.05, 0.2))
    tide = np.exp(-(((depth - 0.04) / rng.uniform(0.015, 0.05)) ** 2)) * rng.uniform(0.2, 0.8)
    buckled = 1 + 0.07 * body * clouds(rng, scene.shape, min(scene.shape) / 3, octaves=2)
    glaze = 1 - np.clip(body * rng.uniform(0.6, 1) + tide, 0, 1.3)[..., None] * (
        np.array([0.22, 0.28, 0.36], np.float32) * np.float32(rng.uniform(0.7, 1.3))
    )
    return np.clip(light * glaze * buckled[..., None], 0, 1).astype(np.float32), ramp(body + tide, 0.1, 0.4)


def _pulp(rng: np.random.Generator) -> Light:
    """The colour of paper that broke: off white to kraft."""
    return np.array([0.9, 0.87, 0.8], np.float32) * np.float32(rng.uniform(0.75, 1.05))
