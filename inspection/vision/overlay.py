"""A heat map that a person can read, laid over the photo it belongs to."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture
from inspection.verdict.findings import Box, Finding
from inspection.verdict.reading import HeatMap

SHOWN_FROM = 0.15
"""Under this probability nothing is shown: a photo tinted all over says nothing."""
MOST_OPAQUE = 0.65
"""Even the hottest place lets the defect itself be seen."""

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def overlay(picture: Picture, heat: HeatMap | None, findings: Sequence[Finding] = ()) -> Picture:
    """A copy of an upright photo of any size, tinted where damage is likely, each finding outlined.

    The tint runs from purple over orange to yellow, brighter meaning more (inferno): it keeps its
    order in grey and for the colour-blind. The weaker findings' boxes are drawn first, so that
    the strongest lies on top.
    """
    shown = picture.copy() if heat is None else _tinted(picture, heat)
    for finding in sorted(findings, key=lambda finding: finding.probability):
        _outline(shown, finding)
    return shown


def _tinted(picture: Picture, heat: HeatMap) -> Picture:
    height, width = picture.shape[:2]
    cells = np.frombuffer(heat.cells, np.uint8).reshape(heat.rows, heat.columns).astype(np.float32) / 255
    value = np.clip(cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    over = np.clip((value - SHOWN_FROM) / (1 - SHOWN_FROM), 0, 1)
    # the dark end of the scale would look like a shadow on the item: start at purple
    colours = cv2.applyColorMap((70 + over * 185).astype(np.uint8), cv2.COLORMAP_INFERNO)[:, :, ::-1]
    alpha = (np.sqrt(over) * MOST_OPAQUE)[:, :, None]
    return np.asarray(picture * (1 - alpha) + colours * alpha, np.uint8)


def _outline(picture: Picture, finding: Finding) -> None:
    """White within black: seen on any background."""
    stroke = max(1, round(max(picture.shape[:2]) / 400))
    x0, y0, x1, y1 = _pixels(finding.box, picture)
    for colour, thickness in ((_BLACK, 3 * stroke), (_WHITE, stroke)):
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, thickness, cv2.LINE_AA)
    words = f"{finding.kind.replace('_', ' ')} {finding.probability:.0%}"
    _label(picture, words, x0, y0, stroke)


def _label(picture: Picture, words: str, x: int, y: int, stroke: int) -> None:
    """Above the box, or within it where there is no room above; never over the edge of the photo."""
    face, scale = cv2.FONT_HERSHEY_SIMPLEX, max(0.4, stroke * 0.45)
    (width, height), below = cv2.getTextSize(words, face, scale, stroke)
    pad = 2 * stroke + 2
    left = max(0, min(x, picture.shape[1] - width - 2 * pad))
    top = y - height - below - 2 * pad
    top = top if top >= 0 else y
    corner = (left + width + 2 * pad, top + height + below + 2 * pad)
    cv2.rectangle(picture, (left, top), corner, _BLACK, cv2.FILLED)
    cv2.putText(picture, words, (left + pad, top + height + pad), face, scale, _WHITE, stroke, cv2.LINE_AA)


def _pixels(box: Box, picture: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    height, width = picture.shape[:2]
    return (
        round(box.x * (width - 1)),
        round(box.y * (height - 1)),
        round((box.x + box.w) * (width - 1)),
        round((box.y + box.h) * (height - 1)),
    )
