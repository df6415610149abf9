"""Active capture, measured: depth from two views, and the answer to a torch.

    INSPECTION_DATA=… [INSPECTION_PAIRS=…] python tests/bench/active_capture.py [COUNT] [FIRST SEED]

Builds COUNT (160) pairs each of flat pictures, bodies in relief, reflecting things and screens out of the
open photos below $INSPECTION_DATA. Real pairs are read below $INSPECTION_PAIRS, where the packages named in
docs/active_capture.md were unpacked, and from $INSPECTION_DATA; the absent ones are named and skipped.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
from active_built import Pair, deep, flat, photos, small
from active_lamp import reflecting, shining
from active_real import DEEP, FLAT, OUT, real, screens_twice
from rich.table import Table

from inspection.photo.active.geometry import look_twice
from inspection.photo.active.photometry import with_torch
from inspection.photo.photo import Picture

DATA = Path(os.environ["INSPECTION_DATA"])
Asked = Callable[[Picture, Picture], object]


def main(count: int, first: int) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    paths = photos(DATA)
    seeds = range(first, first + count)
    report("flat pairs, built: depth seen (wrong)", look_twice, (flat(seed, paths) for seed in seeds))
    report("small screens in a room, built: depth seen (wrong)", look_twice, (small(n, paths) for n in seeds))
    report("relief, built: depth seen", look_twice, (deep(seed, paths) for seed in seeds))
    report("real pairs with depth: depth seen", look_twice, real(DEEP))
    report("real pairs without: depth seen (wrong)", look_twice, real(FLAT))
    report("real screens and prints taken twice: depth seen (wrong)", look_twice, real(screens_twice(DATA)))
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


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["160", "0"][len(sys.argv) - 1 :])))
