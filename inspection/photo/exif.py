"""The little we read from EXIF, from bytes that may be hostile."""

from typing import Any

from PIL import Image

_ORIENTATION = 0x0112


def tags_of(exif: bytes | None, *, sub_ifd: int | None = None) -> dict[int, Any]:
    """The tags of the main directory, or of one that it points to; empty where they make no sense."""
    if not exif:
        return {}
    try:
        tags = Image.Exif()
        tags.load(exif)
        return dict(tags.get_ifd(sub_ifd) if sub_ifd else tags)
    except Exception:  # a parser of untrusted bytes raises whatever it likes, and metadata is optional
        return {}


def orientation_of(exif: bytes | None) -> int:
    """1 to 8; 1, upright as stored, where the file says nothing that makes sense."""
    orientation = tags_of(exif).get(_ORIENTATION)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
