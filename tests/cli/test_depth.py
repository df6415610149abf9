"""`inspection depth`: what the phone page will ask, asked of two files."""

import json

import cv2
import numpy as np
import pytest
from photo.active_pairs import detailed, grained, in_relief


@pytest.fixture
def saved(tmp_path):
    def save(name, picture):
        path = tmp_path / name
        cv2.imwrite(str(path), picture[..., ::-1])
        return path

    return save


@pytest.fixture
def views(saved):
    """A thing in relief from two places."""
    picture = detailed()
    return saved("one.png", grained(picture)), saved("aside.png", grained(in_relief(picture), seed=2))


def test_depth_is_said_with_the_figures_it_rests_on(say, views):
    said = json.loads(say("depth", *views, "--json").stdout)
    assert said["asked"] == "depth"
    assert said["seen"] is True
    assert said["why"]["code"] == "depth"
    assert {"points", "still", "off_sheet", "places", "off_bent", "bent_places", "parallax"} <= set(said)


def test_what_is_not_seen_is_null_and_never_false(say, views):
    said = json.loads(say("depth", views[0], views[0], "--json").stdout)
    assert said["seen"] is None
    assert said["why"]["code"] == "same_place"


def test_a_person_reads_what_to_do(say, views):
    done = say("depth", views[0], views[0])
    assert done.exit_code == 0
    assert done.stdout.startswith("Unknown")
    assert "Move the phone" in done.stdout
    assert say("depth", *views).stdout.startswith("Depth seen")


def test_the_lamp_is_asked_about_by_its_option(say, saved):
    picture = detailed()
    y, x = np.mgrid[-1:1:675j, -1:1:900j]
    lamp = (0.35 * (1 + 3 * np.exp(-(x**2 + y**2)))[..., None]) ** (1 / 2.2)
    lit = saved("lit.png", grained(np.clip(picture * lamp, 0, 255), seed=2))
    said = json.loads(say("depth", saved("off.png", grained(picture)), lit, "--lamp", "--json").stdout)
    assert (said["asked"], said["seen"], said["why"]["code"]) == ("lamp", True, "answers")


def test_a_file_that_is_no_photo_is_named(say, views, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no photo")
    done = say("depth", views[0], bad)
    assert done.exit_code == 1
    assert "bad.jpg: This file is not a photo" in done.stderr
    assert say("depth", views[0], tmp_path / "gone.jpg").exit_code == 1


def test_one_photo_alone_is_wrong_usage(say, views):
    assert say("depth", views[0]).exit_code == 2
