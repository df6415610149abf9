"""Make the demo's photos: one coffee cup, as sold, as it came back, and as a photo of a screen.

    python -m training.demo_photos            writes inspection/demo/photos

From two photos that scikit-image ships (CC0); the same bytes on every run with the same OpenCV.
"""

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage import data

from training.synthesize import rephotograph
from training.synthesize.noise import (
    Field,
    Light,
    Picture,
    Points,
    blurred,
    broken_line,
    clouds,
    draw,
    fill,
    over,
    shifted,
    to_light,
    to_picture,
)

FOLDER = Path(__file__).parent.parent / "inspection" / "demo" / "photos"
_SIZE = (1200, 800)  # width and height in pixels: twice the source


def main() -> None:
    """Write all six."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, (picture, quality) in photos().items():
        _, encoded = cv2.imencode(
            ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
        (folder / name).write_bytes(encoded.tobytes())


def photos() -> dict[str, tuple[Picture, int]]:
    """Each photo's file name, pixels and JPEG quality."""
    shipped: Any = data  # scikit-image ships no types
    cup = _enlarged(shipped.coffee())
    broken = chipped(np.random.default_rng(8), cup)
    return {
        "cup_as_sold_1.jpg": (taken(1, cup), 88),
        "cup_as_sold_2.jpg": (taken(2, cup, turn=1.0, zoom=1.04, warmth=0.03, exposure=1.06), 84),
        "cup_returned_fine.jpg": (taken(3, cup, turn=-0.9, zoom=1.05, warmth=-0.03, exposure=0.95), 85),
        "cup_returned_damaged.jpg": (taken(4, broken, turn=0.6, zoom=1.03, warmth=-0.02, exposure=1.02), 86),
        "cup_on_a_screen.jpg": (rephotograph(np.random.default_rng(78), to_picture(cup)), 74),
        "something_else.jpg": (taken(6, _enlarged(shipped.chelsea()), zoom=1.02), 88),
    }


def _enlarged(picture: Picture) -> Light:
    """Twice the size, sharpened a little; the grain that enlarging took away comes back with the camera's."""
    large = cv2.resize(to_light(picture), _SIZE, interpolation=cv2.INTER_LANCZOS4)
    return np.clip(large + 0.6 * (large - blurred(large, 1.6)), 0, 1).astype(np.float32)


def taken(
    seed: int, cup: Light, *, turn: float = 0.0, zoom: float = 1.0, warmth: float = 0.0, exposure: float = 1.0
) -> Picture:
    """The scene photographed again: `turn` in degrees, `zoom` enough that no border shows, its own grain."""
    rng = np.random.default_rng(seed)
    w, h = _SIZE
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    spin = cv2.getRotationMatrix2D((w / 2, h / 2), turn, zoom)
    moved = cv2.transform(corners[None], spin)[0].astype(np.float32)
    moved += rng.uniform(-1, 1, (4, 2)).astype(np.float32) * np.float32(3 * (turn != 0))
    view = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(cup, view, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    lit = 1 + np.float32(0.06) * clouds(rng, (h, w), w, octaves=1)
    colour = np.array([1 + warmth, 1, 1 - warmth], np.float32) * np.float32(exposure)
    grain = rng.standard_normal((h, w, 3), np.float32) * np.float32(0.008)
    return to_picture(seen * lit[..., None] * colour + blurred(grain, 0.7))


def chipped(rng: np.random.Generator, cup: Light) -> Light:
    """The cup dropped: a chip out of its front rim, bare clay in it, and cracks that run from there."""
    shape = cup.shape[:2]
    chip = fill(shape, _chip_outline(rng))
    clay = _clay(rng, shape, chip)
    glaze_edge = np.clip(cv2.dilate(chip, np.ones((5, 5), np.uint8)) - chip, 0, 1)
    cup = over(cup, np.array([0.34, 0.14, 0.08]), blurred(glaze_edge, 0.8) * 0.5)
    cup = over(cup, clay, blurred(chip, 0.7))
    starts_ends = [((652, 424), (598, 536)), ((694, 420), (716, 462)), ((612, 408), (588, 384))]
    for number, (start, end) in enumerate(starts_ends):
        line = broken_line(rng, np.array(start), np.array(end), jag=0.07, splits=5)
        cup = _cracked(cup, line, 2.6 if number == 0 else 1.7)
    branch = broken_line(rng, np.array((628, 474)), np.array((578, 500)), jag=0.08, splits=4)
    return _cracked(cup, branch, 1.2)


def _chip_outline(rng: np.random.Generator) -> Points:
    """The bite, around the enlarged photo's front rim; its upper edge stays on the white lip."""
    upper = broken_line(rng, np.array([602, 412]), np.array([726, 387]), jag=0.05, splits=4)
    lower = broken_line(rng, np.array([726, 387]), np.array([602, 412]), jag=0.08, splits=4)
    bow = np.sin(np.linspace(0, np.pi, len(upper))).astype(np.float32)
    upper[:, 1] -= 11 * bow
    lower[:, 1] += 30 * bow
    return np.concatenate([upper, lower])


def _clay(rng: np.random.Generator, shape: tuple[int, int], chip: Field) -> Light:
    """Matt, grainy, lit from above: paler towards the bottom, in shadow under the glaze's upper edge."""
    facet = 0.78 + 0.3 * np.clip((np.arange(shape[0], dtype=np.float32)[:, None] - 392) / 36, 0, 1)
    rough = 1 + 0.02 * clouds(rng, shape, 40) + 0.02 * clouds(rng, shape, 3, octaves=2)
    overhang = 1 - 0.35 * blurred(np.clip(chip - shifted(chip, (0, 7)), 0, 1), 2.5)
    return np.clip(np.array([0.98, 0.80, 0.61]) * (rough * overhang * facet)[..., None], 0, 1).astype(
        np.float32
    )


def _cracked(cup: Light, line: Points, width: float) -> Light:
    """A hairline with a thin bright edge where the glaze catches the lamp."""
    shape = cup.shape[:2]
    half = line[: len(line) * 2 // 3]
    gap = np.maximum(draw(shape, [line], width * 0.55), draw(shape, [half], width))
    cup = over(cup, np.array([0.09, 0.04, 0.03]), blurred(gap, 0.5))
    edge = np.clip(shifted(gap, (1.6, 1.2)) - gap, 0, 1)
    return over(cup, np.array([0.95, 0.78, 0.66]), blurred(edge, 0.5) * 0.65)


if __name__ == "__main__":
    main()
