"""Hard things that break: the crack, its branches, and the star around a blow."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Light,
    Points,
    broken_line,
    chance,
    draw,
    log_uniform,
    over,
    ramp,
    shifted,
)
from training.synthesize.scene import Mark, Scene


def crack(rng: np.random.Generator, scene: Scene) -> Mark:
    """A fracture that branches, or a star around a blow; one edge glints, the pieces sit a little apart."""
    star = chance(rng, 0.3)
    lines = _star(rng, scene.shape) if star else _branches(rng, scene.shape)
    width = scene.pixel * log_uniform(rng, 0.7, 1.8)
    quarter = len(lines[0]) // 4  # a fracture tapers: only the middle of the main one is this wide
    gap = np.maximum(
        draw(scene.shape, lines, width * 0.5), draw(scene.shape, [lines[0][quarter:-quarter]], width)
    )
    light = scene.light if star else _apart(rng, scene, lines[0])
    pale = star and chance(rng, 0.7)  # cracked glass scatters light, cracked clay swallows it
    tone = np.full(3, rng.uniform(0.75, 1.0)) if pale else np.array([0.10, 0.08, 0.07]) + rng.uniform(0, 0.12)
    light = over(light, tone, gap * np.float32(rng.uniform(0.65, 1)))
    glint = shifted(gap, (width * rng.choice([-1, 1]), width)) * (1 - gap)
    light = over(light, np.full(3, 0.95), glint * np.float32(rng.uniform(0.1, 0.5)))
    grown = cv2.dilate(gap, np.ones((3, 3), np.uint8))
    return Mark(light=light, footprint=ramp(grown, 0.1, 0.35))


def _branches(rng: np.random.Generator, shape: tuple[int, int]) -> list[Points]:
    """A main fracture through the window, with ever shorter branches that leave it at 20 to 60 degrees."""
    h, w = shape
    angle = rng.uniform(0, np.pi)
    reach = np.array([w * np.cos(angle), h * np.sin(angle)]) * rng.uniform(0.35, 0.48)
    middle = np.array([w / 2, h / 2])
    main = broken_line(rng, middle - reach, middle + reach, jag=rng.uniform(0.05, 0.12), splits=5)
    lines = [main]
    for _ in range(rng.integers(0, 6)):
        parent = lines[rng.integers(len(lines))]
        at = int(rng.integers(1, len(parent) - 1))
        way = parent[at] - parent[at - 1]
        way = way / max(float(np.linalg.norm(way)), 1e-6)
        turn = rng.choice([-1, 1]) * np.radians(rng.uniform(20, 60))
        way = np.array(
            [way[0] * np.cos(turn) - way[1] * np.sin(turn), way[0] * np.sin(turn) + way[1] * np.cos(turn)]
        )
        end = parent[at] + way * min(h, w) * rng.uniform(0.08, 0.3) * 0.8 ** len(lines)
        lines.append(broken_line(rng, parent[at], end, jag=0.09, splits=4))
    return lines


def _star(rng: np.random.Generator, shape: tuple[int, int]) -> list[Points]:
    """Rays from a blow, and arcs between neighbours, as a dropped phone shows."""
    h, w = shape
    centre = np.array([w / 2, h / 2]) + rng.normal(0, 0.08, 2) * min(h, w)
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 12)))
    lengths = rng.uniform(0.2, 0.48, len(angles)) * min(h, w)
    ends = centre + np.stack([np.cos(angles), np.sin(angles)], 1) * lengths[:, None]
    lines = [broken_line(rng, centre, end, jag=0.04, splits=4) for end in ends]
    for first, second in zip(ends, np.roll(ends, -1, 0), strict=True):
        if chance(rng, 0.5):
            far = rng.uniform(0.2, 0.7)
            lines.append(
                broken_line(rng, centre + (first - centre) * far, centre + (second - centre) * far, jag=0.04)
            )
    return lines


def _apart(rng: np.random.Generator, scene: Scene, main: Points) -> Light:
    """One side of the fracture slipped and tilted: its light differs, its pattern no longer meets."""
    h, w = scene.shape
    start, end = main[0], main[-1]
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    aside = (x - start[0]) * -along[1] + (y - start[1]) * along[0]
    course = np.interp(
        ((x - start[0]) * along[0] + (y - start[1]) * along[1]).ravel(),
        *_sorted(np.stack([(main - start) @ along, (main - start) @ np.array([-along[1], along[0]])], 1)),
    ).reshape(h, w)
    side = aside - course.astype(np.float32)
    fade = ramp(side, 0.3 * min(h, w), 0) * (side > 0) * ramp(_from_ends(x, y, start, end), 1.0, 0.8)
    slip = fade * np.float32(scene.pixel * rng.uniform(0, 2.2))
    moved = cv2.remap(
        scene.light, x + slip * along[0], y + slip * along[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return (moved * (1 + rng.uniform(-0.14, 0.1) * fade)[..., None]).astype(np.float32)  # type: ignore[no-any-return]


def _sorted(pairs: Points) -> tuple[Points, Points]:
    """Both columns in the order of the first, as `np.interp` wants them."""
    order = np.argsort(pairs[:, 0])
    return pairs[order, 0], pairs[order, 1]


def _from_ends(x: Field, y: Field, start: Points, end: Points) -> Field:
    """0 in the middle of the line, 1 at the distance of its ends."""
    middle = (start + end) / 2
    half = max(float(np.linalg.norm(end - start)) / 2, 1e-6)
    return np.sqrt((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / np.float32(half)  # type: ignore[no-any-return]
