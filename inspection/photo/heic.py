"""HEIC and HEIF, through libheif.

libheif turns and mirrors the picture as the container says (`irot`, `imir`), so the EXIF
orientation beside it is a copy of what has been done already and must not be applied again.
libheif also refuses a coded picture larger than the header said, before it takes the memory.
"""

from functools import partial

import numpy as np
import pillow_heif

from inspection.errors import NotAPhoto, PhotoBroken
from inspection.photo.opened import Opened, Raster

_BYTES_A_PIXEL = 11  # measured peak, rounded up: planes, RGB, and our copy


def open_heic(encoded: bytes) -> Opened:
    """The primary picture; bursts and depth maps beside it are left alone."""
    container = pillow_heif.open_heif(encoded)
    if not len(container):
        raise NotAPhoto
    primary = container[container.primary_index]
    width, height = primary.size
    return Opened(
        format="HEIC",
        width=width,
        height=height,
        memory=width * height * _BYTES_A_PIXEL,
        decode=partial(_decode, primary, width, height),
        icc=_bytes(primary, "icc_profile"),
        exif=_bytes(primary, "exif"),
        xmp=_bytes(primary, "xmp"),
    )


def _bytes(primary: pillow_heif.HeifImage, name: str) -> bytes | None:
    value = primary.info.get(name)
    return value if isinstance(value, bytes) and value else None


def _decode(primary: pillow_heif.HeifImage, width: int, height: int) -> Raster:
    pixels = np.asarray(primary)
    if primary.size != (width, height) or pixels.dtype != np.uint8:
        raise PhotoBroken
    if pixels.ndim == 2:
        return pixels[:height, :width, np.newaxis]
    pixels = pixels[:height, :width]
    return _on_white(pixels) if primary.has_alpha else pixels[:, :, :3]


def _on_white(pixels: Raster) -> Raster:
    colour, alpha = pixels[:, :, :-1].astype(np.uint16), pixels[:, :, -1:].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
