"""Is the damage where the map says: pixel by pixel against masks that people drew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.vision.damage import ScoreMap
from inspection.vision.preprocess import Placement
from inspection.vision.references import ReferenceBank, reference_scores
from training.data import Example
from training.evaluate.cookies import DRAWINGS, Seen, Tray, names
from training.evaluate.rows import Figure, Goal, Row, absent, measured
from training.measures import Rows, Truths
from training.scenes import photo

Floats = NDArray[np.float32]

BINS = 4_000
"""Of equal count: pixels in one bin count as ties, and an interval takes a second instead of minutes."""
_CLAIM = "where the damage is: pixel AUROC"
_ON = "real cookies with masks"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """Pixels by the bin of their score, photo by photo."""

    inside: NDArray[np.int64]  # (photos, bins) damaged
    outside: NDArray[np.int64]  # (photos, bins) not damaged

    @classmethod
    def of(cls, maps: Sequence[Floats], masks: Sequence[Truths], bins: int = BINS) -> "Counted":
        """Of one map and one mask of the same size each photo."""
        everything = np.concatenate([one.ravel() for one in maps])
        edges = np.unique(np.quantile(everything, np.linspace(0, 1, bins + 1)[1:-1]))
        inside, outside = [], []
        for one, mask in zip(maps, masks, strict=True):
            where = np.searchsorted(edges, one, "right")
            inside.append(np.bincount(where[mask], minlength=len(edges) + 1))
            outside.append(np.bincount(where[~mask], minlength=len(edges) + 1))
        return cls(inside=np.stack(inside), outside=np.stack(outside))

    def auroc(self, rows: Rows) -> float:
        """Over all pixels of these photos: the chance that a damaged one scores above another."""
        yes, no = self.inside[rows].sum(axis=0), self.outside[rows].sum(axis=0)
        if not yes.sum() or not no.sum():
            return float("nan")
        below = np.cumsum(no) - no / 2
        return float((yes / yes.sum()) @ (below / no.sum()))


def place_rows(tray: Tray | None) -> Iterator[Row]:
    """Of the map of differences, with 1 and 3 references, and of the map that needs none."""
    marked = [e for e in tray.returns if e.mask is not None] if tray else []
    if tray is None or not marked:
        yield from (absent(f"{_CLAIM}, {how}", _ON, goal) for how, goal in _asked())
        return
    seen = [tray.see(photo(e.path)) for e in marked]
    masks = [_mask(e, one.placement) for e, one in zip(marked, seen, strict=True)]
    (first, first_goal), (third, third_goal), (alone, no_goal) = _asked()
    for references, how, goal in ((1, first, first_goal), (3, third, third_goal)):
        figures = [
            Counted.of([_differences(one, drawing.bank) for one in seen], masks)
            for drawing in tray.drawings(references)
        ]
        worst = min(one.auroc(np.arange(len(marked))) for one in figures)
        note = f"mean of {DRAWINGS} drawings of references, the worst {worst:.3f}"
        yield measured(f"{_CLAIM}, {how}", _ON, _mean(figures), names(marked), goal=goal, note=note)
    learned = Counted.of([_learned(one) for one in seen], masks)
    yield measured(f"{_CLAIM}, {alone}", _ON, learned.auroc, names(marked), goal=no_goal)


def _asked() -> tuple[tuple[str, Goal], ...]:
    """The floor is anomalib's PatchCore on the same levels: tests/bench/references_anomalib.py."""
    return (
        ("1 reference", Goal(bound=0.96, floor="0.960")),
        ("3 references", Goal(bound=0.96, floor="0.967")),
        ("no reference", Goal(floor="0.5, chance")),
    )


def _mean(figures: Sequence[Counted]) -> Figure:
    return lambda rows: float(np.mean([one.auroc(rows) for one in figures]))


def _differences(seen: Seen, bank: ReferenceBank) -> Floats:
    return _enlarged(reference_scores(seen.features, bank).differences, seen.placement)


def _learned(seen: Seen) -> Floats:
    """Of all kinds the most likely one: what the heat map shows where there are no references."""
    whole = seen.outputs.damage_map[0].max(axis=0)
    return _enlarged(ScoreMap.cut(whole, seen.placement).scores, seen.placement)


def _enlarged(scores: Floats, placement: Placement) -> Floats:
    """From cells to the pixels of the photo in its square."""
    size = placement.width, placement.height
    return np.asarray(cv2.resize(scores, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _mask(example: Example, placement: Placement) -> Truths:
    drawn = photo(example.mask)[..., 0] if example.mask else np.zeros((1, 1), np.uint8)
    size = placement.width, placement.height
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_NEAREST) > 127)
