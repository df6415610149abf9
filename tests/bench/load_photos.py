"""Photos for a load: of phone size, each of another thing, as shoppers send them.

Real ones where `INSPECTION_DATA` names a folder of them, or one lies beside the checkout; else they are put
together from the scenes that scikit-image and the demo bring. That they differ matters: a photo which looks
like one of another inspection is compared with it, and that takes time.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from inspection.demo.seed import PHOTOS as DEMO

SIZE = (1632, 1224)
"""2 megapixels, width and height."""
SETS = ("clothing", "sneakers", "grocery")
_NO_PHOTOS = {
    "phantom.png",
    "logo.png",
    "chessboard_GRAY.png",
    "chessboard_RGB.png",
    "no_time_for_that_tiny.gif",
}
_LEAST_SIDE = 200
Picture = np.ndarray


def real_folder() -> Path | None:
    """Where real photos are, if anywhere."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("INSPECTION_DATA", beside))
    return folder if folder.is_dir() else None


def make(folder: Path, count: int) -> str:
    """`count` JPEG files in that folder; returns what they were made of."""
    folder.mkdir()
    real = _real()
    scenes = [] if real else _scenes()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(lambda number: _write(folder, number, real, scenes), range(count)))
    if not real:
        return f"put together from {len(scenes)} scenes (no INSPECTION_DATA)"
    return f"{min(count, len(real))} real ones" + (", and pairs of them" if count > len(real) else "")


def several(folder: Path) -> Iterator[bytes]:
    """Those files, one by one."""
    for path in sorted(folder.glob("*.jpg")):
        yield path.read_bytes()


def _write(folder: Path, number: int, real: list[Path], scenes: list[Picture]) -> None:
    random = np.random.default_rng(number)
    if number < len(real):
        picture = _cut(_opened(real[number]), random, least=0.9)
    elif real:
        picture = _pair([_opened(real[at]) for at in random.choice(len(real), 2, replace=False)], random)
    else:
        picture = _pair([scenes[at] for at in random.choice(len(scenes), 2, replace=False)], random)
    large = cv2.resize(picture, SIZE, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    large = large * random.uniform(0.75, 1.15, 3).astype(np.float32)  # another lamp
    large += random.normal(0, 3, (SIZE[1], SIZE[0], 1)).astype(np.float32)  # a sensor's grain
    encoded = cv2.imencode(".jpg", large.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    (folder / f"{number:05}.jpg").write_bytes(encoded.tobytes())


def _pair(two: list[Picture], random: np.random.Generator) -> Picture:
    """Two things side by side, each cut and turned anew."""
    halves = []
    for one in two:
        cut = np.rot90(_cut(one, random, least=0.4), int(random.integers(4)))
        halves.append(cv2.resize(np.ascontiguousarray(cut), (600, 900)))
    return np.hstack(halves)


def _cut(picture: Picture, random: np.random.Generator, *, least: float) -> Picture:
    height, width = picture.shape[:2]
    high, wide = (int(side * random.uniform(least, 1)) for side in (height, width))
    top, left = int(random.integers(height - high + 1)), int(random.integers(width - wide + 1))
    cut = picture[top : top + high, left : left + wide]
    return cut[:, ::-1] if random.random() < 0.5 else cut


def _real() -> list[Path]:
    folder = real_folder()
    return (
        [] if folder is None else [path for name in SETS for path in sorted((folder / name).rglob("*.jpg"))]
    )


def _scenes() -> list[Picture]:
    shipped = Path(str(skimage.data.__file__)).parent
    files = [path for path in sorted(shipped.iterdir()) if path.name not in _NO_PHOTOS]
    read = [
        _opened(path) for path in [*files, *sorted(DEMO.glob("*.jpg"))] if path.suffix in {".png", ".jpg"}
    ]
    return [picture for picture in read if min(picture.shape[:2]) >= _LEAST_SIDE]


def _opened(path: Path) -> Picture:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR))
