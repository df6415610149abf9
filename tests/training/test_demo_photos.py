"""The demo's photos: small enough to ship, made again from scikit-image's."""

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("skimage.data", reason="scikit-image's photos are not installed")

from training.demo_photos import FOLDER, photos


@pytest.fixture(scope="module")
def made():
    return photos()


def test_every_photo_is_committed_and_small(made):
    for name in made:
        assert 50_000 < (FOLDER / name).stat().st_size < 250_000
    assert {path.name for path in Path(FOLDER).glob("*.jpg")} == set(made)


def test_the_committed_photos_are_the_ones_made_here(made):
    """Within what another JPEG encoder or rounding may differ."""
    for name, (picture, _) in made.items():
        committed = cv2.imread(str(FOLDER / name), cv2.IMREAD_COLOR_RGB)
        assert committed.shape == picture.shape
        assert np.abs(committed.astype(int) - picture).mean() < 8, name


def test_all_six_differ(made):
    small = [cv2.resize(picture, (60, 40)).astype(int) for picture, _ in made.values()]
    assert all(np.abs(a - b).mean() > 1 for i, a in enumerate(small) for b in small[:i])
