"""From whatever colours a file holds to sRGB. Cheap, because it runs on the whole view and the crops only."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from inspection.photo.opened import Raster

_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_MOST_PROFILE = 4_000_000  # bytes; printing profiles have up to some 3 MB


def to_srgb(pixels: Raster, icc: bytes | None) -> Raster:
    """(height, width, 1, 3 or 4) to (height, width, 3). A profile that cannot be used is ignored."""
    mode = _MODES[pixels.shape[2]]
    transform = _transform(icc, mode) if icc and len(icc) <= _MOST_PROFILE else None
    if transform is None:
        return _without_profile(pixels)
    stored = Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels, mode)
    return np.asarray(transform.apply(stored))


def _without_profile(pixels: Raster) -> Raster:
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 4:
        paper = 255 - pixels.astype(np.uint16)
        return ((paper[:, :, :3] * paper[:, :, 3:] + 127) // 255).astype(np.uint8)
    return pixels


@lru_cache(maxsize=8)
def _transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None where the pixels are sRGB already, or the profile is broken or for other pixels."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        if mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    except Exception:  # lcms reads untrusted bytes here; the picture is worth more than its profile
        return None
