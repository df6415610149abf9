"""Contact sheets: look at what training will see.

python -m training.synthesize.sheet --out sheet.jpg                  from scikit-image's own photos
python -m training.synthesize.sheet --data FOLDER --out sheet.jpg    from a folder of photos
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspection.verdict.findings import Kind
from training.synthesize import (
    KINDS,
    LOOKALIKES,
    camera,
    damage,
    lookalike,
    photographed,
    rephotograph,
    reprint,
)
from training.synthesize.noise import Picture

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
_LABEL_HEIGHT = 16  # px
_NATIVE = 150  # px: what is shown of a capture

Change = Callable[[np.random.Generator, Picture], Picture]
Row = tuple[str, Change]


def rows() -> list[Row]:
    """One row a kind of damage, of lookalike, of capture: its name, and what it does to a picture."""
    damages: list[Row] = [(kind, partial(_damaged, kind)) for kind in KINDS]
    harmless: list[Row] = [(f"not: {name}", partial(_with, name)) for name in LOOKALIKES]
    captures: list[Row] = [
        (capture.__name__, partial(_native, capture))
        for capture in (camera, photographed, rephotograph, reprint)
    ]
    return damages + harmless + captures


def _damaged(kind: Kind, rng: np.random.Generator, picture: Picture) -> Picture:
    """Seen from near: a square three times as wide as the defect."""
    made = damage(rng, picture, kind)
    rows_of, columns_of = np.nonzero(made.mask)
    h, w = picture.shape[:2]
    if not len(rows_of):
        return made.picture
    extent = max(np.ptp(rows_of), np.ptp(columns_of))
    side = int(np.clip(3 * extent, 0.3 * min(h, w), min(h, w)))
    top = int(np.clip(rows_of.mean() - side / 2, 0, h - side))
    left = int(np.clip(columns_of.mean() - side / 2, 0, w - side))
    return made.picture[top : top + side, left : left + side]


def _with(name: str, rng: np.random.Generator, picture: Picture) -> Picture:
    return lookalike(rng, picture, name)


def _native(capture: Change, rng: np.random.Generator, picture: Picture) -> Picture:
    """The middle of it, pixel for pixel: made smaller, a screen's grid is gone."""
    h, w = picture.shape[:2]
    half = _NATIVE // 2
    return capture(rng, picture)[max(0, h // 2 - half) :, max(0, w // 2 - half) :][:_NATIVE, :_NATIVE]


def sheet(
    rng: np.random.Generator, pictures: list[Picture], *, columns: int, side: int, only: str = ""
) -> Picture:
    """Rows of `columns` tiles, each `side` pixels square: each a picture that the row changes."""
    strips = []
    for name, change in rows():
        if only not in name:
            continue
        tiles = [_tile(change(rng, pictures[rng.integers(len(pictures))]), side) for _ in range(columns)]
        label = np.full((_LABEL_HEIGHT, side * columns, 3), 255, np.uint8)
        cv2.putText(label, name, (3, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
        strips += [label, np.hstack(tiles)]
    return np.vstack(strips)


def _tile(picture: Picture, side: int) -> Picture:
    """The picture's middle square at the tile's size."""
    h, w = picture.shape[:2]
    edge = min(h, w)
    square = picture[(h - edge) // 2 : (h + edge) // 2, (w - edge) // 2 : (w + edge) // 2]
    smaller = cv2.INTER_AREA if edge > side else cv2.INTER_CUBIC
    return cv2.resize(square, (side, side), interpolation=smaller)


def photos(folder: Path | None, *, limit: int = 300, side: int = 512) -> list[Picture]:
    """Up to `limit` photos of a folder and those below it, evenly spread; without one, scikit-image's."""
    if folder is None:
        from skimage import data  # noqa: PLC0415  only the documentation's sheets need it

        shipped: Any = data  # scikit-image ships no types
        cup, wall = shipped.coffee(), np.dstack([shipped.brick()] * 3)  # both CC0, and neither is alive
        close = cv2.resize(cup[:, 60:500], None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
        return [cup, close[60:480, 120:560].copy(), wall[:400, :400].copy()]
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    read = (cv2.imread(str(path)) for path in files[:: max(1, len(files) // limit)])
    return [np.ascontiguousarray(picture[..., ::-1][:side, :side]) for picture in read if picture is not None]


def main() -> None:
    """Write one sheet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="a folder of photos; scikit-image's own if not given")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--side", type=int, default=180, help="of one tile, in pixels")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    pictures = photos(chosen.data)
    if not pictures:
        parser.error(f"{chosen.data} holds no photo that can be read")
    made = sheet(
        np.random.default_rng(chosen.seed),
        pictures,
        columns=chosen.columns,
        side=chosen.side,
        only=chosen.only,
    )
    cv2.imwrite(str(chosen.out), made[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
