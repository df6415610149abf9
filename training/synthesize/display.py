"""A display's pixels, seen closely: which part of each lights in red, green and blue."""

import numpy as np

from training.synthesize.noise import Field, Light, chance

TEXELS = 24  # samples along one display pixel


def cells(rng: np.random.Generator) -> tuple[Light, int]:
    """A periodic tile of subpixels, mean 1 in each colour, and how many display pixels it spans a side.

    Stripes (most laptops, monitors, televisions), slanted ones (IPS) or a diamond matrix (OLED phones).
    """
    layout = rng.choice(["stripe", "chevron", "diamond"], p=[0.55, 0.2, 0.25])
    tile = _diamond() if layout == "diamond" else _stripes(rng, slanted=layout == "chevron")
    if chance(rng, 0.15):  # turned by a quarter: a phone held upright
        tile = np.ascontiguousarray(tile.transpose(1, 0, 2))
    if chance(rng, 0.3):
        tile = np.ascontiguousarray(tile[..., ::-1])
    return tile / tile.mean((0, 1)), 1 if layout == "stripe" else 2


def _stripes(rng: np.random.Generator, *, slanted: bool) -> Light:
    """Three upright bars a pixel, black between them and between rows."""
    periods = 2 if slanted else 1
    side = TEXELS * periods
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / TEXELS
    lean = (np.abs(y % 2 - 1) - 0.5) * rng.uniform(0.1, 0.35) if slanted else 0
    bar, row = rng.uniform(0.2, 0.3), rng.uniform(0.72, 0.92)
    lit_rows = (y % 1) < row
    bars = [(((x + lean - at) % 1) < bar) & lit_rows for at in (0.02, 0.35, 0.68)]
    return np.stack(bars, -1).astype(np.float32)


def _diamond() -> Light:
    """Green dots on every pixel, red and blue ones taking turns, two pixels by two."""
    side = 2 * TEXELS
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / TEXELS

    def dots(at_x: float, at_y: float, period: float, radius: float) -> Field:
        apart_x = np.abs((x - at_x + period / 2) % period - period / 2)
        apart_y = np.abs((y - at_y + period / 2) % period - period / 2)
        return (apart_x + apart_y < radius).astype(np.float32)  # type: ignore[no-any-return]

    green = np.maximum(dots(0.5, 0.5, 1, 0.24), 0)
    red = np.maximum(dots(0, 0, 2, 0.36), dots(1, 1, 2, 0.36))
    blue = np.maximum(dots(1, 0, 2, 0.4), dots(0, 1, 2, 0.4))
    return np.stack([red, green, blue], -1)


def through_aperture(tile: Light, photo_pixels: float, blur: float) -> Light:
    """The tile as camera pixels average it, a display pixel being `photo_pixels` of them, under a lens blur.

    Exact for any pitch, so each photo pixel needs one sample; what the sensor cannot resolve aliases.
    """
    side = tile.shape[0]
    waves = np.fft.fftfreq(side, d=1 / TEXELS)  # cycles a display pixel
    per_photo_pixel = waves / photo_pixels
    keep = np.sinc(per_photo_pixel) * np.exp(-2 * (np.pi * per_photo_pixel * blur) ** 2)
    spectrum = np.fft.fft2(tile, axes=(0, 1)) * (keep[:, None] * keep[None, :])[..., None]
    return np.maximum(np.fft.ifft2(spectrum, axes=(0, 1)).real, 0).astype(np.float32)
