"""Torch off and on: what reflects answers, what shines of itself does not, and the rest is unknown."""

import cv2
import numpy as np
import pytest
from photo.active_pairs import detailed, grained

from inspection.photo.active.answers import Lamp
from inspection.photo.active.photometry import with_torch


def light(picture):
    return (picture / 255.0) ** 2.2


def taken(scene, exposure=1.0, seed=1):
    shown = 255 * np.clip(scene * exposure, 0, 1) ** (1 / 2.2)
    return grained(shown, seed)


def from_middle(picture, spread=0.6):
    h, w = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    return np.exp(-(x**2 + y**2) / (2 * spread**2))[..., None]


def by_lamp(picture, power=2.0):
    """A thing: its colours times the room's light and the lamp's."""
    return light(picture) * (1 + power * from_middle(picture))


def screen_by_lamp(picture, spot=0.12):
    """A screen: its own picture, a veil over all of it, and the lamp's hot spot in the glass."""
    return light(picture) + 0.03 * from_middle(picture) + 1.5 * from_middle(picture, spot)


@pytest.mark.parametrize("exposure", [0.4, 0.7, 1.0])
def test_an_item_answers_whatever_the_camera_does_to_its_exposure(exposure):
    picture = detailed()
    said = with_torch(taken(0.8 * light(picture)), taken(by_lamp(picture) * 0.8, exposure * 0.5, seed=2))
    assert said.seen
    assert said.why is Lamp.ANSWERS
    assert said.fall_off > 1.25


@pytest.mark.parametrize("exposure", [0.5, 0.8, 1.2])
@pytest.mark.parametrize("spot", [0.05, 0.15, 0.4])
def test_a_screen_never_answers_however_bright_the_hot_spot(exposure, spot):
    picture = detailed()
    said = with_torch(taken(light(picture)), taken(screen_by_lamp(picture, spot), exposure, seed=2))
    assert said.why is Lamp.NO_ANSWER
    assert not said.seen


def test_a_lamp_too_weak_for_the_room_is_unknown():
    picture = detailed()
    assert not with_torch(taken(light(picture)), taken(by_lamp(picture, power=0.1), 0.9, seed=2)).seen


def test_a_tone_curve_alone_is_no_answer():
    """The second photo is darker in a way that depends on brightness, as another tone curve makes it."""
    picture = detailed()
    assert not with_torch(taken(light(picture)), taken(light(picture) ** 1.3, 0.8, seed=2)).seen


def test_a_camera_that_tones_down_the_middle_is_no_answer():
    picture = detailed()
    toned = light(picture) * (1 - 0.6 * from_middle(picture))
    said = with_torch(taken(light(picture)), taken(toned, seed=2))
    assert said.fall_off > 1.25
    assert said.why is Lamp.NO_ANSWER


def test_a_hand_that_moved_a_little_is_followed():
    picture = detailed()
    after = taken(by_lamp(picture), 0.4, seed=2)
    moved = cv2.warpAffine(after, np.float32([[1, 0.01, 9], [-0.01, 1, -6]]), after.shape[1::-1])
    assert with_torch(taken(light(picture)), moved).seen


def test_one_file_sent_twice_is_unknown():
    picture = taken(light(detailed()))
    said = with_torch(picture, picture)
    assert said.why is Lamp.NO_ANSWER
    assert said.fall_off == pytest.approx(1.0, abs=0.01)


def test_photos_of_different_things_do_not_fit():
    assert with_torch(detailed(seed=3), detailed(seed=4)).why is Lamp.NOT_ALIGNED


def test_views_from_two_places_do_not_fit():
    picture = detailed()
    aside = np.roll(picture, 250, axis=1)
    assert with_torch(picture, aside).why is Lamp.NOT_ALIGNED


@pytest.mark.parametrize("shape", [(1, 1, 3), (600, 800, 3), (2000, 100, 3)])
@pytest.mark.parametrize("level", [0, 255])
def test_an_empty_picture_is_unknown_in_either_place(shape, level):
    empty = np.full(shape, level, np.uint8)
    assert not with_torch(empty, detailed()).seen
    assert not with_torch(detailed(), empty).seen
    assert not with_torch(empty, empty).seen


def test_what_is_too_bright_to_be_compared_is_said_so():
    picture = detailed()
    said = with_torch(picture, np.maximum(picture, np.where(picture > 40, 255, picture)).astype(np.uint8))
    assert not said.seen


@pytest.mark.parametrize("why", Lamp)
def test_every_reason_is_a_sentence_that_blames_nobody(why):
    assert why.words.endswith(".")
    assert not any(word in why.words.lower() for word in ("screen", "fake", "fraud", "display"))
