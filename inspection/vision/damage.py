"""From a map of scores to what a person is shown: findings with boxes, and a heat map."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.verdict.confidence import Calibration
from inspection.verdict.findings import Finding, Kind, PhotoId, Severity
from inspection.verdict.reading import HeatMap
from inspection.vision.preprocess import Placement

Floats = NDArray[np.float32]

SHOWN_FROM = 0.05
"""A defect less probable than this is no finding; its place still shows in the heat map."""
MOST_FINDINGS = 8
"""Of one kind in one photo: a map that is speckled all over has no more to say than that."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreMap:
    """Scores of the cells that a photo touches: part of a `rows` × `columns` grid over its square.

    `scores` is (r, c), on the scale that a claim's calibration reads.
    """

    scores: Floats
    placement: Placement
    rows: int
    columns: int

    @classmethod
    def cut(cls, whole: Floats, placement: Placement) -> "ScoreMap":
        """From (rows, columns) over the whole square."""
        rows, columns = whole.shape
        inside = whole[placement.cells(rows, columns)]
        return cls(scores=inside, placement=placement, rows=rows, columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Neighbouring cells that stand out together; rows and columns count within the score map."""

    top: int
    left: int
    height: int
    width: int
    peak: float


def find(
    scores: ScoreMap,
    image_score: float,
    calibration: Calibration,
    *,
    kind: Kind,
    severity: Severity | None,
    photo: PhotoId,
) -> tuple[Finding, ...]:
    """The strongest first; it carries the probability of `image_score`, the others theirs relative to it."""
    return tuple(_findings(scores, image_score, calibration, kind=kind, severity=severity, photo=photo))


def _findings(
    scores: ScoreMap,
    image_score: float,
    calibration: Calibration,
    *,
    kind: Kind,
    severity: Severity | None,
    photo: PhotoId,
) -> Iterator[Finding]:
    if calibration.probability(image_score) < SHOWN_FROM:
        return
    found = regions(scores.scores, calibration, image_score)
    for region in found[:MOST_FINDINGS]:
        probability = calibration.probability(image_score - found[0].peak + region.peak)
        top, left = scores.placement.cells(scores.rows, scores.columns)
        box = scores.placement.photo_box(
            x=(left.start + region.left) / scores.columns,
            y=(top.start + region.top) / scores.rows,
            w=region.width / scores.columns,
            h=region.height / scores.rows,
        )
        if box and probability >= SHOWN_FROM:
            yield Finding(kind=kind, probability=probability, severity=severity, photo=photo, box=box)


def regions(scores: Floats, calibration: Calibration, image_score: float) -> list[Region]:
    """Where the probability is at least half of the strongest cell's, the strongest region first."""
    shifted = scores - scores.max() + image_score  # the pooled score is a little under the peak
    chances = probabilities(shifted, calibration)
    standing_out = (chances >= chances.max() / 2).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(standing_out, connectivity=8)
    found = [
        Region(
            top=int(y), left=int(x), height=int(h), width=int(w), peak=float(scores[labels == label].max())
        )
        for label, (x, y, w, h, _area) in zip(range(1, count), boxes[1:], strict=True)
    ]
    return sorted(found, key=lambda region: (-region.peak, region.top, region.left))


def probabilities(scores: Floats, calibration: Calibration) -> Floats:
    """The calibration, cell by cell."""
    logits = np.clip(calibration.slope * scores + calibration.intercept, -60, 60)
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def heat_map(scores: ScoreMap, calibration: Calibration) -> HeatMap:
    """Over the photo alone, without the letterbox's padding."""
    cells = np.round(probabilities(scores.scores, calibration) * 255).astype(np.uint8)
    return HeatMap(rows=cells.shape[0], columns=cells.shape[1], cells=cells.tobytes())
