"""The real pairs: what Debian's and Python's packages carry, and what the measuring photos happen to hold.

None of them is in the repository; licences are in docs/active_capture.md.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from active_built import Pair
from rich.console import Console

from inspection.photo.active.matching import Matches, still

DATA = Path(os.environ["INSPECTION_DATA"])
PAIRS = Path(os.environ.get("INSPECTION_PAIRS", "/"))
OPENCV = PAIRS / "usr/share/doc/opencv-doc/examples/data"
VISP = PAIRS / "usr/share/visp-images-data/ViSP-images"
OUT = Console(width=110)


def real(pairs: Iterable[tuple[str, Path, Path]]) -> Iterator[Pair]:
    """Those that are here; the others are named."""
    for kind, first, second in pairs:
        if not (first.is_file() and second.is_file()):
            OUT.print(f"absent: {kind} {first.name}")
            continue
        one, other = (cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in (first, second))
        yield Pair(kind=kind, first=one, second=other)


def frames(kind: str, pattern: str, gaps: tuple[int, ...], starts: range) -> list[tuple[str, Path, Path]]:
    """Frames of one sequence, `gaps` apart."""
    return [
        (kind, VISP / pattern.format(start), VISP / pattern.format(start + gap))
        for gap in gaps
        for start in starts
        if start + gap < starts.stop
    ]


def screens_twice(data: Path) -> Iterator[tuple[str, Path, Path]]:
    """Two photos by one person that show one screen or print: 25 or more matches on one epipolar geometry."""
    with (data / "recapture" / "manifest.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "genuine"]
    for person in sorted({row["split_group"] for row in rows}):
        paths = [data / "recapture" / row["file"] for row in rows if row["split_group"] == person]
        found = [_features(path) for path in paths]
        for one, other in combinations(range(len(paths)), 2):
            if len(_alike(found[one], found[other])) >= 25:
                yield "screens and prints", paths[one], paths[other]


def _features(path: Path) -> tuple[np.ndarray, np.ndarray]:
    finder = cv2.SIFT.create(600)
    points, looks = finder.detectAndCompute(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), None)
    if looks is None:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    at = np.array([point.pt for point in points]).reshape(-1, 2)
    return at, looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1)


def _alike(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> Matches:
    none = Matches(first=np.empty((0, 2)), second=np.empty((0, 2)))
    if min(len(one[0]), len(other[0])) < 50:
        return none
    far = np.sqrt(np.maximum(2 - 2 * one[1] @ other[1].T, 0))
    nearest = np.partition(far, 1, axis=1)[:, :2]
    kept = nearest[:, 0] < 0.75 * nearest[:, 1]
    if kept.sum() < 25:
        return none
    return still(Matches(first=one[0][kept], second=other[0][far.argmin(1)[kept]]))


SHOES = (  # one unmoved pair of shoes from two places each, chosen by eye
    ("authentic/043130baee6f.jpg", "authentic/c7a10e617c8c.jpg"),
    ("authentic/0ab5f3226ee7.jpg", "authentic/0f2fc6da3cdd.jpg"),
    ("authentic/4e8f7ef2899d.jpg", "authentic/5935e94e77c2.jpg"),
    ("authentic/51c3dc07789d.jpg", "authentic/70ba462ea082.jpg"),
    ("authentic/6ff85dc8afc3.jpg", "counterfeit/278298a9a188.jpg"),
    ("authentic/8ef6845a88f5.jpg", "authentic/ec721ab8e103.jpg"),
    ("authentic/a1f82c817917.jpg", "authentic/ddf5dd26aea5.jpg"),
)
DEEP = [
    ("stereo", PAIRS / "skimage/data/motorcycle_left.png", PAIRS / "skimage/data/motorcycle_right.png"),
    ("stereo", OPENCV / "aloeL.jpg", OPENCV / "aloeR.jpg"),
    ("stereo", OPENCV / "leuvenA.jpg", OPENCV / "leuvenB.jpg"),
    *frames("toy castle", "mbt-depth/castel/castel/image_{:04d}.pgm", (8, 12, 16), range(0, 30, 3)),
    *frames("cube, small in the photo", "cube/image.{:04d}.pgm", (10, 20), range(0, 79, 8)),
    *frames("box on a table, small, plain", "mbt/cube/image{:04d}.pgm", (20, 30), range(0, 218, 20)),
    *(("shoes", DATA / "sneakers" / one, DATA / "sneakers" / other) for one, other in SHOES),
]
FLAT = [
    ("graffiti wall", OPENCV / "graf1.png", OPENCV / "graf3.png"),
    ("printed box", OPENCV / "box.png", OPENCV / "box_in_scene.png"),
    ("camera still, things move", OPENCV / "basketball1.png", OPENCV / "basketball2.png"),
    ("camera still, things move", OPENCV / "rubberwhale1.png", OPENCV / "rubberwhale2.png"),
    *(
        ("board held in a room", OPENCV / f"left{n:02d}.jpg", OPENCV / f"right{n:02d}.jpg")
        for n in (*range(1, 10), *range(11, 15))
    ),
    *(
        ("board moved, camera still", OPENCV / f"left{n:02d}.jpg", OPENCV / f"left{n + 1:02d}.jpg")
        for n in (1, 3, 5, 8, 11, 13)
    ),
]
