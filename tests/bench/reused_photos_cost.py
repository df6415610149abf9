"""What comparing one photo with a dozen costs, against each pair from the start. Same run, one thread.

python tests/bench/reused_photos_cost.py
"""

import time
from collections.abc import Callable

import cv2
import numpy as np
import skimage.data
from rich.console import Console

from inspection.photo.photo import Picture
from inspection.seen.same import SAME_FROM, Prepared, Sought, agreement, prepared

SCENES = (skimage.data.coffee, skimage.data.chelsea, skimage.data.astronaut, skimage.data.rocket)
CANDIDATES = 12
ROUNDS = 8
OUT = Console()


def main() -> None:
    cv2.setNumThreads(1)
    scenes: list[Picture] = [np.ascontiguousarray(scene()) for scene in SCENES]
    sought, others = scenes[0], (scenes[1:] * CANDIDATES)[:CANDIDATES]
    kept = [prepared(other) for other in others]
    each = ms(lambda: [agreement(sought, other) for other in others])
    once = ms(lambda: once_prepared(sought, [prepared(other) for other in others]))
    held = ms(lambda: once_prepared(sought, kept))
    OUT.print(f"{CANDIDATES} others: each pair from the start {each:.0f} ms")
    OUT.print(f"the sought one prepared once: {once:.0f} ms, {each / once:.1f} times faster")
    OUT.print(f"the others in memory, too: {held:.0f} ms, {each / held:.1f} times faster")


def once_prepared(picture: Picture, others: list[Prepared]) -> None:
    sought = Sought(picture)
    for other in others:
        sought.agreement(other, SAME_FROM)


def ms(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return 1000 * float(np.median(took))


if __name__ == "__main__":
    main()
