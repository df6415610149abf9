"""Comparison with references, measured on real photos: damage in one set-up and in others, and identity.

    INSPECTION_DATA=… python tests/bench/references.py [BUNDLE]

Reads `damage` (cookies on a tray, each another one) and `grocery` (products in the hand, and the
shop's own pictures of them) below $INSPECTION_DATA. Thresholds and weights in
`inspection.vision.references` were chosen with these figures; they are no training data.
"""

import csv
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.metrics import roc_auc_score

from inspection.photo.photo import Picture
from inspection.vision.bundle import Bundle
from inspection.vision.features import Features, ReferenceFeatures, features_of, read_reference
from inspection.vision.identity import match_score
from inspection.vision.preprocess import letterbox
from inspection.vision.references import SETUP_TO, build_bank, reference_scores
from inspection.vision.runtime import Runtime, blank, open_runtime

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ["INSPECTION_DATA"])
DRAWS = 4
OUT = Console()


def main(folder: Path) -> None:
    """Print both tables."""
    bundle = Bundle.open(folder)
    runtime = open_runtime(bundle)
    OUT.print(f"{bundle.card.name} {bundle.sha256[:12]} on {runtime.device}")
    damage(bundle, runtime)
    identity(bundle, runtime)


def damage(bundle: Bundle, runtime: Runtime) -> None:
    """AUROC of `damage` and the share that `setup` leaves unjudged; references and queries never meet."""
    rows = [row for row in manifest("damage") if row["category"] == "cookie"]
    fine = [DATA / "damage" / row["file"] for row in rows if row["label"] == "undamaged"]
    broken = [DATA / "damage" / row["file"] for row in rows if row["label"] == "damaged"]
    known = [reference(bundle, runtime, path) for path in track(fine[1::2], "references", console=OUT)]
    asked = [(path, False) for path in fine[::2]] + [(path, True) for path in broken[::2]]
    for name, change in CHANGES.items():
        queries = [
            (query(bundle, runtime, change(photo(path), n)), bad) for n, (path, bad) in enumerate(asked)
        ]
        for count in (1, 3):
            figures = list(draws(known, queries, count))
            auroc, apart = np.mean(figures, axis=0)
            worst = min(auroc for auroc, _ in figures)
            said = f"AUROC {auroc:.3f} (worst {worst:.3f}), {apart:.0%} unjudged"
            OUT.print(f"damage, {name}, {count} references: {said}")


def draws(
    known: list[ReferenceFeatures], queries: list[tuple[Features, bool]], count: int
) -> Iterator[tuple[float, float]]:
    """Other references each time, the same ones every run."""
    rng = np.random.default_rng(0)
    truth = [bad for _, bad in queries]
    for _ in range(DRAWS):
        bank = build_bank([known[n] for n in rng.choice(len(known), count, replace=False)])
        scores = [reference_scores(features, bank) for features, _ in queries]
        auroc = roc_auc_score(truth, [score.damage for score in scores])
        yield float(auroc), float(np.mean([score.setup >= SETUP_TO for score in scores]))


def identity(bundle: Bundle, runtime: Runtime) -> None:
    """A photo from the shop against every catalogue picture; the right one should match best."""
    rows = [(row["category"].split("/")[-1], row) for row in manifest("grocery")]
    shelf = {name: DATA / "grocery" / row["file"] for name, row in rows if row["label"] == "stock_photo"}
    taken = [(name, DATA / "grocery" / row["file"]) for name, row in rows if row["label"] == "genuine"]
    taken = [(name, path) for name, path in taken if name in shelf][::3]
    banks = [
        build_bank([reference(bundle, runtime, path)])
        for path in track(shelf.values(), "catalogue", console=OUT)
    ]
    truth = np.array([[name == other for other in shelf] for name, _ in taken])
    scores = np.array(
        [
            [match_score(features, bank) for bank in banks]
            for features in (
                query(bundle, runtime, photo(path)) for _, path in track(taken, "photos", console=OUT)
            )
        ]
    )
    rank = (scores >= scores[truth][:, None]).sum(axis=1)
    auroc = roc_auc_score(truth.ravel(), scores.ravel())
    at = {best: float(np.mean(rank <= best)) for best in (1, 5)}
    count = f"{len(taken)} photos, {len(shelf)} products"
    OUT.print(f"identity, {count}: recall@1 {at[1]:.2f}, recall@5 {at[5]:.2f}, AUROC {auroc:.3f}")


def pose(picture: Picture, n: int) -> Picture:
    """Turned, and nearer or farther."""
    height, width = picture.shape[:2]
    turn, scale = ((40, 0.8), (-40, 1.15), (75, 0.9), (180, 1.0))[n % 4]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101))


def light(picture: Picture, n: int) -> Picture:
    """Evening, dim, bright, cold."""
    casts = ((1.2, 1.05, 0.85), (0.6, 0.65, 0.75), (1.35, 1.35, 1.3), (0.8, 0.9, 1.15))
    curve = (1, 1.2, 0.9, 0.8)[n % 4]
    return np.clip(255 * (picture / 255) ** curve * casts[n % 4], 0, 255).astype(np.uint8)


def on_a_plain_table(picture: Picture, n: int) -> Picture:
    """The cookie, cut out by its colour, on one colour with noise."""
    colour = ((200, 195, 185), (120, 80, 50), (90, 120, 90), (230, 230, 230))[n % 4]
    table = np.random.default_rng(n).normal(0, 4, picture.shape) + colour
    return _composed(picture, table)


def elsewhere(picture: Picture, n: int) -> Picture:
    """The cookie, cut out by its colour, in somebody's home."""
    homes = sorted((DATA / "clothing").rglob("*.jpg"))[5::90]
    height, width = picture.shape[:2]
    return _composed(picture, cv2.resize(photo(homes[n % len(homes)]), (width, height)))


def _composed(picture: Picture, behind: np.ndarray) -> Picture:
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    found = ((hsv[..., 1] > 60) & (hsv[..., 2] > 90)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((5, 5)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    cookie = (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.float32)
    mask = cv2.GaussianBlur(cookie, (5, 5), 0)[..., None]
    return np.clip(picture * mask + behind * (1 - mask), 0, 255).astype(np.uint8)


CHANGES: dict[str, Callable[[Picture, int], Picture]] = {
    "same set-up": lambda picture, n: picture,
    "other pose": pose,
    "other light": light,
    "plain background": on_a_plain_table,
    "other background": elsewhere,
}


def manifest(folder: str) -> list[dict[str, str]]:
    with (DATA / folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def photo(path: Path) -> Picture:
    """Trusted files, so no gate."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR)[:, :, ::-1], np.uint8).copy()


def reference(bundle: Bundle, runtime: Runtime, path: Path) -> ReferenceFeatures:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return read_reference(
        runtime, photo(path), sha256, view=bundle.card.view_side, crop=bundle.card.crop_side
    )


def query(bundle: Bundle, runtime: Runtime, picture: Picture) -> Features:
    square, placement = letterbox(picture, bundle.card.view_side)
    return features_of(runtime.run(square[None], blank(bundle.card.crop_side)), 0, placement)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models" / "lite0-v2")
