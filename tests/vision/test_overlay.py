"""The picture that a person is shown."""

import numpy as np
import pytest

from inspection.verdict.findings import Box, Finding, Kind, PhotoId, Severity
from inspection.verdict.reading import HeatMap
from inspection.vision.overlay import overlay

PICTURE = np.full((300, 400, 3), 128, np.uint8)


def heat(cells):
    cells = np.asarray(cells, np.uint8)
    return HeatMap(rows=cells.shape[0], columns=cells.shape[1], cells=cells.tobytes())


def finding(box, probability=0.9):
    return Finding(
        kind=Kind.MISSING_PART, probability=probability, severity=Severity.MARKED, photo=PhotoId("p"), box=box
    )


def test_where_nothing_is_suspected_the_photo_is_left_as_it_is():
    np.testing.assert_array_equal(overlay(PICTURE, heat(np.full((6, 8), 25))), PICTURE)
    np.testing.assert_array_equal(overlay(PICTURE, None), PICTURE)


def test_the_hotter_the_place_the_brighter_the_tint():
    cells = np.zeros((6, 8))
    cells[:, :3], cells[:, 5:] = 100, 255
    shown = overlay(PICTURE, heat(cells)).astype(int)
    warm, none, hot = (shown[150, x] for x in (60, 196, 340))
    np.testing.assert_array_equal(none, 128)
    assert hot[0] - hot[2] > warm[0] - warm[2]
    assert hot.sum() > warm.sum()


def test_the_photo_given_is_not_drawn_on():
    before = PICTURE.copy()
    overlay(PICTURE, heat(np.full((6, 8), 255)), [finding(Box(x=0.2, y=0.2, w=0.3, h=0.3))])
    np.testing.assert_array_equal(PICTURE, before)


@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (0.9, 0, 0.1, 0.1), (0, 0.95, 0.05, 0.05), (0.4, 0.4, 0.001, 0.001)]
)
def test_every_box_within_the_photo_can_be_drawn(box):
    x, y, w, h = box
    shown = overlay(PICTURE, None, [finding(Box(x=x, y=y, w=w, h=h))])
    assert (shown != PICTURE).any()
    assert shown.shape == PICTURE.shape
