"""What tests of more than one folder share."""

import os
from pathlib import Path

import pytest
from photo import bad_photos as bad
from tiny_bundle import seal as seal_bundle
from tiny_bundle import write_tiny_bundle


@pytest.fixture
def tiny_bundle(tmp_path):
    """A folder with a bundle whose answers are arithmetic on colours: tests/tiny_bundle.py."""
    return write_tiny_bundle(tmp_path / "tiny")


@pytest.fixture
def seal():
    """Writes a changed bundle's checksums anew."""
    return seal_bundle


@pytest.fixture(scope="session")
def real_photos():
    """The folder of real photos: `INSPECTION_DATA`, else one beside the checkout; skipped without."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("INSPECTION_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no folder of real photos: set INSPECTION_DATA")
    return folder


@pytest.fixture(scope="session")
def coffee_jpeg():
    """A real photo of a cup, 600 × 400 px: nothing is wrong with it."""
    return bad.coffee()


@pytest.fixture(scope="session")
def bad_photos():
    """Name to bytes: tests/photo/bad_photos.py, where `REJECTED_AS` says as what each is refused."""
    return bad.bad_photos()
