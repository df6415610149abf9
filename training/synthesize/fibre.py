"""Cloth that was worn and washed: pilling."""

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
    shifted,
)
from training.synthesize.scene import Mark, Scene


def pilling(rng: np.random.Generator, scene: Scene) -> Mark:
    """Little balls of fibre, thick in the middle of a rubbed place, lit from one side, with hairs between."""
    radius = scene.pixel * log_uniform(rng, 0.75, 1.8)
    where = _rubbed(rng, scene)
    often = where / np.float32(radius * radius * rng.uniform(14, 38))
    balls = (rng.random(scene.shape) < often) * rng.uniform(0.35, 1.0, scene.shape)
    ball = np.minimum(blurred(balls.astype(np.float32), radius) * np.float32(6.3 * radius**2), 1.1)
    turn = rng.uniform(0, 2 * np.pi)
    toward = (float(np.cos(turn) * radius), float(np.sin(turn) * radius))
    shade = np.clip(shifted(ball, toward) - ball, 0, 1)
    gleam = np.clip(shifted(ball, (-toward[0], -toward[1])), 0, 1) * ball
    own = blurred(scene.light, 2 * scene.pixel)
    lint = own * rng.uniform(0.75, 0.95) + rng.uniform(0.08, 0.2)  # stray fibres of all colours: greyer
    if chance(rng, 0.3):
        lint = own * rng.uniform(1.05, 1.25) + 0.05
    light = scene.light * (1 - np.float32(rng.uniform(0.25, 0.5)) * shade[..., None])
    light = over(light, np.clip(lint, 0, 1), np.clip(ball, 0, 1) * np.float32(rng.uniform(0.5, 0.85)))
    light = light * (1 + np.float32(rng.uniform(0.1, 0.35)) * gleam[..., None])
    light = over(light, np.clip(lint * 1.1, 0, 1), _hairs(rng, scene, where))
    near = blurred(np.clip(ball, 0, 1), 1.2 * radius)
    return Mark(light=light.astype(np.float32), footprint=ramp(near, 0.04, 0.14))


def _rubbed(rng: np.random.Generator, scene: Scene) -> Field:
    """Where it rubbed, 0 to 1: a blotchy place on the item, dense in its middle."""
    place = blot(rng, scene.shape, roughness=rng.uniform(0.4, 1.0), stretch=log_uniform(rng, 1, 3))
    uneven = 1 + 0.5 * clouds(rng, scene.shape, max(scene.shape) / 5, octaves=2)
    return np.clip(ramp(place, 0, 0.7) * uneven, 0, 1.5) * ramp(scene.likely, 0.3, 0.6)


def _hairs(rng: np.random.Generator, scene: Scene, where: Field) -> Field:
    """Short loose fibres, faint."""
    spots = np.argwhere(where > 0.3)
    if not len(spots):
        return np.zeros(scene.shape, np.float32)
    starts = spots[rng.integers(0, len(spots), int(rng.integers(4, 40)))][:, ::-1].astype(np.float32)
    reach = rng.normal(0, 3 * scene.pixel, starts.shape)
    lines = [broken_line(rng, a, a + b, jag=0.3, splits=3) for a, b in zip(starts, reach, strict=True)]
    return draw(scene.shape, lines, 0.5 * scene.pixel) * np.float32(0.5)
