"""Harmless things that light does: cast shadow, folds, gleam."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Light,
    arc,
    blot,
    blurred,
    chance,
    draw,
    fill,
    log_uniform,
    over,
    ramp,
)


def cast_shadow(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """The shadow of a hand, a phone or a window frame: soft, and of no colour of its own."""
    shape = light.shape[:2]
    edge = ramp(blot(rng, shape, roughness=rng.uniform(0, 0.4), stretch=log_uniform(rng, 1.5, 5)), 0, 0.1)
    if chance(rng, 0.5):  # a straight edge: a phone, a window frame
        turn, at = rng.uniform(0, 2 * np.pi), np.array(shape) * rng.uniform(0.3, 0.7, 2)
        corners = np.array(
            [[0, -3], [0, 3], [rng.uniform(0.15, 0.5), 3], [rng.uniform(0.15, 0.5), -3]]
        ) * max(shape)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        edge = fill(shape, (corners @ spin.T + at[::-1]).astype(np.float32)) * ramp(
            blot(rng, shape, roughness=0), -0.3, 0.4
        )
    dim = blurred(edge, max(1.0, min(shape) * log_uniform(rng, 0.01, 0.08)))
    tint = np.array([1.0, 0.97, 0.92]) * rng.uniform(0.2, 0.5)
    return light * (1 - dim[..., None] * tint.astype(np.float32))  # type: ignore[no-any-return]


def folds(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """Creases of cloth at rest: long soft ridges, light on one flank and dark on the other."""
    h, w = light.shape[:2]
    height = np.zeros((h, w), np.float32)
    for _ in range(int(rng.integers(1, 6))):
        angle = rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle) * w, np.sin(angle) * h]) * rng.uniform(0.2, 0.42)
        middle = np.array([w, h]) * rng.uniform(0.35, 0.65, 2)
        line = arc(rng, middle - reach, middle + reach, bend=0.12)
        height += blurred(draw((h, w), [line], 2 * pixel), min(h, w) * log_uniform(rng, 0.015, 0.05))
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) + cv2.Sobel(height, cv2.CV_32F, 0, 1)
    slope = slope / max(float(np.abs(slope).max()), 1e-6)
    return light * np.exp(np.float32(rng.uniform(0.2, 0.7)) * slope)[..., None]  # type: ignore[no-any-return]


def gleam(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A lamp in a glossy surface: white, soft at its edge, often a row of them."""
    shape = light.shape[:2]
    glow = ramp(
        blot(rng, shape, roughness=rng.uniform(0, 0.3), stretch=log_uniform(rng, 1, 6)),
        0,
        rng.uniform(0.1, 0.8),
    )
    glow = blurred(glow, max(0.8, min(shape) * rng.uniform(0.005, 0.05)))
    return over(light, np.array([1.0, 0.98, 0.95]), glow * np.float32(rng.uniform(0.3, 0.95)))
