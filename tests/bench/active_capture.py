"""Active capture, measured: depth from two views, and the answer to a torch.

    INSPECTION_DATA=… [INSPECTION_PAIRS=…] python tests/bench/active_capture.py [COUNT] [FIRST SEED]

Builds COUNT (160) pairs each of flat pictures, bodies in relief, reflecting things and screens out of the
open photos below $INSPECTION_DATA. Real pairs are read from below $INSPECTION_PAIRS, where the packages named in
docs/active_capture.md were unpacked, and from $INSPECTION_DATA; the absent ones are named and skipped.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from active_built import Pair, deep, flat, photos
from active_lamp import reflecting, shining
from rich.console import Console
from rich.table import Table

from inspection.photo.active.geometry import look_twice
from inspection.photo.active.photometry import with_torch
from inspection.photo.photo import Picture

DATA = Path(os.environ["INSPECTION_DATA"])
PAIRS = Path(os.environ.get("INSPECTION_PAIRS", "/"))
OPENCV = PAIRS / "usr/share/doc/opencv-doc/examples/data"
VISP = PAIRS / "usr/share/visp-images-data/ViSP-images"
OUT = Console(width=110)
Asked = Callable[[Picture, Picture], object]


def main(count: int, first: int) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    paths = photos(DATA)
    seeds = range(first, first + count)
    report("flat pairs, built: depth seen (wrong)", look_twice, (flat(seed, paths) for seed in seeds))
    report("relief, built: depth seen", look_twice, (deep(seed, paths) for seed in seeds))
    report("real pairs with depth: depth seen", look_twice, real(DEEP))
    report("real pairs without: depth seen (wrong)", look_twice, real(FLAT))
    report("torch, things, built: answers", with_torch, (reflecting(seed, paths) for seed in seeds))
    report("torch, screens, built: answers (wrong)", with_torch, (shining(seed, paths) for seed in seeds))


def report(title: str, ask: Asked, pairs: Iterable[Pair]) -> None:
    """One row a kind: seen, of how many, and why not."""
    why: dict[str, list[object]] = defaultdict(list)
    spent = []
    for pair in pairs:
        begun = time.process_time()
        said = ask(pair.first, pair.second)
        spent.append(time.process_time() - begun)
        why[pair.kind].append(said)
    table = Table(title=title, title_justify="left", min_width=80)
    for column in ("pairs", "seen", "of", "reasons"):
        table.add_column(column)
    for kind, answers in [*sorted(why.items()), ("all", [said for each in why.values() for said in each])]:
        reasons = [said.why.value for said in answers]
        told = ", ".join(f"{reason} {reasons.count(reason)}" for reason in sorted(set(reasons)))
        table.add_row(kind, str(sum(said.seen for said in answers)), str(len(answers)), told)
    OUT.print(table)
    if spent:
        OUT.print(f"median {1000 * np.median(spent):.0f} ms of one core\n")


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

if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["160", "0"][len(sys.argv) - 1 :])))
