"""How often good photos are faulted and spoilt ones caught: the table in inspection/photo/README.md.

    INSPECTION_DATA=… python tests/bench/quality_thresholds.py [--half choose] [--most 120]

Thresholds are chosen on one half of each set's groups and reported on the other (the default).
"""

import argparse
import csv
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from photo.spoil import blurred, darker, farther, hazier, moved, on_white, with_glare

from inspection.photo.decode import open_photo
from inspection.photo.looks import looks_of
from inspection.photo.quality import problems_seen
from inspection.photo.shrink import shrunk
from inspection.verdict.reading import Problem

SETS = {"clothing": None, "sneakers": None, "grocery": "genuine", "recapture": "genuine"}
SPOILT: dict[str, tuple[Problem | None, Callable]] = {
    "as taken": (None, lambda photo: photo),
    **{f"on white, {n} % of the picture": (None, partial(on_white, share=n / 100)) for n in (44, 66)},
    **{f"focus off, σ {n} ‰": (Problem.BLURRED, partial(blurred, sigma=n)) for n in (2, 4, 6, 10)},
    **{f"moved {n} ‰": (Problem.BLURRED, partial(moved, length=n)) for n in (10, 20, 40)},
    **{f"{n} stops darker": (Problem.DARK, partial(darker, stops=n)) for n in (1, 2, 3, 4)},
    **{f"{n} stops brighter": (Problem.WASHED_OUT, partial(darker, stops=-n)) for n in (1, 2, 3, 4)},
    **{f"{n} % haze": (Problem.WASHED_OUT, partial(hazier, share=n / 100)) for n in (30, 50)},
    **{f"glare, radius {n} %": (Problem.GLARE, partial(with_glare, radius=n / 100)) for n in (5, 10)},
    **{f"item {n} % of the side": (Problem.TOO_FAR, partial(farther, share=n / 100)) for n in (35, 25, 15)},
    "plain grey": (Problem.NOTHING_THERE, lambda photo: np.full_like(photo, 120)),
}


def photos(data: Path, half: str) -> dict[str, list[Path]]:
    """Whole groups go to one half or the other: one person's photos resemble each other."""
    shuffle, found = np.random.default_rng(0), {}
    for name, label in SETS.items():
        with (data / name / "manifest.csv").open() as manifest:
            rows = [row for row in csv.DictReader(manifest) if label in (None, row["label"])]
        groups = sorted({row["split_group"] for row in rows})
        shuffle.shuffle(groups)
        # grocery's groups are its authors' three splits; theirs for training is the larger half
        chosen = set(groups) - {"train"} if name == "grocery" else set(groups[::2])
        wanted = [row["file"] for row in rows if (row["split_group"] in chosen) == (half == "choose")]
        found[name] = [data / name / file for file in wanted]
    return found


def main() -> None:
    """Print the table, in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=["choose", "report"], default="report")
    parser.add_argument("--most", type=int, default=120, help="photos a set")
    asked = parser.parse_args()
    files = photos(Path(os.environ["INSPECTION_DATA"]), asked.half)
    views = {}
    for name, paths in files.items():
        some = np.random.default_rng(1).permutation(np.array(paths, dtype=object))[: asked.most]
        # half as large again as the working size: enough to spoil realistically, and quick
        views[name] = [shrunk(open_photo(path.read_bytes()).whole, 480) for path in some]
    print("| photo | should say | " + " | ".join(f"{name} ({len(v)})" for name, v in views.items()) + " |")
    print("|-|-|" + "-|" * len(views))
    for what, (problem, spoil) in SPOILT.items():
        cells = [
            cell([problems_seen(looks_of(spoil(view))) for view in views[name]], problem) for name in views
        ]
        print(f"| {what} | {problem or 'nothing'} | " + " | ".join(cells) + " |", flush=True)


def cell(answers: list[list[Problem]], problem: Problem | None) -> str:
    """`right / any`: the share that names the problem, and the share with any remark at all."""
    any_remark = f"{np.mean([bool(answer) for answer in answers]):.1%}"
    if problem is not None:
        return f"{np.mean([problem in answer for answer in answers]):.0%} / {any_remark}"
    counts = {p: sum(p in answer for answer in answers) for p in Problem}
    said = ", ".join(f"{p} {n}" for p, n in counts.items() if n)
    return f"– / {any_remark}" + (f" ({said})" if said else "")


if __name__ == "__main__":
    main()
