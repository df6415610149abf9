"""One photo, cut or tilted, is told from another photo, and from another of the same item."""

import csv
from collections import defaultdict
from itertools import combinations

import cv2
import numpy as np
import pytest
import skimage.data
from seen.copies import COPIES

from inspection.photo.decode import open_photo
from inspection.seen.same import SAME_FROM, agreement

SCENES = ["coffee", "chelsea", "astronaut"]


def scene(name):
    return np.ascontiguousarray(getattr(skimage.data, name)())


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_one_photo(name, copy):
    assert agreement(COPIES[copy](scene(name), np.random.default_rng(0)), scene(name)) >= SAME_FROM


@pytest.mark.parametrize("one", SCENES)
@pytest.mark.parametrize("other", SCENES)
def test_another_photo_is_another(one, other):
    assert one == other or agreement(scene(one), scene(other)) < 0.5


def test_the_same_thing_before_another_background_is_another_photo():
    cup = scene("coffee")
    beside = cv2.resize(scene("astronaut"), (cup.shape[1], cup.shape[0]))
    beside[100:330, 150:450] = cup[100:330, 150:450]
    assert agreement(beside, cup) < SAME_FROM


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (8, 8), (400, 3), (300, 500)])
def test_where_there_is_nothing_to_see_nothing_is_the_same(shape):
    plain = np.full((*shape, 3), 200, np.uint8)
    assert agreement(plain, plain) == 0
    assert agreement(plain, scene("coffee")) == 0
    assert agreement(scene("coffee"), plain) == 0


def test_noise_is_never_another_noise():
    random = np.random.default_rng(0)
    one, other = (random.integers(0, 256, (300, 300, 3), np.uint8) for _ in range(2))
    assert agreement(one, other) < SAME_FROM


def test_other_photos_of_the_same_product_are_others(real_photos):
    of_product = defaultdict(list)
    with (real_photos / "grocery" / "manifest.csv").open() as manifest:
        for row in csv.DictReader(manifest):
            if row["label"] != "stock_photo":
                of_product[row["category"]].append(real_photos / "grocery" / row["file"])
    pairs = [pair for files in of_product.values() for pair in combinations(files[:3], 2)][:60]
    assert len(pairs) > 30
    pictures = {file: open_photo(file.read_bytes()).whole for pair in pairs for file in pair}
    assert [pair for pair in pairs if agreement(*(pictures[file] for file in pair)) >= SAME_FROM] == []
