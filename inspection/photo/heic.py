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

_BYTES_A_PIXEL, _RICHER = 6, 12  # measured peaks, rounded up; richer: 10 bits, alpha, full chroma
_BAND = 256  # rows


def open_heic(encoded: bytes) -> Opened:
    """The primary picture; bursts and depth maps beside it are left alone."""
    container = pillow_heif.open_heif(encoded)
    if not len(container):
        raise NotAPhoto
    primary = container[container.primary_index]
    width, height = primary.size
    plain = primary.info.get("bit_depth") == 8 and primary.info.get("chroma") == 420 and not primary.has_alpha
    return Opened(
        format="HEIC",
        width=width,
        height=height,
        memory=width * height * (_BYTES_A_PIXEL if plain else _RICHER),
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
    """Band by band: whole copies of 16 bits would take more memory than the photo."""
    flat = np.empty((*pixels.shape[:2], 3), np.uint8)
    for top in range(0, len(pixels), _BAND):
        band = pixels[top : top + _BAND].astype(np.uint16)
        colour, alpha = band[:, :, :-1], band[:, :, -1:]
        flat[top : top + _BAND] = (colour * alpha + 255 * (255 - alpha) + 127) // 255
    return flat
