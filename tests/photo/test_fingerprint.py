"""A photo's hash stays near itself through what people and programs do to it, and far from any other's."""

from dataclasses import replace

import numpy as np
import pytest
import skimage.data
from photo.bad_photos import encoded
from seen.copies import COPIES, screenshot

from inspection.photo.decode import open_photo
from inspection.photo.fingerprint import CLEAR, fingerprint, unframed

SCENES = ["coffee", "chelsea", "astronaut", "rocket"]
BY_HASH = ["resaved", "halved", "brightened", "filtered", "mirrored", "turned", "upside_down", "screenshot"]


def photo(pixels):
    return open_photo(encoded(np.ascontiguousarray(pixels), quality=92))


def scene(name):
    return getattr(skimage.data, name)()


def apart(new, kept):
    """Bits between what is sought for a new photo, and what is kept of an earlier one."""
    hashes = [np.frombuffer(one, np.uint8) for one in new.sought]
    return min(int(np.bitwise_count(one ^ np.frombuffer(kept.pdq, np.uint8)).sum()) for one in hashes)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("copy", BY_HASH)
def test_a_copy_is_within_the_radius(name, copy):
    changed = COPIES[copy](scene(name), np.random.default_rng(0))
    assert apart(fingerprint(photo(changed)), fingerprint(photo(scene(name)))) <= 31


def test_another_photo_is_far_away():
    made = {name: fingerprint(photo(scene(name))) for name in SCENES}
    for one in SCENES:
        for other in SCENES:
            assert one == other or apart(made[one], made[other]) > 64


def test_the_hash_of_today_is_the_hash_of_tomorrow():
    """Kept hashes are compared for years: a library that changes its mind must be noticed here."""
    made = fingerprint(photo(scene("coffee")))
    kept = "04629e769e66365cb983b8668827f27c21a779e61e36e1f8c79927e27c8299e0"
    assert int(np.bitwise_count(np.frombuffer(made.pdq, np.uint8) ^ _bits(kept)).sum()) <= 4
    assert made.quality == 100


def _bits(text):
    return np.frombuffer(bytes.fromhex(text), np.uint8)


@pytest.mark.parametrize("grain", [0, 3])
def test_a_wall_is_sought_nowhere(grain):
    wall = 180 + np.random.default_rng(0).normal(0, grain, (600, 800, 3))
    made = fingerprint(photo(np.clip(wall, 0, 255).astype(np.uint8)))
    assert made.quality < CLEAR
    assert not made.clear
    assert made.sought == ()
    assert len(made.pdq) == 32


def test_what_is_in_a_screenshot_is_sought_beside_the_screenshot():
    made = fingerprint(photo(screenshot(scene("coffee"), np.random.default_rng(3))))
    assert len(made.sought) == 16
    assert made.sought[0] == made.pdq


def test_a_photo_without_a_frame_is_sought_as_it_is():
    assert unframed(scene("coffee")) is None
    assert len(fingerprint(photo(scene("coffee"))).sought) == 8


def test_a_frame_around_nothing_is_no_frame():
    assert unframed(np.full((400, 300, 3), 255, np.uint8)) is None
    lone = np.full((400, 300, 3), 255, np.uint8)
    lone[200, 150] = 0
    assert unframed(lone) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (3, 5), (2000, 40)])
def test_any_shape_has_a_hash(shape):
    plain = photo(scene("coffee"))
    odd = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    made = fingerprint(replace(plain, whole=odd))
    assert len(made.pdq) == 32
    assert 0 <= made.quality <= 100
