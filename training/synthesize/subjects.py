"""What else there is in front of a camera than items: pages, cloth seen closely, walls and skies.

Shown to both classes of the capture claim alike. Without white pages a head takes bright for "screen";
without weave it takes every fine regular pattern for a display's grid.
"""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Picture,
    blurred,
    chance,
    clouds,
    grid,
    log_uniform,
    to_light,
    to_picture,
)

_SIDE = 512
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyzaeiouABCDEFGHIJKLMN0123456789   .,:-/"))


def subject(rng: np.random.Generator, picture: Picture) -> Picture:
    """Mostly the picture itself, else a page, cloth or a plain of its colours, 512 px square."""
    kinds = (None, page, cloth, plain)
    make = kinds[rng.choice(len(kinds), p=[0.85, 0.06, 0.06, 0.03])]
    return picture if make is None else make(rng, picture)


def page(rng: np.random.Generator, picture: Picture) -> Picture:
    """Writing, boxes and small pictures on a light ground, or on a dark one."""
    dark = chance(rng, 0.25)
    ground = rng.uniform(5, 50) if dark else rng.uniform(215, 255)
    tint = rng.normal(0, 6, 3) * chance(rng, 0.5)
    made = np.full((_SIDE, _SIDE, 3), np.clip(ground + tint, 0, 255), np.uint8)
    for _ in range(int(rng.integers(3))):
        x, y = int(rng.integers(_SIDE - 80)), int(rng.integers(_SIDE - 60))
        box = made[y : y + int(rng.integers(20, 200)), x : x + int(rng.integers(60, 400))]
        if chance(rng, 0.5):
            box[:] = rng.uniform(0, 255, 3)
        else:
            box[:] = cv2.resize(picture, box.shape[1::-1], interpolation=cv2.INTER_AREA)
    _write(rng, made, float(rng.uniform(180, 255) if dark else rng.uniform(0, 80)))
    return made


def _write(rng: np.random.Generator, made: Picture, ink: float) -> None:
    size, font, ruled = log_uniform(rng, 0.35, 1.6), int(rng.choice(_FONTS)), chance(rng, 0.25)
    step = int(30 * size * rng.uniform(1.0, 1.8)) + 4
    for y in range(int(rng.uniform(5, 40)), _SIDE, step):
        if not chance(rng, 0.15):
            words = "".join(rng.choice(_LETTERS, int(rng.integers(4, 60))))
            colour = [ink] * 3 if chance(rng, 0.85) else rng.uniform(0, 255, 3).tolist()
            weight = 1 + int(size * rng.uniform(0, 2))
            cv2.putText(made, words, (int(rng.uniform(0, 60)), y), font, size, colour, weight, cv2.LINE_AA)
        if ruled:
            cv2.line(made, (0, y + step // 4), (_SIDE, y + step // 4), [ink] * 3, 1)


def cloth(rng: np.random.Generator, picture: Picture) -> Picture:
    """Weave, twill, knit or grain at 3 to 16 px a thread: regular and fine, and no screen."""
    shape, angle = (_SIDE, _SIDE), rng.uniform(0, np.pi)
    x, y = grid(shape)
    slack = clouds(rng, shape, rng.uniform(20, 80), octaves=2) * np.float32(rng.uniform(0, 0.6))
    thread = log_uniform(rng, 3, 16)
    across = (x * np.cos(angle) + y * np.sin(angle)) / thread + slack
    along = (y * np.cos(angle) - x * np.sin(angle)) / thread * rng.uniform(0.6, 1.6) + slack
    relief = _relief(rng, across, along, thread) + np.float32(rng.uniform(0.05, 0.35)) * clouds(
        rng, shape, 3, octaves=2
    )
    relief = (relief - relief.mean()) / (relief.std() + 1e-6)
    colours = to_light(cv2.resize(picture, shape, interpolation=cv2.INTER_AREA))
    colours = blurred(colours, log_uniform(rng, 2, 60))
    if chance(rng, 0.4):
        colours = np.broadcast_to(rng.uniform(0.15, 0.85, 3).astype(np.float32), colours.shape)
    return to_picture(colours * (1 + np.float32(log_uniform(rng, 0.04, 0.35)) * relief[..., None]))


def _relief(rng: np.random.Generator, across: Field, along: Field, thread: float) -> Field:
    """How high the threads lie, 0 to 1."""

    def ridge(at: Field) -> Field:
        return np.abs(np.sin(np.pi * at)).astype(np.float32)

    match int(rng.integers(4)):
        case 0:
            over = (np.floor(across) + np.floor(along)) % 2 > 0
            return np.where(over, ridge(across), ridge(along))
        case 1:
            return 0.7 * ridge(across + 0.5 * np.abs(along % 1 - 0.5)) + 0.3 * ridge(along)
        case 2:
            return ridge(across + 0.33 * np.floor(along))
    return 0.5 + 0.25 * clouds(rng, (_SIDE, _SIDE), thread / 2, octaves=3)


def plain(rng: np.random.Generator, picture: Picture) -> Picture:
    """Walls, skies, whatever is out of focus: next to nothing to see."""
    small = to_light(cv2.resize(picture, (_SIDE // 8, _SIDE // 8), interpolation=cv2.INTER_AREA))
    made = cv2.resize(blurred(small, rng.uniform(1, 12)), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    grain = clouds(rng, (_SIDE, _SIDE), rng.uniform(1.5, 8), octaves=3)
    return to_picture(made * (1 + np.float32(log_uniform(rng, 0.003, 0.05)) * grain[..., None]))
