"""What tells items apart: points that move as one, and a reference without its plain border."""

import cv2
import numpy as np
import pytest

from inspection.vision.borders import without_plain_border
from inspection.vision.points import NONE, OF_QUERY, OF_REFERENCE, agreeing, points_of

data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")


def on_white(picture, margin):
    return cv2.copyMakeBorder(picture, *[margin] * 4, cv2.BORDER_CONSTANT, value=(252, 253, 251))


def turned(picture, degrees, scale):
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1.0), (25, 0.8), (-90, 1.0), (10, 0.6)])
def test_many_points_of_an_item_agree_when_it_is_turned_and_further_away(degrees, scale):
    item = data.coffee()
    again = points_of(turned(item, degrees, scale), OF_QUERY)
    assert agreeing(again, points_of(item, OF_REFERENCE)) > 40


def test_few_points_of_another_item_agree():
    query = points_of(data.astronaut(), OF_QUERY)
    assert agreeing(query, points_of(data.coffee(), OF_REFERENCE)) < 12


def test_the_same_two_pictures_always_agree_in_the_same_points():
    query, reference = points_of(data.astronaut(), OF_QUERY), points_of(data.chelsea(), OF_REFERENCE)
    assert len({agreeing(query, reference) for _ in range(5)}) == 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (600, 400, 3)])
def test_a_picture_of_nothing_has_no_points_and_agrees_with_nothing(shape):
    nothing = points_of(np.full(shape, 200, np.uint8), OF_QUERY)
    assert len(nothing.looks) == 0
    assert agreeing(nothing, points_of(data.coffee(), OF_REFERENCE)) == 0
    assert agreeing(points_of(data.coffee(), OF_QUERY), NONE) == 0


def test_a_white_border_is_cut_off_with_its_jpeg_noise():
    item = data.coffee()
    jpeg = cv2.imencode(".jpg", on_white(item, 120), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    inside = without_plain_border(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    assert np.abs(np.array(inside.shape[:2]) - item.shape[:2]).max() <= 16


def test_a_photo_that_fills_its_frame_is_left_as_it_is():
    item = data.coffee()
    assert without_plain_border(item) is item


@pytest.mark.parametrize("shape", [(1, 1, 3), (40, 2, 3), (300, 300, 3)])
def test_a_picture_of_one_colour_is_left_as_it_is(shape):
    blank = np.full(shape, 255, np.uint8)
    assert without_plain_border(blank) is blank
