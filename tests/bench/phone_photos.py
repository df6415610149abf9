"""Photos of a phone's size, made from the few that scikit-image ships."""

from pathlib import Path

import cv2
import numpy as np
from skimage import data

VARIANTS = 8


def make_photos(folder: Path, size: tuple[int, int]) -> None:
    """Enlarged, with grain, texture and shading on top, so that files are about as large as a phone's."""
    folder.mkdir()
    random = np.random.default_rng(0)
    width, height = size
    for number in range(VARIANTS):
        original = (data.coffee, data.chelsea, data.astronaut, data.rocket)[number % 4]()
        shift = 8 * (number // 4)
        large = cv2.resize(original[shift:, shift:], size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        for octave, strength in ((1, 4.0), (2, 6.0), (8, 6.0)):
            grain = random.normal(0, strength, (height // octave, width // octave, 1)).astype(np.float32)
            large += cv2.resize(grain, size, interpolation=cv2.INTER_LINEAR)[..., None]
        picture = np.clip(large, 0, 255).astype(np.uint8)
        encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        (folder / f"{number}.jpg").write_bytes(encoded.tobytes())
