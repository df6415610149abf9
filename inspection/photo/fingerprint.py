"""Has this photo been seen before? 256 bits that stay the same when it is saved anew, resized or relit.

The hash is PDQ (Meta's ThreatExchange, BSD licence; the package pdqhash that computes it is MIT). A photo
cut smaller or tilted has another hash: `inspection.seen` finds those by what the model sees in them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import pdqhash  # type: ignore[import-untyped, unused-ignore]

from inspection.photo.photo import Photo, Picture

CLEAR = 50
"""Of PDQ's own quality, 0 to 100. Flatter pictures (a wall, a sheet of paper) have hashes of noise."""

_HASHED_PX = 512
_TOLERANCE = 16
"""Grey levels within which a frame is of one colour."""
_LEAST, _MOST = 0.1, 0.97
"""The share of a screenshot that the photo in it takes; a larger one is the photo itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """`pdq` is kept: 32 bytes, with its `quality` of 0 to 100. `sought` is what to look for instead.

    Those are the hashes of the picture in its 8 turns and mirrorings and, where it lies in a plain frame
    as in a screenshot, of what is inside; none that says nothing, so it may be empty.
    """

    pdq: bytes
    quality: int
    sought: tuple[bytes, ...]

    @property
    def clear(self) -> bool:
        """Whether the hash says anything; of a flat picture it never matches."""
        return self.quality >= CLEAR


def fingerprint(photo: Photo) -> Fingerprint:
    """Of the upright, decoded picture, whatever the file around it; about 5 ms."""
    hashes, quality = _hashed(photo.whole)
    sought = hashes if quality >= CLEAR else ()
    inside = unframed(photo.whole)
    if inside is not None:
        more, clear = _hashed(inside)
        sought += more if clear >= CLEAR else ()
    return Fingerprint(pdq=hashes[0], quality=quality, sought=sought)


def unframed(picture: Picture) -> Picture | None:
    """What lies in a frame of one colour, such as a photo on a phone's screen; `None` without a frame."""
    colour = _corners(picture)
    if colour is None:
        return None
    low, high = ([float(level) + by for level in colour] for by in (-_TOLERANCE, _TOLERANCE))
    marked = cv2.inRange(picture, np.array(low), np.array(high)) == 0
    rows = _longest(marked.mean(axis=1) > 0.3)
    if rows.start == rows.stop:
        return None
    columns = _longest(marked[rows].mean(axis=0) > 0.3)
    inside = picture[rows, columns]
    share = inside.shape[0] * inside.shape[1] / (picture.shape[0] * picture.shape[1])
    return np.ascontiguousarray(inside) if _LEAST <= share <= _MOST else None


def _hashed(picture: Picture) -> tuple[tuple[bytes, ...], int]:
    """8 hashes, the upright one first, and their quality."""
    scale = _HASHED_PX / max(picture.shape[:2])
    if scale < 1:
        size = [max(1, round(edge * scale)) for edge in picture.shape[1::-1]]
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    bits, quality = pdqhash.compute_dihedral(np.ascontiguousarray(picture))
    packed = np.packbits(np.stack(bits).astype(np.uint8), axis=1)  # (8, 32)
    return tuple(one.tobytes() for one in packed), int(quality)


def _corners(picture: Picture) -> Picture | None:
    """The one colour of all four corners."""
    near, far = slice(0, 4), slice(-4, None)
    corners = [picture[rows, columns].reshape(-1, 3) for rows in (near, far) for columns in (near, far)]
    medians = np.stack([np.median(corner, axis=0) for corner in corners])  # (4, 3)
    alike = (medians.max(axis=0) - medians.min(axis=0)).max() <= _TOLERANCE
    return np.asarray(medians.mean(axis=0), np.uint8) if alike else None


def _longest(on: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> slice:
    """The longest stretch that is on; what is off for less than a twentieth of it all breaks none."""
    places = np.flatnonzero(on)
    if not len(places):
        return slice(0, 0)
    breaks = np.flatnonzero(np.diff(places) > max(1, len(on) // 20))
    starts, ends = places[np.r_[0, breaks + 1]], places[np.r_[breaks, len(places) - 1]] + 1
    longest = int((ends - starts).argmax())
    return slice(int(starts[longest]), int(ends[longest]))
