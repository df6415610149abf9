"""Damage to the item's outline: frayed edge, worn edge, missing part."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    blot,
    blurred,
    broken_line,
    chance,
    clouds,
    draw,
    log_uniform,
    over,
    ramp,
)
from training.synthesize.scene import Mark, Scene


def fray(rng: np.random.Generator, scene: Scene) -> Mark:
    """Threads that came loose along an edge, over stuff that thins out towards it."""
    h, w = scene.shape
    inside = (blurred(scene.likely, 1.0) > 0.5).astype(np.uint8)
    edge = np.argwhere(cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    if len(edge) < 8:  # no outline here: fray along a worn line across the window
        line = broken_line(rng, np.array([w * 0.15, h / 2]), np.array([w * 0.85, h / 2]), jag=0.05)
        edge = np.argwhere(draw(scene.shape, [line], 1) > 0.3)
    near = edge[np.abs(edge - np.array([h / 2, w / 2])).max(1) < 0.36 * max(h, w)]
    edge = near if len(near) >= 8 else edge
    likely = blurred(scene.likely, max(1.0, 0.05 * min(h, w)))
    out_x, out_y = -cv2.Sobel(likely, cv2.CV_32F, 1, 0), -cv2.Sobel(likely, cv2.CV_32F, 0, 1)
    band = np.zeros(scene.shape, np.float32)
    band[edge[:, 0], edge[:, 1]] = 1
    band = np.clip(blurred(band, 0.03 * min(h, w)) * 6, 0, 1)
    thin = band * np.clip(0.6 + 0.6 * clouds(rng, scene.shape, 5 * scene.pixel, octaves=2), 0, 1)
    light = over(scene.light, scene.behind * 0.8, thin * np.float32(rng.uniform(0.3, 0.75)))
    own = scene.light[inside > 0].mean(0) if inside.any() else scene.light.mean((0, 1))
    cover = np.zeros(scene.shape, np.float32)
    for _ in range(3):  # three sheens of thread
        lines = []
        for at in edge[rng.integers(0, len(edge), int(rng.integers(8, 26)))]:
            way = np.array([out_x[tuple(at)], out_y[tuple(at)]])
            way = way / max(float(np.linalg.norm(way)), 1e-6) + rng.normal(0, 0.7, 2)
            start = at[::-1].astype(np.float32)
            lines.append(
                broken_line(
                    rng,
                    start - way * 2,
                    start + way * min(h, w) * rng.uniform(0.03, 0.14),
                    jag=0.16,
                    splits=4,
                )
            )
        threads = draw(scene.shape, lines, scene.pixel * rng.uniform(0.6, 1.1)) * np.float32(
            rng.uniform(0.6, 1)
        )
        light = over(light, np.clip(own * rng.uniform(0.6, 1.5) + rng.uniform(0, 0.15), 0, 1), threads)
        cover = np.maximum(cover, threads)
    grown = cv2.dilate(np.maximum(cover, thin), np.ones((3, 3), np.uint8))
    return Mark(light=light, footprint=ramp(grown, 0.15, 0.45))


def missing_part(rng: np.random.Generator, scene: Scene) -> Mark:
    """A piece of the item is gone and what lies behind shows, with a thin edge where it broke or was cut."""
    h, w = scene.shape
    depth = blot(rng, scene.shape, roughness=rng.uniform(0.1, 0.6), stretch=rng.uniform(1, 1.8))
    own = ramp(blurred(scene.likely, 1.0), 0.3, 0.55)
    if float((own * (depth > 0)).sum()) < 0.15 * float((depth > 0).sum()):
        own = np.ones_like(own)  # the prior sees no item here: take the whole piece
    gone = ramp(depth, 0, 0.04) * own
    broken = np.clip(ramp(depth, -rng.uniform(0.03, 0.09), -0.01) - ramp(depth, 0, 0.04), 0, 1) * own
    edge_tone = np.clip(blurred(scene.light, 2) * rng.choice([0.55, 1.35]) + rng.uniform(0, 0.1), 0, 1)
    light = over(scene.light, edge_tone, broken * np.float32(rng.uniform(0.2, 0.9)))
    fall = 0.05 * min(h, w)
    shadow = 1 - np.float32(rng.uniform(0, 0.35)) * blurred(np.clip(1 - gone, 0, 1) * own, fall)
    light = over(light, scene.behind * shadow[..., None], gone)
    return Mark(light=light, footprint=ramp(np.maximum(gone, broken * 0.6), 0.25, 0.5))


def worn_edge(rng: np.random.Generator, scene: Scene) -> Mark:
    """Rubbed along the outline: paler and greyer towards it, in patches, through to the core in places."""
    h, w = scene.shape
    inside = (blurred(scene.likely, 1.0) > 0.5).astype(np.uint8)
    if not 0.05 < inside.mean() < 0.97:  # no outline here: worn along a ridge across the window
        line = broken_line(rng, np.array([w * 0.1, h * 0.55]), np.array([w * 0.9, h * 0.45]), jag=0.04)
        inside = (draw(scene.shape, [line], 1) < 0.3).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    along = _along(rng, scene)
    width = max(2.0 * scene.pixel, min(h, w) * log_uniform(rng, 0.03, 0.12))
    ragged = width * np.clip(1 + 0.45 * clouds(rng, scene.shape, 0.15 * min(h, w)), 0.1, 2.2)
    rubbed = ramp(depth / ragged, 1.0, 0.15) * (inside > 0) * along
    speckled = np.clip(0.65 + 0.4 * clouds(rng, scene.shape, 4 * scene.pixel, octaves=2), 0, 1.2)
    own = blurred(scene.light, 1.5 * scene.pixel)
    grey = own.mean(-1, keepdims=True)
    pale = own * 0.35 + grey * 0.3 + rng.uniform(0.25, 0.38)
    if float(own[inside > 0].mean()) > rng.uniform(0.6, 0.75):  # what is white already gets grey and brown
        pale = own * np.array([0.72, 0.66, 0.58]) * rng.uniform(0.75, 1.0)
    amount = np.clip(rubbed * speckled * rng.uniform(0.6, 1.0), 0, 0.95).astype(np.float32)
    light = over(scene.light, np.clip(pale, 0, 1), amount)
    core = ramp(rubbed * speckled, rng.uniform(0.75, 0.95), 1.1) * chance(rng, 0.6)
    light = over(
        light, np.clip(own.mean((0, 1)) * rng.choice([0.4, 1.5]) + 0.05, 0, 1), core * np.float32(0.7)
    )
    nicks = (
        rubbed * ramp(clouds(rng, scene.shape, 3 * scene.pixel, octaves=2), 1.0, 1.5) * (depth < 0.35 * width)
    )
    light = over(light, scene.behind, nicks.astype(np.float32))
    return Mark(light=light, footprint=ramp(np.maximum(amount, nicks), 0.12, 0.35))


def _along(rng: np.random.Generator, scene: Scene) -> Field:
    """1 along a stretch of the outline around the window's middle, fading to its ends."""
    h, w = scene.shape
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    far = np.sqrt(x * x + y * y) + 0.15 * clouds(rng, scene.shape, 0.4 * min(h, w), octaves=2)
    return ramp(far, 0.85, 0.45)
