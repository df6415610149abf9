"""Soft things that give way: tear and hole."""

import numpy as np

from training.synthesize.noise import (
    Field,
    Light,
    Points,
    blot,
    blurred,
    broken_line,
    chance,
    clouds,
    draw,
    fill,
    log_uniform,
    over,
    ramp,
    shifted,
)
from training.synthesize.scene import Mark, Scene


def tear(rng: np.random.Generator, scene: Scene) -> Mark:
    """An irregular slit that gapes; what shows through lies deeper; one lip is lifted, threads cross it."""
    h, w = scene.shape
    outline = _slit(rng, scene.shape)
    gap = fill(scene.shape, outline)
    around = max(1.0, 0.02 * min(h, w))
    side = rng.choice([-1, 1], 2) * around * rng.uniform(0.6, 1.6)
    lip = np.clip(shifted(gap, (float(side[0]), float(side[1]))) - gap, 0, 1)
    under = np.clip(blurred(gap, 1.6 * around) - gap, 0, 1)
    light = scene.light * (1 - rng.uniform(0.1, 0.5) * under[..., None])
    light = over(
        light, np.clip(blurred(light, 1) * rng.uniform(1.1, 1.4) + 0.1, 0, 1), blurred(lip, 0.5) * 0.75
    )
    depth = np.clip(shifted(gap, (-float(side[0]) * 2, -float(side[1]) * 2)), 0, 1)
    inside = _inside(rng, scene) * (1 - 0.45 * (1 - blurred(depth, around)))[..., None]
    light = over(light, inside, gap)
    light = _threads(rng, scene, light, gap, int(rng.integers(0, 14)))
    return Mark(light=light, footprint=ramp(np.maximum(gap, lip * 0.6), 0.2, 0.5))


def _slit(rng: np.random.Generator, shape: tuple[int, int]) -> Points:
    """The outline of a gaping slit: two jagged lips that meet at both ends."""
    h, w = shape
    angle = rng.uniform(0, np.pi)
    reach = np.array([w * np.cos(angle), h * np.sin(angle)]) * rng.uniform(0.3, 0.44)
    middle = np.array([w / 2, h / 2])
    spine = broken_line(rng, middle - reach, middle + reach, jag=rng.uniform(0.03, 0.1), splits=5)
    gape = (
        np.sin(np.linspace(0, np.pi, len(spine))) ** rng.uniform(0.5, 1.2)
        * min(h, w)
        * log_uniform(rng, 0.02, 0.14)
    )
    across = np.array([-reach[1], reach[0]]) / max(float(np.linalg.norm(reach)), 1e-6)
    ragged = np.clip(1 + rng.normal(0, 0.22, (2, len(spine))), 0.2, 2)
    upper = spine + across * (gape * ragged[0])[:, None] * rng.uniform(0.3, 1)
    lower = spine - across * (gape * ragged[1])[:, None]
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)


def hole(rng: np.random.Generator, scene: Scene) -> Mark:
    """A piece worn or burnt through: dark or another colour inside, an uneven rim, shadow within."""
    h, w = scene.shape
    depth = blot(rng, scene.shape, roughness=rng.uniform(0.15, 0.7), stretch=log_uniform(rng, 1, 2.2))
    gap = ramp(depth, 0.0, 0.05)
    rim = ramp(depth, -rng.uniform(0.08, 0.25), 0.0) * (1 - gap)
    fuzz = np.clip(1 + 0.6 * clouds(rng, scene.shape, 4 * scene.pixel, octaves=2), 0, 1.6)
    burnt = chance(rng, 0.2)
    tone = scene.light * (0.25 if burnt else rng.uniform(0.55, 0.9))
    if not burnt and chance(rng, 0.5):
        tone = np.clip(blurred(scene.light, 1.5) * 1.15 + 0.08, 0, 1)
    light = over(scene.light, tone, np.clip(rim * fuzz, 0, 1) * np.float32(rng.uniform(0.4, 1)))
    fall = 0.06 * min(h, w)
    lit = blurred(shifted(gap, (fall * rng.uniform(0.3, 1), fall)), max(0.8, fall / 2))
    light = over(light, _inside(rng, scene) * (0.5 + 0.5 * lit[..., None]), gap)
    light = _threads(rng, scene, light, gap, 0 if burnt else int(rng.integers(0, 24)))
    return Mark(light=light, footprint=ramp(np.maximum(gap, rim * 0.5), 0.25, 0.5))


def _inside(rng: np.random.Generator, scene: Scene) -> Light:
    """What shows through: darkness, the floor behind, pale padding, or the dark inside of the same stuff."""
    grain = (1 + 0.08 * clouds(rng, scene.shape, 5 * scene.pixel, octaves=2))[..., None]
    own = scene.light.mean((0, 1))
    choices: list[Field] = [
        np.broadcast_to(np.float32(rng.uniform(0.05, 0.2)) * scene.tint(), scene.light.shape),
        scene.behind * np.float32(rng.uniform(0.5, 0.8)),
        np.broadcast_to(own * np.float32(rng.uniform(0.3, 0.55)), scene.light.shape),
        np.broadcast_to(
            np.array([0.8, 0.78, 0.72], np.float32) * np.float32(rng.uniform(0.7, 1)), scene.light.shape
        ),
    ]
    inside = choices[int(rng.choice(4, p=[0.35, 0.25, 0.25, 0.15]))]
    if float(np.abs(inside.mean((0, 1)) - own).max()) < 0.12:  # a hole that looks like its rim is no hole
        inside = np.broadcast_to(
            own * np.float32(0.4) if own.mean() > 0.25 else scene.tint() * np.float32(0.7), scene.light.shape
        )
    uneven = (0.85 + 0.2 * clouds(rng, scene.shape, max(scene.shape) / 2, octaves=2))[..., None]
    darkest = np.float32(
        np.percentile(scene.light[::4, ::4], 2) * 0.7
    )  # haze and glare lift a photo's blacks
    return np.clip(np.maximum(inside * grain * uneven, darkest), 0, 1).astype(np.float32)


def _threads(rng: np.random.Generator, scene: Scene, light: Light, gap: Field, count: int) -> Light:
    """Loose threads of the item's own colour that reach from the rim into the gap."""
    edge = np.argwhere((gap > 0.4) & (gap < 0.98))
    if not len(edge) or not count:
        return light
    h, w = scene.shape
    middle = np.array([w / 2, h / 2])
    lines = []
    for _ in range(count):
        start = edge[rng.integers(len(edge))][::-1].astype(np.float32)
        inward = (middle - start) * rng.uniform(-0.15, 0.75) + rng.normal(0, 0.06, 2) * min(h, w)
        lines.append(broken_line(rng, start, start + inward, jag=0.14, splits=3))
    own = np.clip(scene.light.mean((0, 1)) * rng.uniform(0.9, 1.35) + 0.04, 0, 1)
    return over(light, own, draw(scene.shape, lines, 0.8 * scene.pixel) * np.float32(rng.uniform(0.6, 1)))
