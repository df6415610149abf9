"""A good photo passes; one spoilt in a known way is called by that name, with advice."""

import csv
import time

import cv2
import numpy as np
import pytest
import skimage.data
from photo.bad_photos import encoded
from photo.spoil import blurred, darker, farther, hazier, moved, on_white, with_glare

from inspection.photo.decode import open_photo
from inspection.photo.quality import judge
from inspection.verdict.reading import Problem

GOOD = ["coffee", "chelsea", "astronaut"]


def problems(pixels):
    return [remark.problem for remark in judge(open_photo(encoded(pixels, quality=92))).remarks]


def scene(name):
    return getattr(skimage.data, name)()


@pytest.mark.parametrize("name", GOOD)
def test_a_good_photo_has_no_remark(name):
    assert judge(open_photo(encoded(scene(name)))).ok


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        (lambda photo: blurred(photo, 8), Problem.BLURRED),
        (lambda photo: moved(photo, 60), Problem.BLURRED),
        (lambda photo: darker(photo, 5), Problem.DARK),
        (lambda photo: darker(photo, -7), Problem.WASHED_OUT),
        (lambda photo: hazier(photo, 0.5), Problem.WASHED_OUT),
        (lambda photo: with_glare(photo, 0.12), Problem.GLARE),
        (lambda photo: farther(photo, 0.15), Problem.TOO_FAR),
        (lambda photo: photo[:200, :200], Problem.TOO_SMALL),
        (lambda photo: np.full_like(photo, 120), Problem.NOTHING_THERE),
    ],
    ids=["blurred", "moved", "dark", "overexposed", "hazy", "glare", "far", "small", "nothing"],
)
def test_a_spoilt_photo_is_called_by_its_name(name, spoilt, problem):
    assert problem in problems(spoilt(scene(name)))


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("share", [0.44, 0.66])
def test_an_item_on_pure_white_is_not_washed_out(name, share):
    assert problems(on_white(scene(name), share)) == []


@pytest.mark.parametrize("name", GOOD)
def test_too_much_light_is_seen_on_white_too(name):
    assert Problem.WASHED_OUT in problems(darker(on_white(scene(name), 0.44), -4))


def test_nothing_but_white_is_washed_out():
    assert problems(np.full((400, 600, 3), 255, np.uint8)) == [Problem.WASHED_OUT]


def test_a_finger_over_the_lens_is_nothing():
    glow = np.linspace(90, 140, 600)[np.newaxis, :, np.newaxis] * np.ones((400, 1, 3)) * [1, 0.6, 0.5]
    assert problems(glow.astype(np.uint8)) == [Problem.NOTHING_THERE]


def test_the_judgement_does_not_depend_on_the_number_of_pixels():
    photo = scene("astronaut")
    large = cv2.resize(photo, (2048, 2048), interpolation=cv2.INTER_LANCZOS4)
    assert problems(photo) == problems(large) == []
    assert problems(blurred(photo, 8)) == problems(blurred(large, 8)) == [Problem.BLURRED]


def test_advice_says_what_to_do_and_accuses_nobody():
    small_and_dark = judge(open_photo(encoded(darker(scene("coffee"), 5)[:200, :200])))
    assert {remark.problem for remark in small_and_dark.remarks} >= {Problem.TOO_SMALL, Problem.DARK}
    for remark in small_and_dark.remarks:
        assert remark.advice.endswith(".")
        assert not {"your fault", "fake", "fraud", "invalid", "error"} & set(remark.advice.lower().split())


def test_judging_is_cheap():
    photo = open_photo(encoded(scene("coffee")))
    times = []
    for _ in range(20):
        started = time.perf_counter()
        judge(photo)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.02  # some 2 ms on an idle machine


@pytest.mark.parametrize("name", ["clothing", "sneakers", "grocery"])
def test_real_photos_pass_nearly_always(real_photos, name):
    with (real_photos / name / "manifest.csv").open() as manifest:
        files = [row["file"] for row in csv.DictReader(manifest) if row["label"] != "stock_photo"][::12]
    remarks = [judge(open_photo((real_photos / name / file).read_bytes())).remarks for file in files]
    spoilt = [
        [remark.problem for remark in each if remark.problem is not Problem.TOO_SMALL] for each in remarks
    ]
    assert sum(map(bool, spoilt)) <= 0.05 * len(files)
