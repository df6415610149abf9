"""Two views: depth is seen where there is some, and is unknown for whatever a hostile hand may send."""

import cv2
import numpy as np
import pytest
from photo.active_pairs import as_sheet, detailed, grained, in_relief, photo

from inspection.photo.active.answers import Views
from inspection.photo.active.geometry import look_twice


def test_a_thing_in_relief_shows_its_depth():
    picture = detailed()
    depth = look_twice(grained(picture), grained(in_relief(picture), seed=2))
    assert depth.seen
    assert depth.why is Views.DEPTH
    assert depth.places >= 3
    assert 0.003 < depth.parallax < 0.1


def test_relief_is_seen_at_another_exposure_and_size():
    picture = detailed()
    second = cv2.resize(grained(in_relief(picture), seed=2, gain=0.75), None, fx=0.8, fy=0.8)
    assert look_twice(grained(picture), second).seen


@pytest.mark.parametrize("tilt", [0.0, 1e-4, 3e-4])
def test_a_flat_sheet_is_unknown_however_it_is_tilted(tilt):
    picture = detailed()
    depth = look_twice(grained(picture), grained(as_sheet(picture, tilt=tilt), seed=2))
    assert depth.why is Views.FLAT
    assert not depth.seen


def test_a_bowed_sheet_is_no_depth():
    """A curled print: one wide curve, which the sheet that may bend explains."""
    picture = detailed()
    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    bowed = cv2.remap(
        picture, x + 18 * (2 * x / w - 1) ** 2, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    depth = look_twice(grained(picture), grained(as_sheet(bowed), seed=2))
    assert not depth.seen
    assert depth.points > 100


def test_a_flat_middle_in_a_room_with_depth_is_unknown():
    """A screen on a desk: the room behind it moves apart, the picture on it does not."""
    picture = detailed()
    depth = look_twice(grained(picture), grained(in_relief(picture, over=-0.7), seed=2))
    assert depth.off_bent > 0.02
    assert not depth.seen


def test_a_small_flat_thing_amid_depth_is_unknown():
    """A phone that shows the item, photographed on a desk: all around it has depth, and it has none."""
    picture = detailed()
    depth = look_twice(grained(picture), grained(in_relief(picture, over=-0.3), seed=2))
    assert depth.off_sheet > 0.2
    assert not depth.seen


def test_one_file_sent_twice_is_from_the_same_place():
    picture = detailed()
    assert look_twice(picture, picture).why is Views.SAME_PLACE


def test_two_crops_of_one_photo_are_unknown():
    picture = detailed()
    h, w = picture.shape[:2]
    depth = look_twice(picture[: int(0.9 * h), : int(0.9 * w)], picture[int(0.1 * h) :, int(0.07 * w) :])
    assert not depth.seen
    assert depth.points > 100


def test_a_turned_copy_is_unknown():
    picture = detailed()
    assert not look_twice(picture, np.ascontiguousarray(np.rot90(picture))).seen


def test_a_mirrored_copy_is_unknown():
    picture = detailed()
    assert not look_twice(picture, np.ascontiguousarray(picture[:, ::-1])).seen


def test_two_different_things_are_unknown():
    assert not look_twice(detailed(seed=3), detailed(seed=4)).seen
    assert not look_twice(photo("something_else.jpg"), photo("cup_as_sold_1.jpg")).seen


@pytest.mark.parametrize("other", ["black", "white", "noise", "stripes"])
def test_pictures_that_show_nothing_are_unknown(other):
    shape = (600, 800, 3)
    made = {
        "black": np.zeros(shape, np.uint8),
        "white": np.full(shape, 255, np.uint8),
        "noise": np.random.default_rng(0).integers(0, 256, shape, np.uint8),
        "stripes": np.broadcast_to(((np.arange(800) // 10 % 2) * 255)[None, :, None], shape).astype(np.uint8),
    }[other]
    assert not look_twice(made, detailed()).seen
    assert not look_twice(detailed(), made).seen
    assert not look_twice(made, made).seen


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 900, 3), (159, 400, 3), (2000, 200, 3)])
def test_too_small_or_too_narrow_is_said_so(shape):
    assert look_twice(np.zeros(shape, np.uint8), detailed()).why is Views.TOO_SMALL
    assert look_twice(detailed(), np.zeros(shape, np.uint8)).why is Views.TOO_SMALL


def test_noise_painted_over_a_copy_is_no_depth():
    """Patches shuffled at random move apart, but not as one still scene does."""
    picture = detailed()
    forged = picture.copy()
    rng = np.random.default_rng(5)
    for _ in range(60):
        y, x = rng.integers(40, picture.shape[0] - 100), rng.integers(40, picture.shape[1] - 100)
        dy, dx = rng.integers(-25, 26, 2)
        forged[y : y + 50, x : x + 50] = picture[y + dy : y + dy + 50, x + dx : x + dx + 50]
    assert not look_twice(picture, forged).seen


def test_the_same_photos_get_the_same_answer():
    picture = detailed()
    first, second = grained(picture), grained(in_relief(picture), seed=2)
    assert look_twice(first, second) == look_twice(first, second)


def test_read_only_pictures_as_the_gate_gives_them_are_fine():
    picture = detailed()
    picture.flags.writeable = False
    assert look_twice(picture, picture).points > 0


@pytest.mark.parametrize("why", Views)
def test_no_answer_speaks_of_screens_or_blames_anyone(why):
    assert why.words.endswith(".")
    assert not any(word in why.words.lower() for word in ("screen", "fake", "fraud", "display"))
