"""Photos whose every pixel a test decides."""

import hashlib

import numpy as np
import pytest

from inspection.photo.photo import Photo
from inspection.photo.provenance import Provenance
from inspection.vision.bundle import Bundle
from inspection.vision.runtime import open_runtime


class Counted:
    """A runtime that counts its runs."""

    def __init__(self, runtime):
        self._runtime = runtime
        self.device = runtime.device
        self.runs = 0

    def run(self, views, crops):
        self.runs += 1
        return self._runtime.run(views, crops)


@pytest.fixture
def tiny(tiny_bundle):
    return Bundle.open(tiny_bundle)


@pytest.fixture
def runtime(tiny):
    return Counted(open_runtime(tiny, device="cpu"))


@pytest.fixture
def photo_of():
    """`photo_of(picture)` is a photo of that picture; with `crops=()` one too small for any."""

    def make(picture, crops=None):
        cut = (picture[:32, :32],) if crops is None else crops
        height, width = picture.shape[:2]
        return Photo(
            sha256=hashlib.sha256(picture.tobytes()).hexdigest(),
            width=width,
            height=height,
            whole=picture,
            crops=tuple(cut),
            provenance=Provenance(format="JPEG"),
        )

    return make


@pytest.fixture
def grey():
    """`grey(level, seed)` is 128 × 96 px of that level, with the noise of a camera."""

    def make(level=110, seed=0):
        noise = np.random.default_rng(seed).normal(0, 3, (96, 128, 3))
        return np.clip(level + noise, 0, 255).astype(np.uint8)

    return make


@pytest.fixture
def item():
    """`item(seed)` is a photo of one thing, a green disc on grey, taken again for each seed."""

    def make(seed=0, background=(110, 110, 110)):
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[:96, :128]
        picture = np.empty((96, 128, 3))
        picture[:] = background
        picture[(x - 64) ** 2 + (y - 48) ** 2 < 34**2] = (60, 140, 70)
        return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)

    return make
