"""What people do to a photo before they send it again; each is RGB in, RGB out."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from inspection.photo.photo import Picture

Copy = Callable[[Picture, np.random.Generator], Picture]


def resaved(picture: Picture, _: np.random.Generator) -> Picture:
    """A JPEG of quality 40."""
    encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    return np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])


def halved(picture: Picture, _: np.random.Generator) -> Picture:
    """Half as wide and high."""
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def brightened(picture: Picture, _: np.random.Generator) -> Picture:
    """30 % lighter."""
    return np.clip(picture * 1.3, 0, 255).astype(np.uint8)


def filtered(picture: Picture, _: np.random.Generator) -> Picture:
    """As by a phone's filter: warmer, more contrast."""
    warm = (picture.astype(np.float32) - 127) * 1.25 + 127 + np.array([12, 2, -14], np.float32)
    return np.clip(warm, 0, 255).astype(np.uint8)


def mirrored(picture: Picture, _: np.random.Generator) -> Picture:
    """Left and right changed."""
    return np.ascontiguousarray(picture[:, ::-1])


def turned(picture: Picture, _: np.random.Generator) -> Picture:
    """A quarter turn."""
    return np.ascontiguousarray(np.rot90(picture))


def upside_down(picture: Picture, _: np.random.Generator) -> Picture:
    """Half a turn."""
    return np.ascontiguousarray(picture[::-1, ::-1])


def tilted(picture: Picture, _: np.random.Generator) -> Picture:
    """3 degrees, enlarged so that no corner shows."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 3, 1.09)
    return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_LINEAR)


def cropped(share: float) -> Copy:
    """`share` of the width and of the height cut away, from random sides."""

    def cut(picture: Picture, random: np.random.Generator) -> Picture:
        height, width = picture.shape[:2]
        high, wide = round(height * (1 - share)), round(width * (1 - share))
        top, left = random.integers(0, height - high + 1), random.integers(0, width - wide + 1)
        return np.ascontiguousarray(picture[top : top + high, left : left + wide])

    return cut


def cropped_and_mirrored(picture: Picture, random: np.random.Generator) -> Picture:
    """15 % cut away, then mirrored and saved anew."""
    return mirrored(resaved(cropped(0.15)(picture, random), random), random)


def screenshot(picture: Picture, random: np.random.Generator) -> Picture:
    """On a phone's screen 9 to 19: bars and buttons above and below, the whole photo between."""
    width = 540
    height = width * 19 // 9
    scale = min(width / picture.shape[1], height * 0.8 / picture.shape[0])
    shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    screen = np.full((height, width, 3), int(random.choice([0, 18, 255])), np.uint8)
    top, left = (height - shown.shape[0]) // 2, (width - shown.shape[1]) // 2
    screen[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    grey = (128, 128, 128)
    cv2.putText(screen, "18:04", (24, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, grey, 2)
    for place in range(4):
        cv2.circle(screen, (80 + 126 * place, height - 60), 18, grey, 3)
    return screen


COPIES: Mapping[str, Copy] = {
    "resaved": resaved,
    "halved": halved,
    "brightened": brightened,
    "filtered": filtered,
    "mirrored": mirrored,
    "turned": turned,
    "upside_down": upside_down,
    "tilted": tilted,
    "cropped 5 %": cropped(0.05),
    "cropped 15 %": cropped(0.15),
    "cropped 30 %": cropped(0.30),
    "cropped, mirrored": cropped_and_mirrored,
    "screenshot": screenshot,
}
