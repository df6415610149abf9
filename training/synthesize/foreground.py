"""Where the item probably is: damage on the floor beside it would teach nonsense.

A guess, not a segmentation: what differs in colour from the picture's border and is near its middle, cut
out along colour edges (GrabCut on a small copy), its outline then pulled onto the picture's own edges.
"""

import cv2
import numpy as np

from training.synthesize.noise import Field, Picture, clouds, ramp, to_light

_SIDE = 64  # px; the guess is made this small, in a few milliseconds
_EDGE_SIDE = 256  # px, longer side: the outline is refined at this size
_SOLID = 0.6  # of its convex hull; what fills less is a print or a clutter, not the item
_SEED = 1  # GrabCut clusters colours with OpenCV's own generator


def foreground(picture: Picture) -> Field:
    """How likely each pixel belongs to the item: float32 (h, w) in [0, 1]."""
    small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    guess = cv2.GaussianBlur(_differs_from_border(lab) * _centred(), (0, 0), 1.2)
    guess = np.asarray(guess / max(float(guess.max()), 1e-6), np.float32)
    return _on_edges(picture, _cut_out(small, guess))


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


def _cut_out(small: Picture, guess: Field) -> Field:
    """The guess along colour edges; a hill over the middle where those make no sense."""
    marks = np.where(guess > 0.45, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[(guess < 0.12) & (_centred() < 0.5)] = cv2.GC_BGD
    if cv2.GC_PR_FGD not in marks or (marks == cv2.GC_PR_FGD).all():
        return _hill(guess)
    cv2.setRNGSeed(_SEED)
    nowhere = (0, 0, 0, 0)  # the marks say where, no rectangle
    cv2.grabCut(small, marks, nowhere, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    item = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    item = _pieces(cv2.morphologyEx(item, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), guess)
    if not 0.06 < item.mean() < 0.9 or _solidity(item) < _SOLID:
        return _hill(guess)
    return cv2.GaussianBlur(item.astype(np.float32), (0, 0), 0.7)


def _pieces(item: Field, guess: Field) -> Field:
    """The pieces that matter, without holes: the one with most of the guess, and those with half as much."""
    outlines, _ = cv2.findContours(item, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = [cv2.drawContours(np.zeros_like(item), [line], -1, 1, cv2.FILLED) for line in outlines]
    mass = np.array([float(guess[piece > 0].sum()) for piece in filled] or [0.0])
    kept = [piece for piece, its in zip(filled, mass, strict=False) if its >= mass.max() / 2]
    return np.max(kept, axis=0) if kept else np.zeros_like(item)


def _solidity(item: Field) -> float:
    """Its area over that of its convex hull: letters on a shirt and laces on a shoe have little."""
    hull = cv2.convexHull(np.argwhere(item)[:, ::-1].astype(np.int32))
    return float(item.sum()) / max(cv2.contourArea(hull), 1.0)


def _hill(guess: Field) -> Field:
    """Somewhere in the middle, rather where the colour is not the border's."""
    return np.clip(_centred() ** 2 * (0.6 + 0.5 * guess), 0, 1).astype(np.float32)


def _on_edges(picture: Picture, small: Field) -> Field:
    """The small field at the picture's size; its outline follows the picture (a guided filter)."""
    h, w = picture.shape[:2]
    scale = min(1.0, _EDGE_SIDE / max(h, w))
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    guide = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    guide = guide.astype(np.float32) / 255
    rough = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    reach = (2 * max(1, round(max(size) / _SIDE)) + 1,) * 2
    total = np.zeros_like(rough)
    weights = np.full_like(rough, 1e-6)
    # each channel explains what it can; the better it does, the more it says
    for channel in cv2.split(guide):
        mean, want = cv2.blur(channel, reach), cv2.blur(rough, reach)
        spread = cv2.blur(channel * channel, reach) - mean * mean
        slope = (cv2.blur(channel * rough, reach) - mean * want) / (spread + 2e-4)
        fitted = cv2.blur(slope, reach) * channel + cv2.blur(want - slope * mean, reach)
        weight = slope * slope * np.maximum(spread, 0) + np.float32(1e-5)
        total, weights = total + weight * fitted, weights + weight
    return np.asarray(
        cv2.resize(np.clip(total / weights, 0, 1), (w, h), interpolation=cv2.INTER_LINEAR), np.float32
    )


def spot(rng: np.random.Generator, likely: Field) -> tuple[int, int]:
    """A pixel (x, y) of the item, more often a surer one and seldom one at its outline."""
    h, w = likely.shape
    small = cv2.resize(likely, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    weight = (cv2.GaussianBlur(small, (0, 0), 1.5).astype(np.float64) ** 4).ravel() + 1e-9
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
    gradient = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edge = np.asarray(gradient, np.uint8) & inside
    edge[:3], edge[-3:], edge[:, :3], edge[:, -3:] = 0, 0, 0, 0
    found = np.argwhere(edge)
    if not len(found):
        return spot(rng, likely)
    y, x = found[rng.integers(len(found))]
    return int((x + 0.5) / _SIDE * w), int((y + 0.5) / _SIDE * h)


def item_side(likely: Field) -> float:
    """The side, in pixels, of a square as large as the item; between 0.3 and 1 of the picture's shorter."""
    shorter = min(likely.shape)
    return float(np.clip(np.sqrt(float((likely > 0.5).sum())), 0.3 * shorter, shorter))


def background_fill(light: Field, likely: Field) -> Field:
    """What might lie behind the item, everywhere: the background's colours spread inwards, smooth."""
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
    return np.clip(smooth, 0, 1).astype(np.float32)  # type: ignore[no-any-return]


def background_texture(
    rng: np.random.Generator, picture: Picture, likely: Field, window: tuple[slice, slice]
) -> Field:
    """The fine structure of the background, the window's size, from beside the item; grain without any.

    (h, w, 3) around 0: a floor's grain and lines, to be laid over smooth colour.
    """
    h, w = likely.shape
    rows, columns = window
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    floor = cv2.integral(1 - ramp(likely, 0.15, 0.5))
    tops, lefts = rng.integers(0, h - tall + 1, 48), rng.integers(0, w - wide + 1, 48)
    ends = floor[tops + tall, lefts + wide] + floor[tops, lefts]
    share = (ends - floor[tops, lefts + wide] - floor[tops + tall, lefts]) / (tall * wide)
    away = (np.abs(tops - rows.start) + np.abs(lefts - columns.start)) / (h + w)
    best = int(np.argmax(share - 0.3 * away))
    if share[best] < 0.7:
        return 0.02 * clouds(rng, (tall, wide), 3, octaves=2)[..., None]
    patch = to_light(picture[tops[best] : tops[best] + tall, lefts[best] : lefts[best] + wide])
    return (patch - cv2.blur(patch, (wide // 3 | 1, tall // 3 | 1))).astype(np.float32)
