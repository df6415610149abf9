"""Which format the bytes are in, by content; a file's name proves nothing."""

from inspection.errors import NotAPhoto, PhotoAnimated
from inspection.photo.heic import open_heic
from inspection.photo.jpeg import open_jpeg
from inspection.photo.opened import Opened
from inspection.photo.pillow_formats import open_avif, open_png, open_webp

_STILL_HEIF = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_MOVING_HEIF = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
_AVIF = {b"avif", b"avis"}


def open_any(encoded: bytes) -> Opened:
    """Read the header by the format's own rules. Raises `NotAPhoto` for all others."""
    if encoded.startswith(b"\xff\xd8\xff"):
        return open_jpeg(encoded)
    if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
        return open_png(encoded)
    if encoded[:4] == b"RIFF" and encoded[8:12] == b"WEBP":
        return open_webp(encoded)
    if encoded[4:8] == b"ftyp":
        return _open_iso(encoded)
    if encoded.startswith((b"GIF87a", b"GIF89a")) and encoded.count(b"\x21\xf9\x04") > 1:
        raise PhotoAnimated(encoded.count(b"\x21\xf9\x04"))  # each frame has a graphic control
    raise NotAPhoto


def _open_iso(encoded: bytes) -> Opened:
    size = int.from_bytes(encoded[:4])
    brands = {encoded[at : at + 4] for at in (8, *range(16, min(size, 256), 4))}
    if brands & _AVIF:
        return open_avif(encoded)
    if encoded[8:12] in _MOVING_HEIF:
        raise PhotoAnimated(2)  # an image sequence: how long, only its decoder would know
    if brands & _STILL_HEIF:
        return open_heic(encoded)
    raise NotAPhoto
