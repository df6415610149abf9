"""Hard things in two: a piece snapped off at the outline, with the face of the fracture, and crumbs."""

from itertools import pairwise

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Light,
    Points,
    blurred,
    broken_line,
    chance,
    clouds,
    fill,
    log_uniform,
    over,
    ramp,
    shifted,
)
from training.synthesize.scene import Mark, Scene


def broken_piece(rng: np.random.Generator, scene: Scene) -> Mark:
    """A corner snapped off along a jagged break: gone, or lying a little way off, turned."""
    own = ramp(blurred(scene.likely, 0.8), 0.35, 0.6)
    if own.mean() < 0.08:
        own = np.ones_like(own)  # no item told here: the whole window is taken for it
    middle, outward = _outline(scene, own)
    off = fill(scene.shape, _break(rng, scene.shape, middle, outward))
    piece = off * own
    small = min(scene.shape)
    shade = blurred(shifted(own * (1 - off), (0.03 * small, 0.04 * small)), max(0.8, 0.03 * small))
    bare = scene.behind * (1 - np.float32(rng.uniform(0.25, 0.6)) * shade)[..., None]
    light = over(scene.light, bare, piece)
    light, face = _face(rng, scene, light, off, own)
    footprint = np.maximum(piece, face)
    if chance(rng, 0.5):
        light, moved = _beside(rng, scene, light, piece, outward)
        footprint = np.maximum(footprint, moved)
    light, crumbs = _crumbs(rng, scene, light, middle, outward)
    return Mark(light=light, footprint=ramp(np.maximum(footprint, crumbs), 0.2, 0.5))


def _outline(scene: Scene, own: Field) -> tuple[Points, Points]:
    """The point of the item's outline nearest to the window's middle, and the way out of the item there."""
    h, w = scene.shape
    inside = (own > 0.5).astype(np.uint8)
    edge = np.argwhere(cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    centre = np.array([w / 2, h / 2], np.float32)
    if not len(edge):
        return centre, np.array([0.0, -1.0], np.float32)
    at = edge[np.abs(edge - centre[::-1]).sum(1).argmin()]
    smooth = blurred(own, max(1.0, 0.12 * min(h, w)))
    way = -np.array(
        [
            cv2.Sobel(smooth, cv2.CV_32F, 1, 0)[tuple(at)],
            cv2.Sobel(smooth, cv2.CV_32F, 0, 1)[tuple(at)],
        ]
    )
    length = float(np.linalg.norm(way))
    return at[::-1].astype(np.float32), way / length if length > 1e-6 else np.array([0.0, -1.0])


def _break(rng: np.random.Generator, shape: tuple[int, int], middle: Points, outward: Points) -> Points:
    """The outline of what breaks off: facets inside the item, jagged, and a wide arc outside it."""
    small = min(shape)
    along = np.array([-outward[1], outward[0]])
    depth, half = small * rng.uniform(0.1, 0.3), small * rng.uniform(0.3, 0.42)
    steps = np.linspace(-1, 1, int(rng.integers(3, 6)))
    inward = depth * np.clip(1 - 0.5 * steps**2 + rng.normal(0, 0.25, len(steps)), 0.15, 1.4)
    inward[0] = inward[-1] = -0.25 * small
    corners = middle + along * (steps * half)[:, None] - outward * inward[:, None]
    jag = rng.uniform(0.02, 0.09)
    sides = [broken_line(rng, a, b, jag=jag, splits=4) for a, b in pairwise(corners)]
    return np.concatenate(sides).astype(np.float32)


def _face(
    rng: np.random.Generator, scene: Scene, light: Light, off: Field, own: Field
) -> tuple[Light, Field]:
    """The fracture's face: rough, of the stuff's core, with a sharp dark or bright lip."""
    width = max(1.2 * scene.pixel, min(scene.shape) * log_uniform(rng, 0.012, 0.06))
    inner = own * (1 - off)
    turn = rng.uniform(0, 2 * np.pi)  # the face is seen on one side of the break only
    seen = shifted(inner, (float(np.cos(turn) * width), float(np.sin(turn) * width)))
    ragged = 0.8 + 0.4 * clouds(rng, scene.shape, 4 * scene.pixel, octaves=3)
    face = np.clip(np.minimum(off * own, seen) * ragged, 0, 1)
    near = own * np.clip(blurred(off, 0.4 * width) * 2, 0, 1) * (1 - off)
    tone = _core(rng, scene) * (1 + 0.12 * clouds(rng, scene.shape, 3 * scene.pixel, octaves=3))[..., None]
    lit = light * (1 + np.float32(rng.choice([-0.35, 0.3])) * near[..., None])
    return over(lit, np.clip(tone, 0, 1), face), np.maximum(face, near * 0.6)


def _core(rng: np.random.Generator, scene: Scene) -> Light:
    """What the stuff is made of inside: crumb, raw clay, wood or plastic, or simply a darker cut."""
    own = scene.light[scene.likely > 0.5].mean(0) if (scene.likely > 0.5).any() else scene.light.mean((0, 1))
    choices = [own * 0.85 + 0.12, own * 0.6, own * 0.35 + np.array([0.52, 0.48, 0.42]), own * 0.8]
    chosen = choices[int(rng.choice(4, p=[0.35, 0.25, 0.25, 0.15]))]
    return np.asarray(np.clip(chosen, 0, 1), np.float32)


def _beside(
    rng: np.random.Generator, scene: Scene, light: Light, piece: Field, outward: Points
) -> tuple[Light, Field]:
    """The piece itself, moved outwards a little and turned, over its own shadow."""
    h, w = scene.shape
    weight = max(float(piece.sum()), 1e-6)
    centre = (
        float((piece.sum(0) * np.arange(w)).sum()) / weight,
        float((piece.sum(1) * np.arange(h)).sum()) / weight,
    )
    turn = cv2.getRotationMatrix2D(centre, rng.normal(0, 9), 1.0)
    turn[:, 2] = turn[:, 2] + np.asarray(outward) * min(h, w) * rng.uniform(0.03, 0.11)
    moved = cv2.warpAffine(piece, turn, (w, h))
    body = cv2.warpAffine(scene.light, turn, (w, h), borderMode=cv2.BORDER_REFLECT)
    fall = 0.02 * min(h, w)
    shadow = blurred(shifted(moved, (fall, 1.5 * fall)), max(0.8, fall)) * (1 - moved)
    return over(light * (1 - 0.4 * shadow[..., None]), body, moved), moved


def _crumbs(
    rng: np.random.Generator, scene: Scene, light: Light, middle: Points, outward: Points
) -> tuple[Light, Field]:
    """A few splinters outside, near the break."""
    bits = np.zeros(scene.shape, np.uint8)
    for _ in range(int(rng.choice([0, 0, 2, 5, 9]))):
        far = outward * rng.uniform(0.02, 0.3) + rng.normal(0, 0.15, 2)
        at = middle + far * min(scene.shape)
        shape = rng.normal(0, scene.pixel * rng.uniform(0.6, 1.8), (5, 2)) + at
        cv2.fillConvexPoly(bits, cv2.convexHull(shape.round().astype(np.int32)), 255, cv2.LINE_AA)
    bit = bits.astype(np.float32) / 255
    shadow = blurred(shifted(bit, (1.2 * scene.pixel, 1.5 * scene.pixel)), 0.8 * scene.pixel) * (1 - bit)
    light = light * (1 - 0.4 * shadow[..., None])
    return over(light, _core(rng, scene) * rng.uniform(0.8, 1.2), bit), bit
