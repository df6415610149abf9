"""Photos spoilt as light, hands and distance spoil them. Lengths are thousandths of the longer side."""

import cv2
import numpy as np

GAMMA = 2.2


def blurred(photo, sigma):
    """Out of focus."""
    return cv2.GaussianBlur(photo, (0, 0), sigma * max(photo.shape) / 1000)


def moved(photo, length):
    """The hand moved sideways."""
    side = max(1, round(length * max(photo.shape) / 1000))
    kernel = np.full((1, side), 1 / side, np.float32)
    return cv2.filter2D(photo, -1, kernel)


def darker(photo, stops):
    """Less light; negative: more than the sensor holds."""
    return _stored(_light(photo) * 2.0**-stops)


def hazier(photo, share):
    """A greasy lens, or a window behind: that share of the light comes from nowhere."""
    return _stored(_light(photo) * (1 - share) + share)


def with_glare(photo, radius):
    """A lamp's reflection in the middle; `radius` is a share of the longer side."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - width * 0.5, y - height * 0.45) / max(height, width)
    glow = np.clip(1.6 - np.maximum(0, away - radius) / (radius * 0.5), 0, 3)
    return _stored(_light(photo) + glow[..., np.newaxis])


def farther(photo, share):
    """The item that small, in the middle of a plain floor with a little noise."""
    height, width = photo.shape[:2]
    border = np.concatenate([photo[0], photo[-1], photo[:, 0], photo[:, -1]]).mean(0)
    noise = np.random.default_rng(0).normal(0, 2, (height, width, 1))
    floor = np.clip(border + noise, 0, 255).astype(np.uint8)
    item = cv2.resize(photo, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
    top, left = (height - item.shape[0]) // 2, (width - item.shape[1]) // 2
    floor[top : top + item.shape[0], left : left + item.shape[1]] = item
    return floor


def on_white(photo, share):
    """Nothing spoilt: the photo in the middle of a white backdrop that is that share of the picture."""
    height, width = photo.shape[:2]
    side = (1 - share) ** 0.5
    item = cv2.resize(photo, (int(width * side), int(height * side)), interpolation=cv2.INTER_AREA)
    top, left = (height - item.shape[0]) // 2, (width - item.shape[1]) // 2
    backdrop = np.full_like(photo, 255)
    backdrop[top : top + item.shape[0], left : left + item.shape[1]] = item
    return backdrop


def _light(photo):
    return (photo / np.float32(255)) ** GAMMA


def _stored(light):
    return (np.clip(light, 0, 1) ** (1 / GAMMA) * 255).round().astype(np.uint8)
