"""Files that only look like photos, and photos nobody should accept: made here, byte by byte.

Other folders' tests get them through the fixture `bad_photos`.
"""

import io
import struct
import zipfile
import zlib
from functools import cache

import numpy as np
import pillow_heif
import skimage.data
from PIL import Image

from inspection.errors import (
    NotAPhoto,
    PhotoAnimated,
    PhotoBroken,
    PhotoEmpty,
    PhotoHidesFile,
    PhotoRejected,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooSmall,
)

pillow_heif.register_heif_opener()  # Pillow then writes HEIC too; the gate does not need this

REJECTED_AS: dict[str, type[PhotoRejected]] = {
    "empty": PhotoEmpty,
    "text": NotAPhoto,
    "svg": NotAPhoto,
    "still gif": NotAPhoto,
    "zip": NotAPhoto,
    "jpeg cut in its header": PhotoBroken,
    "jpeg cut in its middle": PhotoBroken,
    "jpeg without its last byte": PhotoBroken,
    "png cut in its middle": PhotoBroken,
    "png without its last byte": PhotoBroken,
    "webp cut in its middle": PhotoBroken,
    "heic cut in its middle": PhotoBroken,
    "avif cut in its middle": PhotoBroken,
    "jpeg claiming 32000 squared": PhotoTooManyPixels,
    "jpeg claiming twice its height": PhotoBroken,
    "jpeg of zero height": PhotoBroken,
    "jpeg of a thousand scans": PhotoBroken,
    "png of 900 megapixels": PhotoTooManyPixels,
    "png of no width": PhotoBroken,
    "png with a text bomb": PhotoBroken,
    "webp claiming 16383 squared": PhotoTooManyPixels,
    "heic claiming a small size": PhotoBroken,
    "avif claiming a small size": PhotoBroken,
    "jpeg hiding a zip": PhotoHidesFile,
    "png hiding a zip": PhotoHidesFile,
    "animated gif": PhotoAnimated,
    "animated webp": PhotoAnimated,
    "animated png": PhotoAnimated,
    "animated avif": PhotoAnimated,
    "one pixel": PhotoTooSmall,
    "26 MB": PhotoTooLarge,
}
"""What each is, and why it is turned away."""


@cache
def coffee(kind: str = "JPEG", **options: object) -> bytes:
    """A real photo of a cup that is fine in every way: 600 × 400 px, as HEIC 200 × 134 (slow to encode)."""
    pixels = skimage.data.coffee()
    return encoded(pixels[::3, ::3].copy() if kind == "HEIF" else pixels, kind, **options)


def encoded(pixels: np.ndarray, kind: str = "JPEG", **options: object) -> bytes:
    """An array as a file of that kind; options are Pillow's."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


@cache
def bad_photos() -> dict[str, bytes]:
    """A name from `REJECTED_AS` to its bytes."""
    jpeg, png = coffee(quality=80), encoded(skimage.data.coffee()[:200, :200], "PNG")
    webp, heic, avif = coffee("WEBP"), coffee("HEIF", quality=50), coffee("AVIF", speed=10)
    return {
        "empty": b"",
        "text": b"Dear shop, the photo is attached to my other letter.\n" * 20,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"/>',
        "still gif": coffee("GIF"),
        "zip": _zip(),
        "jpeg cut in its header": jpeg[:100],
        "jpeg cut in its middle": jpeg[: len(jpeg) // 2],
        "jpeg without its last byte": jpeg[:-1],
        "png cut in its middle": png[: len(png) // 2],
        "png without its last byte": png[:-1],
        "webp cut in its middle": webp[: len(webp) // 2],
        "heic cut in its middle": heic[: len(heic) // 2],
        "avif cut in its middle": avif[: len(avif) // 2],
        "jpeg claiming 32000 squared": _jpeg_claiming(jpeg, 32000, 32000),
        "jpeg claiming twice its height": _jpeg_claiming(jpeg, 600, 800),
        "jpeg of zero height": _jpeg_claiming(jpeg, 600, 0),
        "jpeg of a thousand scans": _jpeg_of_scans(1000),
        "png of 900 megapixels": png_of(30_000, 30_000),
        "png of no width": png_of(0, 100),
        "png with a text bomb": _with_chunk(png, b"zTXt", b"bomb\0\0" + zlib.compress(bytes(20_000_000))),
        "webp claiming 16383 squared": _webp_claiming(16383, 16383),
        "heic claiming a small size": heic.replace(
            struct.pack(">II", 200, 134), struct.pack(">II", 100, 100)
        ),
        "avif claiming a small size": avif.replace(struct.pack(">II", 600, 400), struct.pack(">II", 70, 70)),
        "jpeg hiding a zip": jpeg + _zip(),
        "png hiding a zip": png + _zip(),
        "animated gif": _animated("GIF"),
        "animated webp": _animated("WEBP"),
        "animated png": _animated("PNG"),
        "animated avif": _animated("AVIF"),
        "one pixel": encoded(np.zeros((1, 1, 3), np.uint8)),
        "26 MB": jpeg + bytes(26_000_000 - len(jpeg)),
    }


def png_of(width: int, height: int) -> bytes:
    """All black, one bit a pixel, and true to its header: 900 megapixels take 500 kB."""
    deflate = zlib.compressobj(1)
    rows = [deflate.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = (b"IHDR", header), (b"IDAT", b"".join(rows) + deflate.flush()), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in body)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _with_chunk(png: bytes, name: bytes, body: bytes) -> bytes:
    return png[:33] + _chunk(name, body) + png[33:]


def _jpeg_claiming(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def _jpeg_of_scans(count: int) -> bytes:
    jpeg = coffee(progressive=True)
    scan = jpeg.index(b"\xff\xda")
    next_marker = jpeg.index(b"\xff\xc4", scan)
    return jpeg[:scan] + jpeg[scan:next_marker] * count + jpeg[next_marker:]


def _webp_claiming(width: int, height: int) -> bytes:
    webp = coffee("WEBP")
    extended = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + extended + webp[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _animated(kind: str) -> bytes:
    frames = [Image.fromarray(np.roll(skimage.data.coffee()[:128, :128], 9 * n, axis=1)) for n in range(3)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.sh", "echo hello\n")
    return file.getvalue()
