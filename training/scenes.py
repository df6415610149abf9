"""Which pictures the heads learn from: each photo clean, with lookalikes, damaged, and on a screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.errors import FileMissing
from inspection.photo.decode import open_photo
from inspection.photo.photo import Picture
from inspection.verdict.findings import Kind
from inspection.vision.preprocess import letterbox
from training import synthesize
from training.data import Example, Split

KINDS: tuple[Kind, ...] = synthesize.KINDS
_NEVER_ON = {
    "clothing": {Kind.DAMAGED_PACKAGING},
    "sneakers": {Kind.DAMAGED_PACKAGING},
    "grocery": {Kind.PILLING},
}
"""Kinds that a source's items can't have: cardboard on a shirt teaches nonsense."""
CELLS = 40  # rows and columns of a damage map at 320 px


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture to be made of one photo. `variant` counts the pictures of a `sort`."""

    example: Example
    source: str
    split: Split
    sort: str  # clean, lookalike, damaged · first_hand, screen · as_is
    variant: int = 0

    def rng(self, seed: int) -> np.random.Generator:
        """The same picture on every run, whatever else is made."""
        told = f"{self.source}/{self.example.path.name}/{self.sort}/{self.variant}"
        return np.random.default_rng([seed, crc32(told.encode())])


def scenes(
    parts: Mapping[str, Mapping[Split, Sequence[Example]]], sorts: Sequence[tuple[str, int]]
) -> list[Scene]:
    """So many of each sort for every photo of every source and split."""
    return [
        Scene(example=example, source=source, split=part, sort=sort, variant=variant)
        for source, splits in parts.items()
        for part, examples in splits.items()
        for example in examples
        for sort, count in sorts
        for variant in range(count)
    ]


def as_they_are(source: str, examples: Sequence[Example]) -> list[Scene]:
    """Photos that are only measured on."""
    return [Scene(example=example, source=source, split=Split.TEST, sort="as_is") for example in examples]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One picture as the network sees it, and what was done to it."""

    square: Picture  # (side, side, 3), letterboxed
    cells: NDArray[np.uint8]  # (CELLS, CELLS): how much of each cell is damaged, times 255
    kind: int = -1  # index into KINDS, -1 for none
    severity: int = 0  # a Severity, 0 for none


def view(scene: Scene, side: int, seed: int) -> Seen:
    """The picture that a scene tells of; the same on every run."""
    picture, rng = photo(scene.example.path), scene.rng(seed)
    mask, kind, severity = np.zeros(picture.shape[:2], bool), -1, 0
    if scene.sort == "as_is":
        return Seen(square=letterbox(picture, side)[0], cells=_cells(mask, side))
    if rng.random() < 0.5:
        picture = np.ascontiguousarray(picture[:, ::-1])
    if scene.sort == "lookalike" or (scene.sort == "damaged" and rng.random() < 0.3):
        picture = synthesize.lookalike(rng, picture)
    if scene.sort == "damaged":
        kind = int(rng.choice(possible_kinds(scene.source)))
        done = synthesize.damage(rng, picture, KINDS[kind])
        picture, mask, severity = done.picture, done.mask, int(done.severity)
    if rng.random() < 0.5:  # on both classes alike, or the camera would be the clue
        picture = synthesize.camera(rng, picture)
    square = letterbox(picture, side)[0]
    return Seen(square=square, cells=_cells(mask, side), kind=kind, severity=severity)


def possible_kinds(source: str) -> list[int]:
    """Indices into `KINDS` of what can happen to a source's items."""
    return [i for i, kind in enumerate(KINDS) if kind not in _NEVER_ON.get(source, set())]


def crops(scene: Scene, side: int, count: int, seed: int) -> list[Picture]:
    """Squares at native resolution: of a real photo those that serving looks at, of a simulated one any."""
    if scene.sort == "as_is":
        return list(open_photo(scene.example.path.read_bytes()).crops[:count])
    rng = scene.rng(seed)
    picture = _at_least(synthesize.subject(rng, photo(scene.example.path)), side)
    take = synthesize.rephotograph if scene.sort == "screen" else synthesize.photographed
    taken = take(rng, picture)
    height, width = (edge - side for edge in taken.shape[:2])
    corners = [(int(rng.integers(height + 1)), int(rng.integers(width + 1))) for _ in range(count)]
    return [np.ascontiguousarray(taken[y : y + side, x : x + side]) for y, x in corners]


def _at_least(picture: Picture, side: int) -> Picture:
    """Mirrored beyond its border until a crop fits: catalogue pictures are smaller than one."""
    height, width = (max(0, side - edge) for edge in picture.shape[:2])
    return np.asarray(cv2.copyMakeBorder(picture, 0, height, 0, width, cv2.BORDER_REFLECT), np.uint8)


def photo(path: Path) -> Picture:
    """(h, w, 3) RGB, upright. Raises `FileMissing`."""
    read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        raise FileMissing(str(path), "it cannot be read as a photo")
    return np.ascontiguousarray(read[:, :, ::-1]).astype(np.uint8, copy=False)


def _cells(mask: NDArray[np.bool_], side: int) -> NDArray[np.uint8]:
    """(CELLS, CELLS): the damaged share of each cell, times 255; grey around the photo counts as none."""
    painted = np.repeat(mask[:, :, None].astype(np.uint8) * 255, 3, axis=2)
    square, at = letterbox(painted, side)
    inside = np.zeros((side, side), np.uint8)
    shown = np.s_[at.top : at.top + at.height, at.left : at.left + at.width]
    inside[shown] = square[shown][..., 0]
    return np.asarray(cv2.resize(inside, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.uint8)
