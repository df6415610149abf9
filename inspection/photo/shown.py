"""The copy of a photo that people may see."""

import simplejpeg

from inspection.photo.photo import Photo


def shown_copy(photo: Photo, quality: int = 85) -> bytes:
    """`whole` as a JPEG in sRGB: encoded anew from pixels, so no metadata and nothing hidden survives."""
    return bytes(simplejpeg.encode_jpeg(photo.whole, quality=quality, colorsubsampling="420"))
