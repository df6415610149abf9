"""Pairs of photos whose truth is known because they were built: flat pictures, and bodies in relief."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from active_scenes import Eye, bow, eyes, lit, photo_of, relief, sampled, screen_grid, seen_at, shown

from training.synthesize.noise import Field, Light, Picture, log_uniform

FLAT_KINDS = ("screen", "screen", "room", "glare", "mirror", "mirror", "print", "bow")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two photos, and what was built."""

    kind: str
    first: Picture
    second: Picture


def photos(data: Path) -> list[Path]:
    """200 open photos each of sneakers and clothing: what simulated screens, prints and items look like."""
    paths: list[Path] = []
    for name in ("sneakers", "clothing"):
        with (data / name / "manifest.csv").open() as file:
            rows = list(csv.DictReader(file))
        order = np.random.default_rng(5).permutation(len(rows))[:200]
        paths += [data / name / rows[i]["file"] for i in order]
    return paths


def drawn(rng: np.random.Generator, paths: list[Path]) -> Light:
    picture = cv2.imread(str(paths[rng.integers(len(paths))]))
    return lit(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


@dataclass(frozen=True, kw_only=True)
class _Set:
    """Everything that both views of one flat picture share."""

    kind: str
    picture: Light
    ratio: float
    fills: float
    views: tuple[Eye, Eye]
    display: tuple[Light, int, float, float] | None
    height: Field | float
    room: Light
    away: float
    mirrored: Light
    behind: float
    power: float
    bright: float
    glare: float
    spot: Field
    size: Field
    drift: Field


def flat(seed: int, paths: list[Path]) -> Pair:
    """A picture without depth: on a screen that fills the photo or stands in a room, with glare that moves,
    with a room mirrored in its glass (a virtual scene, and that has depth), printed, or printed and bowed.
    """
    rng = np.random.default_rng([7, seed])
    scene = _drawn_set(rng, FLAT_KINDS[seed % 8], paths)
    first, second = (photo_of(rng, _seen(scene, turn)) for turn in (0, 1))
    return Pair(kind=scene.kind, first=first, second=second)


def small(seed: int, paths: list[Path]) -> Pair:
    """A screen, as a phone's, that takes only a part of the photo; the rest is a room with depth."""
    rng = np.random.default_rng([11, seed])
    fills = (0.2, 0.3, 0.4, 0.5)[seed % 4]
    scene = replace(_drawn_set(rng, "room", paths), fills=fills, views=eyes(rng, fills=fills, baseline=0.25))
    first, second = (photo_of(rng, _seen(scene, turn)) for turn in (0, 1))
    return Pair(kind=f"{fills:.0%} of the width", first=first, second=second)


def _drawn_set(rng: np.random.Generator, kind: str, paths: list[Path]) -> _Set:
    picture = drawn(rng, paths)
    ratio = picture.shape[0] / picture.shape[1]
    fills = rng.uniform(1.0, 1.8) if kind != "room" else rng.uniform(0.45, 0.95)
    if ratio > 1 and kind != "room":
        fills = rng.uniform(1, 1.5)
    return _Set(
        kind=kind,
        picture=picture,
        ratio=ratio,
        fills=fills,
        views=eyes(rng, fills=fills, baseline=log_uniform(rng, 0.08, 0.4)),
        display=screen_grid(rng) if kind not in {"print", "bow"} else None,
        height=bow(rng, rng.uniform(-0.06, 0.06)) if kind == "bow" else 0.0,
        room=drawn(rng, paths),
        away=log_uniform(rng, 0.3, 3),
        mirrored=drawn(rng, paths),
        behind=log_uniform(rng, 0.5, 4),
        power=log_uniform(rng, 0.05, 0.5),
        bright=log_uniform(rng, 0.8, 1.8),
        glare=log_uniform(rng, 0.3, 3),
        spot=rng.uniform(-0.4, 0.4, 2),
        size=rng.uniform(0.05, 0.2, 2),
        drift=rng.normal(0, 0.15, 2),
    )


def _seen(scene: _Set, turn: int) -> Light:
    """The light of one view, before the camera."""
    eye = scene.views[turn]
    x, y = seen_at(eye, scene.height)
    light = sampled(scene.picture, x, y) * np.float32(scene.bright) + np.float32(0.01)
    if scene.display is not None:
        light = light * shown(scene.display, x, y)
    if scene.kind == "mirror":
        return light + np.float32(scene.power) * _sheet_behind(eye, scene.mirrored, scene.behind, 1.2)
    if scene.kind == "glare":
        return light + np.float32(scene.glare) * spot(x, y, scene.spot + turn * scene.drift, scene.size)
    if scene.kind == "room":
        back = _sheet_behind(eye, scene.room, scene.away, 1.3 / scene.fills)
        return _framed(light, back, x, y, scene.ratio)
    return light


def _sheet_behind(eye: Eye, picture: Light, depth: float, size: float) -> Light:
    x, y = seen_at(eye, 0.0, depth=depth)
    wide = np.float32((1 + depth / -eye.place[2]) * size)
    return sampled(picture, x / wide, y / wide)


def spot(x: Field, y: Field, at: Field, size: Field) -> Light:
    return np.exp(-(((x - at[0]) / size[0]) ** 2) - ((y - at[1]) / size[1]) ** 2)[..., None].astype(
        np.float32
    )


def _framed(light: Light, back: Light, x: Field, y: Field, ratio: float) -> Light:
    """The screen's picture, its black frame, and the room around them."""
    inside = (np.abs(x) < 0.5) & (np.abs(y) < 0.5 * ratio)
    frame = (np.abs(x) < 0.53) & (np.abs(y) < 0.5 * ratio + 0.03)
    return np.where(inside[..., None], light, np.where(frame[..., None], np.float32(0.005), back))


def deep(seed: int, paths: list[Path]) -> Pair:
    """A photo's colours on a body in relief; `kind` is its height over the distance."""
    rng = np.random.default_rng([8, seed])
    picture = drawn(rng, paths)
    height = log_uniform(rng, 0.06, 0.35)
    body = relief(rng, height)
    pair = eyes(rng, fills=rng.uniform(0.8, 1.4), baseline=log_uniform(rng, 0.15, 0.4))
    share = height / -float(pair[0].place[2])
    kind = "low, under 10 %" if share < 0.1 else "middle, 10 to 20 %" if share < 0.2 else "high, over 20 %"
    first, second = (photo_of(rng, sampled(picture, *seen_at(eye, body))) for eye in pair)
    return Pair(kind=kind, first=first, second=second)
