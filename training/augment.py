"""What phones, rooms and messengers do to a photo, drawn anew each time it is shown."""

import os
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture


def photo_like(picture: Picture, cells: NDArray[np.uint8], seed: int) -> tuple[Picture, NDArray[np.uint8]]:
    """(side, side, 3) and (rows, rows) damaged shares, moved alike. For both classes, or it were a clue."""
    transform = _transform()
    own = np.random.SeedSequence(seed).generate_state(len(transform.transforms)).tolist()
    for step, drawn in zip(transform.transforms, own, strict=True):
        step.set_random_seed(drawn)  # the whole's seed would be everyone's: all of them would happen, or none
    mask = cv2.resize(cells, picture.shape[:2], interpolation=cv2.INTER_NEAREST)
    done = transform(image=picture, mask=mask)
    return done["image"], np.asarray(
        cv2.resize(done["mask"], cells.shape, interpolation=cv2.INTER_AREA), np.uint8
    )


@cache
def _transform() -> Any:
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for its version otherwise
    import albumentations as A  # noqa: N812, PLC0415 — what everyone calls it; only to fine-tune

    return A.Compose(
        [
            A.Perspective(scale=(0.02, 0.06), border_mode=cv2.BORDER_REPLICATE, p=0.5),
            A.RandomShadow(p=0.2),
            A.ColorJitter(brightness=0.25, contrast=0.25, saturation=0.25, hue=0.03, p=0.6),
            A.OneOf([A.MotionBlur(blur_limit=5), A.GaussianBlur(blur_limit=(3, 5))], p=0.2),
            A.ISONoise(p=0.3),
            A.ImageCompression(quality_range=(45, 95), p=0.5),
        ]
    )
