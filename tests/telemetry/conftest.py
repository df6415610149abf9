import numpy as np
import pytest
import simplejpeg


@pytest.fixture(scope="session")
def jpeg():
    """`jpeg(7)` is the seventh photo of some item: 800 × 600, like no other."""

    def make(number: int = 1, *, quality: int = 90) -> bytes:
        random = np.random.default_rng(number)
        blocks = random.integers(60, 200, (12, 16, 3), np.uint8).repeat(50, 0).repeat(50, 1)
        return simplejpeg.encode_jpeg(np.ascontiguousarray(blocks), quality=quality)

    return make
