"""PNG, WebP and AVIF, through Pillow's decoders.

The plugins are called directly. `Image.open` would guess the format, warn about large pictures
through process-wide settings, and answer bytes it does not know with a `KeyError`.
"""

from functools import partial
from io import BytesIO

import numpy as np
from PIL import AvifImagePlugin, Image, ImageFile, PngImagePlugin, WebPImagePlugin

from inspection.errors import PhotoBroken
from inspection.photo.av1 import most_coded_pixels
from inspection.photo.exif import orientation_of
from inspection.photo.opened import Opened, Raster

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_BAND = 256  # rows converted at a time, so that the copies of a large picture stay small
_BYTES_A_PIXEL = {"PNG": 8, "WEBP": 17, "AVIF": 16}  # measured peaks, rounded up
_MOST_CANVAS = 64_000_000  # pixels; four times what fits any sane memory limit


def open_png(encoded: bytes) -> Opened:
    """Text and profile chunks are inflated by Pillow, which stops at 1 MB each."""
    if _PNG_END not in encoded:  # Pillow forgives a file cut after its last pixel
        raise PhotoBroken
    return _opened(PngImagePlugin.PngImageFile(BytesIO(encoded)))


def open_webp(encoded: bytes) -> Opened:
    """Pillow reserves the canvas on opening, so a size beyond all sense is passed on unopened."""
    width, height = _webp_size(encoded)
    if width * height > _MOST_CANVAS:
        memory = width * height * _BYTES_A_PIXEL["WEBP"]
        return Opened(format="WEBP", width=width, height=height, memory=memory, decode=_refuse)
    return _opened(WebPImagePlugin.WebPImageFile(BytesIO(encoded)))


def _webp_size(encoded: bytes) -> tuple[int, int]:
    """As the first chunk says: extended, lossless or lossy; 0 × 0 where it is none of them."""
    start = encoded[12:30].ljust(18, b"\0")
    if start.startswith(b"VP8X"):
        return int.from_bytes(start[12:15], "little") + 1, int.from_bytes(start[15:18], "little") + 1
    if start.startswith(b"VP8L"):
        bits = int.from_bytes(start[9:13], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if start.startswith(b"VP8 "):
        return int.from_bytes(start[14:16], "little") & 0x3FFF, int.from_bytes(
            start[16:18], "little"
        ) & 0x3FFF
    return 0, 0


def _refuse() -> Raster:
    raise PhotoBroken


def open_avif(encoded: bytes) -> Opened:
    """Pillow states the container's rotation and mirroring as the EXIF orientation."""
    opened = _opened(AvifImagePlugin.AvifImageFile(BytesIO(encoded)))
    if most_coded_pixels(encoded) > 2 * opened.width * opened.height + 65_536:  # a crop is fair, a lie is not
        raise PhotoBroken
    return opened


def _opened(stored: ImageFile.ImageFile) -> Opened:
    kind = str(stored.format)
    exif, xmp = stored.info.get("exif"), stored.info.get("xmp")
    return Opened(
        format=kind,
        width=stored.width,
        height=stored.height,
        memory=stored.width * stored.height * _BYTES_A_PIXEL[kind],
        decode=partial(_decode, stored),
        frames=int(getattr(stored, "n_frames", 1)),
        orientation=orientation_of(exif),
        icc=stored.info.get("icc_profile") or None,
        exif=exif,
        xmp=xmp.encode() if isinstance(xmp, str) else xmp,
    )


def _decode(stored: ImageFile.ImageFile) -> Raster:
    """Grey stays one channel, for its profile's sake; everything else becomes RGB on white."""
    stored.load()
    grey = stored.mode in {"1", "L"} and "transparency" not in stored.info
    deep = stored.mode.startswith("I")
    pixels = np.empty((stored.height, stored.width, 1 if grey or deep else 3), np.uint8)
    for top in range(0, stored.height, _BAND):
        band = stored.crop((0, top, stored.width, min(top + _BAND, stored.height)))
        if deep:  # 16 bits a pixel; Pillow's own conversion would clip at 255
            pixels[top : top + _BAND, :, 0] = np.asarray(band, dtype=np.uint32) >> 8
        elif grey:
            pixels[top : top + _BAND, :, 0] = np.asarray(band.convert("L"))
        else:
            pixels[top : top + _BAND] = np.asarray(_on_white(band))
    return pixels


def _on_white(band: Image.Image) -> Image.Image:
    if "A" not in band.mode and "a" not in band.mode and "transparency" not in band.info:
        return band.convert("RGB")
    seen = band.convert("RGBA")
    white = Image.new("RGB", band.size, "white")
    white.paste(seen, mask=seen.getchannel("A"))
    return white
