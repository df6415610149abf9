"""Near copies by perceptual hash: the same photo recompressed, resized, relit a little, mirrored or turned.

Crops change this hash; `training.data.crops` finds those, more slowly.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.errors import ExtraMissing

NEAR = 32  # of 256 bits: unlike photos differ by 64 or more in our sets, copies seldom by more than 30
CLEAR = 50  # hashes of flatter pictures, by PDQ's own quality of 0 to 100, say nothing


def near_copies(paths: Sequence[Path], near: int = NEAR) -> Iterator[tuple[Path, Path]]:
    """Pairs of photos whose hashes, in any of 8 orientations, differ by at most `near` bits.

    Files that are no photos, and pictures too flat for a hash, are in no pair.
    """
    hashed = [(path, found) for path in paths if (found := photo_hash(path)) is not None]
    if not hashed:
        return
    upright = np.stack([found[0] for _, found in hashed])  # (n, 32) uint8
    for i, (path, turned) in enumerate(hashed):
        apart = np.bitwise_count(upright[None, i + 1 :] ^ turned[:, None]).sum(2).min(0)  # (n - i - 1,)
        yield from ((path, hashed[i + 1 + j][0]) for j in np.flatnonzero(apart <= near))


def photo_hash(path: Path) -> NDArray[np.uint8] | None:
    """(8, 32): 256 bits for each of the 8 turns and mirrorings; `None` where there is nothing to hash."""
    if not path.is_file():
        return None
    told = path.stat()
    return _hash(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=100_000)
def _hash(path: Path, changed: int, size: int) -> NDArray[np.uint8] | None:
    try:
        import pdqhash  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - of the extra 'train'
    except ImportError as error:
        raise ExtraMissing("Looking for copies of photos", "train") from error
    grey = read_grey(path, 512)
    if grey is None:
        return None
    bits, quality = pdqhash.compute_dihedral(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))
    return np.packbits(np.stack(bits).astype(np.uint8), axis=1) if quality >= CLEAR else None


def read_grey(path: Path, longest: int) -> NDArray[np.uint8] | None:
    """(h, w), its longer side at most `longest` px; `None` if it is no photo."""
    encoded = np.frombuffer(path.read_bytes(), np.uint8)
    grey = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE) if encoded.size else None
    if grey is None:
        return None
    scale = longest / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
