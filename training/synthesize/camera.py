"""A phone's camera, from light to JPEG. Both classes of the capture claim go through it, or it were the clue.

Light falls through the lens onto a Bayer mosaic, is read with shot and read noise, demosaiced, denoised,
given tone and colour, sharpened and compressed, in a phone's own order.
"""

import cv2
import numpy as np

from training.synthesize.noise import (
    Field,
    Light,
    Picture,
    blurred,
    chance,
    log_uniform,
    to_light,
    to_picture,
)

_DEMOSAIC = (
    cv2.COLOR_BayerRGGB2RGB,
    cv2.COLOR_BayerGRBG2RGB,
    cv2.COLOR_BayerRGGB2RGB_EA,
    cv2.COLOR_BayerGRBG2RGB_EA,
)
_GAMMA = 2.2
_BLACK, _WHITE = 2048, 32768  # the sensor's counts: darkness, and full light above it
_ENCODED = (np.clip((np.arange(65536) - _BLACK) / _WHITE, 0, 1.9) ** (1 / _GAMMA)).astype(np.float32)


def linear(light: Light) -> Light:
    """Gamma-encoded to linear light."""
    return cv2.pow(np.maximum(light, 0), _GAMMA)


def camera(rng: np.random.Generator, picture: Picture) -> Picture:
    """The picture as a phone's camera would record it from the same place: same size, other pixels."""
    return expose(rng, linear(to_light(picture)))


def photographed(rng: np.random.Generator, picture: Picture) -> Picture:
    """A first-hand photo of what the picture shows: another pose, zoom and focus, then the camera."""
    h, w = picture.shape[:2]
    view = pose(rng, (h, w))
    light = cv2.warpPerspective(
        to_light(picture),
        view,
        (w, h),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    return expose(rng, linear(blurred(light, defocus(rng))))


def pose(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """A homography, (3, 3), from the new photo's pixels to the old one's: zoom, turn, tilt and a shift.

    One photo pixel steps over 0.6 to 1.9 pixels of the picture; beyond its border it goes on mirrored. Steps
    above 1 matter: enlarged photos have no detail as fine as a real one has, and detail would mean "screen".
    """
    h, w = shape
    step = log_uniform(rng, 0.6, 1.9)
    turn = np.radians(rng.normal(0, 4) if chance(rng, 0.8) else rng.uniform(-45, 45))
    cos, sin = step * np.cos(turn), step * np.sin(turn)
    tilt_x, tilt_y = rng.normal(0, 0.06, 2) / max(h, w)
    spare = 0.5 * max(0.0, 1 - step)
    middle_x, middle_y = w * (0.5 + rng.uniform(-spare, spare)), h * (0.5 + rng.uniform(-spare, spare))
    centre = np.array([[1, 0, -w / 2], [0, 1, -h / 2], [0, 0, 1]])
    view = np.array([[cos, -sin, middle_x], [sin, cos, middle_y], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, 1, 0], [tilt_x, tilt_y, 1]])
    return (view @ tilt @ centre).astype(np.float32)  # type: ignore[no-any-return]


def defocus(rng: np.random.Generator) -> float:
    """Blur by lens and hand, as a Gaussian's deviation in photo pixels: mostly sharp, at times not."""
    return float(rng.uniform(0.1, 0.6) if chance(rng, 0.8) else rng.uniform(0.6, 1.6))


def expose(rng: np.random.Generator, light: Light) -> Picture:
    """From linear light on the sensor to the JPEG's pixels."""
    colours = _sensed(rng, light, exposure=log_uniform(rng, 0.7, 1.35))
    colours = _denoised(rng, colours)
    colours = _toned(rng, colours)
    return jpeg(_sharpened(rng, colours), quality=int(rng.integers(62, 97)), rng=rng)


def _sensed(rng: np.random.Generator, light: Light, *, exposure: float) -> Light:
    """Bayer mosaic with noise, demosaiced, gamma encoded. Reds and blues are read darker and raised again."""
    h, w = light.shape[:2]
    even = cv2.copyMakeBorder(light, 0, h % 2, 0, w % 2, cv2.BORDER_REFLECT)
    balance = np.array([rng.uniform(0.45, 0.7), 1, rng.uniform(0.5, 0.8)], np.float32)
    pattern = int(rng.integers(2))
    raw = _mosaic(even, balance, pattern) * np.float32(exposure)
    photons = log_uniform(rng, 1200, 30000)  # at full white: a phone's small pixels, in dim and in good light
    noise = rng.standard_normal(raw.shape, np.float32)
    raw += noise * np.sqrt(np.maximum(raw, 0) / np.float32(photons) + np.float32((2.5 / photons) ** 2 + 4e-7))
    counts = np.clip(raw * np.float32(_WHITE) + np.float32(_BLACK), 0, 65535).astype(np.uint16)
    edge_aware = 2 * chance(rng, 0.5)
    colours = cv2.cvtColor(counts, _DEMOSAIC[pattern + edge_aware])[:h, :w]
    raised = _ENCODED[colours] * balance ** np.float32(-1 / _GAMMA)
    return np.minimum(raised, 1)  # type: ignore[no-any-return]


def _mosaic(light: Light, balance: Field, pattern: int) -> Field:
    """One colour a pixel: RGGB for pattern 0, GRBG for 1."""
    raw = light[..., 1].copy()
    first, second = ((0, 0), (1, 1)) if pattern == 0 else ((0, 1), (1, 0))  # rows and columns of red, of blue
    raw[first[0] :: 2, first[1] :: 2] = light[first[0] :: 2, first[1] :: 2, 0] * balance[0]
    raw[second[0] :: 2, second[1] :: 2] = light[second[0] :: 2, second[1] :: 2, 2] * balance[2]
    return raw


def _denoised(rng: np.random.Generator, colours: Light) -> Light:
    """Blurred colour and cored detail, as phones do."""
    ycc = cv2.cvtColor(colours, cv2.COLOR_RGB2YCrCb)
    luma, chroma = ycc[..., 0], blurred(ycc[..., 1:], rng.uniform(0.8, 2.6))
    smooth = blurred(luma, rng.uniform(0.8, 1.4))
    detail = luma - smooth
    core = np.float32(log_uniform(rng, 0.002, 0.02))
    kept = detail * (np.abs(detail) / (np.abs(detail) + core))
    joined = cv2.merge([smooth + kept, chroma[..., 0], chroma[..., 1]])
    return cv2.cvtColor(joined, cv2.COLOR_YCrCb2RGB)


def _toned(rng: np.random.Generator, colours: Light) -> Light:
    """White balance a little off, an S curve, and more or less colour."""
    balance, saturation = np.exp(rng.normal(0, 0.035, 3)), rng.uniform(0.85, 1.25)
    mix = (np.eye(3) * saturation + (1 - saturation) / 3) * balance
    colours = np.clip(cv2.transform(colours, mix.astype(np.float32)), 0, 1)
    amount = np.float32(rng.uniform(0, 0.5))
    return colours * (1 - amount + amount * colours * (3 - 2 * colours))  # type: ignore[no-any-return]


def _sharpened(rng: np.random.Generator, colours: Light) -> Picture:
    """Unsharp mask; old phones overdo it."""
    amount = rng.uniform(0.1, 2.0)
    smooth = blurred(colours, rng.uniform(0.6, 1.4))
    return to_picture(cv2.addWeighted(colours, 1 + amount, smooth, -amount, 0))


def jpeg(picture: Picture, *, quality: int, rng: np.random.Generator | None = None) -> Picture:
    """Compressed and read again; with `rng`, at times once more, as messengers do."""
    for again in range(1 + (rng is not None and chance(rng, 0.25))):
        _, encoded = cv2.imencode(
            ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality - 8 * again]
        )
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB))
    return picture
