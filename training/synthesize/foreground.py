"""Where the item probably is: damage on the floor beside it would teach nonsense.

A prior, not a segmentation: what differs in colour from the picture's border, and is near its middle.
"""

import cv2
import numpy as np

from training.synthesize.noise import Field, Picture, clouds

_SIDE = 64  # px; the prior is computed this small, in about a millisecond


def foreground(picture: Picture) -> Field:
    """How likely each pixel belongs to the item: float32 (h, w) in [0, 1]."""
    h, w = picture.shape[:2]
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    likely = _differs_from_border(lab) * _centred()
    likely = cv2.GaussianBlur(likely, (0, 0), 1.2)
    likely = np.asarray(likely / max(float(likely.max()), 1e-6), np.float32)
    return cv2.resize(likely, (w, h), interpolation=cv2.INTER_LINEAR)


def _differs_from_border(lab: Field) -> Field:
    """0 where the colour is one of the border's four most typical ones, 1 where it is like none of them."""
    border = np.concatenate([lab[:3].reshape(-1, 3), lab[:, :3].reshape(-1, 3), lab[:, -3:].reshape(-1, 3)])
    order = np.argsort(border[:, 0], kind="stable")  # by lightness: four groups, from dark floor to pale wall
    typical = np.stack([group.mean(0) for group in np.array_split(border[order], 4)])
    spread = np.stack([group.std(0) for group in np.array_split(border[order], 4)]) + 3.0
    distance = np.sqrt((((lab[:, :, None] - typical) / spread) ** 2).mean(-1)).min(-1)
    return np.clip(distance / 3.0, 0.03, 1).astype(np.float32)  # type: ignore[no-any-return]


def _centred() -> Field:
    """A hill over the middle: shoppers point the phone at the item."""
    y, x = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    return np.exp(-((x / 0.72) ** 4) - (y / 0.8) ** 4).astype(np.float32)  # type: ignore[no-any-return]


def spot(rng: np.random.Generator, likely: Field) -> tuple[int, int]:
    """A pixel (x, y) of the item, more often a surer one."""
    h, w = likely.shape
    small = cv2.resize(likely, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    weight = (small.astype(np.float64) ** 4).ravel() + 1e-9
    cell = int(rng.choice(weight.size, p=weight / weight.sum()))
    y, x = divmod(cell, _SIDE)
    return (
        min(w - 1, int((x + rng.random()) / _SIDE * w)),
        min(h - 1, int((y + rng.random()) / _SIDE * h)),
    )


def outline_spot(rng: np.random.Generator, likely: Field) -> tuple[int, int]:
    """A pixel (x, y) on the item's outline; anywhere on the item where no outline can be told."""
    h, w = likely.shape
    small = cv2.resize(likely, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    inside = (small > 0.5).astype(np.uint8)
    edge = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edge[:3], edge[-3:], edge[:, :3], edge[:, -3:] = 0, 0, 0, 0
    found = np.argwhere(edge)
    if not len(found):
        return spot(rng, likely)
    y, x = found[rng.integers(len(found))]
    return int((x + 0.5) / _SIDE * w), int((y + 0.5) / _SIDE * h)


def background_fill(rng: np.random.Generator, light: Field, likely: Field) -> Field:
    """What might lie behind the item, everywhere: the background's colours spread inwards, with its grain."""
    h, w = likely.shape
    seen = 1 - np.clip(likely * 2, 0, 1) + 1e-3
    side = 48
    weight = cv2.resize(seen, (side, side), interpolation=cv2.INTER_AREA) ** 3
    colours = cv2.resize(light, (side, side), interpolation=cv2.INTER_AREA) * weight[..., None]
    total, mass = np.zeros_like(colours), np.zeros_like(weight)
    for sigma in (1.5, 4.0, 12.0):  # near colours count most; far ones only where none is near
        share = 1 / sigma**3
        total += share * cv2.GaussianBlur(colours, (0, 0), sigma)
        mass += share * cv2.GaussianBlur(weight, (0, 0), sigma)
    smooth = cv2.resize(total / mass[..., None], (w, h), interpolation=cv2.INTER_CUBIC)
    grain = 0.02 * clouds(rng, (h, w), 3, octaves=2)
    return np.clip(smooth + grain[..., None], 0, 1).astype(np.float32)  # type: ignore[no-any-return]
