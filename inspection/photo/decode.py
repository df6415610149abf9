"""The gate: whatever a phone sends, safely, upright, in sRGB; or a reason that its sender can act on."""

from hashlib import sha256

import numpy as np

from inspection.errors import (
    PhotoAnimated,
    PhotoBroken,
    PhotoEmpty,
    PhotoHidesFile,
    PhotoRejected,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooSmall,
)
from inspection.photo.colour import to_srgb
from inspection.photo.crops import places
from inspection.photo.formats import open_any
from inspection.photo.hidden import hides_archive
from inspection.photo.limits import Limits
from inspection.photo.memory import decoding
from inspection.photo.opened import Opened, Raster
from inspection.photo.photo import Photo, Picture
from inspection.photo.provenance import provenance_of
from inspection.photo.shrink import shrunk
from inspection.photo.upright import turned, upright

WHOLE_SIDE = 1024
"""The whole view's longer side, in pixels, at most."""
CROP_SIDE = 224
"""A native crop's side, in pixels."""
MOST_CROPS = 3


def open_photo(encoded: bytes, limits: Limits = Limits()) -> Photo:  # noqa: B008 - frozen
    """Decode one photo of any size we take. Raises a `PhotoRejected`, and nothing else.

    Waits while other photos hold the memory that this one needs. Safe from several threads.
    """
    try:
        opened = _admitted(encoded, limits)
        with decoding.lend(opened.memory, limits.most_memory):
            whole, crops = _pictures(opened)
    except PhotoRejected:
        raise
    except Exception as error:  # five decoders of hostile bytes: no closed list of what they raise
        raise PhotoBroken from error
    width, height = opened.width, opened.height
    return Photo(
        sha256=sha256(encoded).hexdigest(),
        width=height if turned(opened.orientation) else width,
        height=width if turned(opened.orientation) else height,
        whole=whole,
        crops=crops,
        provenance=provenance_of(encoded, opened),
    )


def _admitted(encoded: bytes, limits: Limits) -> Opened:
    """Only the header is read here: whoever lies in it is turned away before memory is taken."""
    if not encoded:
        raise PhotoEmpty
    if len(encoded) > limits.most_bytes:
        raise PhotoTooLarge(len(encoded), limits.most_bytes)
    opened = open_any(encoded)
    width, height = opened.width, opened.height
    if not width or not height:
        raise PhotoBroken
    # some formats take more memory a pixel than others, so fewer pixels
    most_pixels = min(limits.most_pixels, limits.most_memory * width * height // opened.memory)
    if width * height > most_pixels:
        raise PhotoTooManyPixels(width, height, most_pixels)
    if opened.frames > limits.most_frames:
        raise PhotoAnimated(opened.frames)
    if min(width, height) < limits.least_side:
        raise PhotoTooSmall(min(width, height), limits.least_side)
    if hides_archive(encoded, opened.end):
        raise PhotoHidesFile
    return opened


def _pictures(opened: Opened) -> tuple[Picture, tuple[Picture, ...]]:
    """The whole view and the native crops; what is costly runs on these small ones only."""
    pixels = opened.decode()
    if pixels.shape[:2] != (opened.height, opened.width):
        raise PhotoBroken
    view = to_srgb(shrunk(pixels, WHOLE_SIDE), opened.icc)
    corners = places(view, opened.width, opened.height, side=CROP_SIDE, count=MOST_CROPS)
    crops = (pixels[top : top + CROP_SIDE, left : left + CROP_SIDE] for left, top in corners)
    return _finished(view, opened), tuple(_finished(to_srgb(crop, opened.icc), opened) for crop in crops)


def _finished(picture: Raster, opened: Opened) -> Picture:
    """Upright, and nobody's to change; a crop no longer keeps its whole original alive."""
    finished = np.array(upright(picture, opened.orientation), order="C", copy=True)
    finished.flags.writeable = False
    return finished
