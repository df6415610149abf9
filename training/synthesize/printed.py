"""Harmless things that are printed or stuck on: lettering, emblem, stripes, sticker."""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Light,
    blurred,
    chance,
    clouds,
    draw,
    fill,
    log_uniform,
    over,
    ramp,
    shifted,
)


def lettering(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A word or two, printed: sharp, even, level with the shading beneath."""
    h, w = light.shape[:2]
    canvas = np.zeros((h, w), np.uint8)
    letters = "ABCDEFGHKLMNOPRSTUVWXYZ0123456789&"
    for line in range(int(rng.integers(1, 4))):
        word = "".join(rng.choice(list(letters), int(rng.integers(2, 8))))
        font = int(
            rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX])
        )
        thick = max(1, int(pixel * rng.uniform(1, 5)))
        wide = cv2.getTextSize(word, font, 1.0, thick)[0][0]
        size = rng.uniform(0.4, 0.85) * w / max(wide, 1)
        at = (int(w * rng.uniform(0.05, 0.15)), int(h * (0.3 + 0.25 * line)))
        cv2.putText(canvas, word, at, font, size, 255, thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.normal(0, 12), 1.0)
    return _printed(rng, light, cv2.warpAffine(canvas, turn, (w, h)).astype(np.float32) / 255)


def emblem(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A logo: a ring, star, bar or swoosh of one ink."""
    h, w = light.shape[:2]
    canvas = np.zeros((h, w), np.uint8)
    middle, radius = (w // 2, h // 2), int(min(h, w) * rng.uniform(0.2, 0.42))
    corners = int(rng.integers(3, 9))
    angles = np.linspace(0, 2 * np.pi, 2 * corners, endpoint=False) + rng.uniform(0, np.pi)
    reach = np.where(np.arange(2 * corners) % 2, rng.uniform(0.4, 1.0), 1.0) * radius * 0.8
    star = np.stack([w / 2 + np.cos(angles) * reach, h / 2 + np.sin(angles) * reach], 1).astype(np.float32)
    shape = fill((h, w), star)
    cv2.circle(canvas, middle, radius, 255, max(1, int(pixel * rng.uniform(1, 8))), cv2.LINE_AA)
    ring = canvas.astype(np.float32) / 255
    return _printed(rng, light, np.maximum(shape * chance(rng, 0.7), ring))


def stripes(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A woven or printed band of lines, straight and regular."""
    h, w = light.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    turn = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    along = x * np.cos(turn) + y * np.sin(turn) + 2 * clouds(rng, (h, w), max(h, w), octaves=1)
    period = pixel * log_uniform(rng, 6, 40)
    lines = ramp(
        np.cos(along * np.float32(2 * np.pi / period)).astype(np.float32), rng.uniform(-0.3, 0.8), 0.95
    )
    inside = ramp(
        np.abs(y * np.cos(turn) - x * np.sin(turn) - (h * np.cos(turn) - w * np.sin(turn)) / 2),
        h * 0.42,
        h * 0.4,
    )
    return _printed(rng, light, lines * inside)


def sticker(rng: np.random.Generator, light: Light, pixel: float) -> Light:
    """A label or price tag with fine print, a straight edge and a thin shadow."""
    h, w = light.shape[:2]
    half = np.array([w * rng.uniform(0.2, 0.36), h * rng.uniform(0.12, 0.34)])
    turn = np.radians(rng.normal(0, 20))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([w / 2, h / 2])
    outline = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half) @ spin.T + middle
    body = fill((h, w), outline.astype(np.float32))
    light = light * (
        1 - 0.3 * np.clip(blurred(shifted(body, (pixel, 2 * pixel)), pixel) - body, 0, 1)[..., None]
    )
    paper = rng.uniform(0.8, 1, 3) if chance(rng, 0.7) else rng.uniform(0.2, 1, 3)
    light = over(light, paper, body)
    rows = [
        (np.array([[-0.75, y], [rng.uniform(-0.2, 0.75), y]]) * half) @ spin.T + middle
        for y in np.arange(-0.65, 0.7, rng.uniform(0.2, 0.4))
    ]
    return over(light, np.full(3, 0.15), draw((h, w), rows, pixel * rng.uniform(0.7, 3)) * body)


def _printed(rng: np.random.Generator, light: Light, where: Field) -> Light:
    """Ink takes the shading of the stuff it is printed on."""
    shading = blurred(light.mean(-1), 2) / max(float(light.mean()), 0.05)
    ink = np.clip(ink_for(rng, light) * np.clip(shading, 0.5, 1.5)[..., None], 0, 1)
    return over(light, ink, where * np.float32(rng.uniform(0.7, 1)))


def ink_for(rng: np.random.Generator, light: Light) -> Field:
    """A colour someone chose: clearly lighter or darker than what it is printed on."""
    ink = rng.uniform(0, 1, 3) if chance(rng, 0.5) else np.full(3, rng.choice([0.06, 0.95]))
    if abs(float(ink.mean()) - float(light.mean())) < 0.2:
        ink = np.clip(ink + (0.45 if light.mean() < 0.5 else -0.45), 0, 1)
    return ink.astype(np.float32)
