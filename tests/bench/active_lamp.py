"""The torch off and on, built: things that reflect it, and screens that shine of themselves."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from active_built import Pair, drawn, spot
from active_scenes import Eye, eyes, photo_of, relief, sampled, screen_grid, seen_at, shown

from training.synthesize.noise import Field, Light, clouds, log_uniform

LAMP_KINDS = ("item", "cloth", "print")
SCREEN_KINDS = ("glossy", "matt")
TOWARDS = np.float32([0, 0, -1])


def reflecting(seed: int, paths: list[Path]) -> Pair:
    """An item in relief, a cloth in folds or a flat print: room light, then the phone's lamp as well."""
    rng = np.random.default_rng([9, seed])
    kind = LAMP_KINDS[seed % 3]
    picture, height = drawn(rng, paths), _surface(rng, kind)
    rise_y, rise_x = np.gradient(height, 1.5 / 384)
    normal = np.stack([rise_x, rise_y, -np.ones_like(rise_x)], -1)
    normal = (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)
    pair, power = _held(rng, rng.uniform(0.9, 1.6)), log_uniform(rng, 0.3, 8)
    sun = rng.normal(0, 0.6, 3)
    sun[2] = -1
    sun /= np.linalg.norm(sun)
    soft, gloss, tone = rng.uniform(0.3, 0.8), log_uniform(rng, 0.01, 0.3), rng.uniform(0, 0.2)
    taken = []
    for turn, eye in enumerate(pair):
        x, y = seen_at(eye, height if height.any() else 0.0)
        faces = np.stack([sampled(np.ascontiguousarray(normal[..., i]), x, y) for i in range(3)], -1)
        room = soft + (1 - soft) * np.maximum((faces * sun.astype(np.float32)).sum(-1), 0)
        lamp = _lamp(eye, x, y, sampled(height, x, y), faces)
        light = (0.03 + 0.97 * sampled(picture, x, y)) * (room + turn * np.float32(power) * lamp)[..., None]
        if turn:
            sheen = lamp**8
            light = light + np.float32(gloss * power * 0.3) * (sheen / sheen.max())[..., None]
        taken.append(photo_of(rng, _metered(rng, _toned(light, tone))))
    return Pair(kind=kind, first=taken[0], second=taken[1])


def _surface(rng: np.random.Generator, kind: str) -> Field:
    side = (384, 384)
    if kind == "item":
        return relief(rng, log_uniform(rng, 0.05, 0.3))
    if kind == "print":
        return np.zeros(side, np.float32)
    height = log_uniform(rng, 0.01, 0.04)
    return (cv2.GaussianBlur(clouds(rng, side, 80, octaves=3), (0, 0), 4) * height).astype(np.float32)


def shining(seed: int, paths: list[Path]) -> Pair:
    """A screen in a room, then with the phone's lamp on it: a veil, and a hot spot in its glass."""
    rng = np.random.default_rng([10, seed])
    kind = SCREEN_KINDS[seed % 2]
    picture, pair = drawn(rng, paths), _held(rng, rng.uniform(1.0, 1.8))
    display = screen_grid(rng)
    bright, power, tone = log_uniform(rng, 0.3, 3), log_uniform(rng, 0.3, 8), rng.uniform(0, 0.2)
    glossy = kind == "glossy"
    veil = log_uniform(rng, 0.003, 0.015) if glossy else log_uniform(rng, 0.01, 0.06)
    size = log_uniform(rng, 0.03, 0.08) if glossy else log_uniform(rng, 0.1, 0.5)
    strength = log_uniform(rng, 1, 30) if glossy else log_uniform(rng, 0.05, 1)
    at = rng.uniform(-0.25, 0.25, 2)
    taken = []
    for turn, eye in enumerate(pair):
        x, y = seen_at(eye, 0.0)
        light = (sampled(picture, x, y) * np.float32(bright) + 0.004) * shown(display, x, y) + np.float32(
            veil
        )
        if turn:
            faces = np.broadcast_to(TOWARDS, (*x.shape, 3))
            lamp = np.float32(veil) * _lamp(eye, x, y, np.zeros_like(x), faces)[..., None]
            light = light + np.float32(power) * (
                lamp + np.float32(strength * 0.1) * spot(x, y, at, [size, size])
            )
        taken.append(photo_of(rng, _metered(rng, _toned(light, tone))))
    return Pair(kind=kind, first=taken[0], second=taken[1])


def _held(rng: np.random.Generator, fills: float) -> tuple[Eye, Eye]:
    """Twice from one place, as still as a hand is."""
    first, _ = eyes(rng, fills=fills, baseline=0.1)
    away = np.linalg.norm(first.place)
    turn = cv2.Rodrigues(rng.normal(0, 0.006, 3))[0]
    place = first.place + rng.normal(0, 0.012, 3) * away
    return first, replace(first, place=place, turn=first.turn @ turn)


def _lamp(eye: Eye, x: Field, y: Field, height: Field, faces: Field) -> Field:
    """Light of a lamp beside the lens: inverse square, slant, and a beam; about 1 straight ahead."""
    distance = float(np.linalg.norm(eye.place))
    source = np.add(eye.place, (0.05 * distance, 0, 0)).astype(np.float32)
    to_lamp = source - np.stack([x, y, -height], -1)
    square = (to_lamp**2).sum(-1)
    unit = to_lamp / np.sqrt(square)[..., None]
    beam = np.maximum((unit * (eye.place / distance).astype(np.float32)).sum(-1), 0) ** np.float32(1.5)
    return np.maximum((unit * faces).sum(-1), 0) / square * np.float32(distance**2) * beam


def _toned(light: Light, amount: float) -> Light:
    """Local tone mapping: bright parts of the photo are held back."""
    around = cv2.GaussianBlur(light.mean(-1), (0, 0), 80) + 0.02
    return light * ((around / around.mean()) ** -amount)[..., None].astype(np.float32)


def _metered(rng: np.random.Generator, light: Light) -> Light:
    """Automatic exposure, more or less weighted towards the middle."""
    h, w = light.shape[:2]
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    weight = np.exp(-(x * x + y * y) * rng.uniform(0, 2))
    mean = (np.clip(light.mean(-1), 0, 4) * weight).sum() / weight.sum()
    return light * np.float32(rng.uniform(0.15, 0.3) / max(mean, 1e-3))
