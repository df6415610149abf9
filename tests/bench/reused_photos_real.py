"""Reused photos, measured on real ones: how well copies are found, and how often something else is.

    INSPECTION_DATA=… python tests/bench/reused_photos_real.py [BUNDLE]

Reads `clothing`, `sneakers` and `grocery` below $INSPECTION_DATA. The groups (a sender, an item, a product)
are halved by a hash of their name: `choose` is for changing thresholds, `report` for telling what they are
worth. Today's were first set on a sample of both halves, and changed with `choose` alone after that.
Copies: tests/seen/copies.py.
"""

import csv
import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1]))

from seen.copies import COPIES

from inspection.photo.fingerprint import fingerprint
from inspection.photo.photo import Photo, Picture
from inspection.photo.provenance import Provenance
from inspection.seen.fold import fold, unfolded
from inspection.seen.photos import MAYBE_WITHIN, MOST_COMPARED, SAME_WITHIN, SEEN_ALIKE
from inspection.seen.same import NEAR_SAME_FROM, SAME_FROM, agreement
from inspection.vision.bundle import Bundle
from inspection.vision.preprocess import letterbox
from inspection.vision.runtime import Runtime, blank, open_runtime

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ["INSPECTION_DATA"])
COPIED = 60
"""Photos of each set and half that are copied."""
OUT = Console(width=140)
Kept = tuple[np.ndarray, np.ndarray]
"""(n, 32) hashes and (n, 256) vectors."""


@dataclass(frozen=True, eq=False)
class Known:
    """One photo as the search keeps it."""

    path: Path
    set: str
    group: str
    half: str
    sought: np.ndarray
    pdq: np.ndarray
    folded: np.ndarray


def main(bundle: Path) -> None:
    """Print the tables."""
    opened = Bundle.open(bundle)
    seeing = Seeing(open_runtime(opened, device="cpu"), opened.card.view_side, opened.card.crop_side)
    known = [seeing.known(*row) for row in track(list(rows()), "photos", console=OUT)]
    for half in ("choose", "report"):
        of_half = [one for one in known if one.half == half]
        OUT.rule(f"{half}: {len(of_half)} photos of {len({one.group for one in of_half})} groups")
        copies_found(seeing, of_half, known)
        others_found(of_half)


def rows() -> Iterator[tuple[Path, str, str]]:
    for name, group in (("clothing", "split_group"), ("sneakers", "split_group"), ("grocery", "category")):
        with (DATA / name / "manifest.csv").open() as manifest:
            for row in csv.DictReader(manifest):
                yield DATA / name / row["file"], name, f"{name}/{row[group]}"


@dataclass(frozen=True)
class Seeing:
    runtime: Runtime
    view: int
    crop: int

    def known(self, path: Path, name: str, group: str) -> Known:
        half = "choose" if hashlib.sha256(group.encode()).digest()[0] % 2 else "report"
        sought, pdq, folded = self.of(read(path))
        return Known(path=path, set=name, group=group, half=half, sought=sought, pdq=pdq, folded=folded)

    def of(self, picture: Picture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, 32) hashes to seek, the (32,) hash kept, the (256,) vector."""
        made = fingerprint(photo(picture))
        square = letterbox(picture, self.view)[0][None]
        embedding = self.runtime.run(square, blank(self.crop)).embedding[0].astype(np.float16)
        sought = np.frombuffer(b"".join(made.sought), np.uint8).reshape(-1, 32)
        return sought, np.frombuffer(made.pdq, np.uint8), unfolded([fold(embedding)])[0]


def copies_found(seeing: Seeing, known: list[Known], everything: list[Known]) -> None:
    """Of every kind of copy, by what it is found: the hash, the second look at near hashes, what is seen."""
    random = np.random.default_rng(0)
    chosen = [
        one
        for name in ("clothing", "sneakers", "grocery")
        for one in drawn([k for k in known if k.set == name], random)
    ]
    pdqs, seen = np.stack([k.pdq for k in everything]), np.stack([k.folded for k in everything])
    for name, copy in COPIES.items():
        counts = {
            "hash": 0,
            "hash, compared": 0,
            "seen, compared": 0,
            "hash, taken for another": 0,
            "missed": 0,
        }
        false: set[tuple[Path, Path]] = set()
        for one in track(chosen, name, console=OUT, transient=True):
            original = read(one.path)
            picture = copy(original, np.random.default_rng(int.from_bytes(one.pdq[:4].tobytes(), "big")))
            sought, _, folded = seeing.of(picture)
            found, wrong = search(picture, (sought, folded), one, everything, (pdqs, seen))
            counts[found] += 1
            false |= {(one.path, other) for other in wrong}
        OUT.print(f"{name:18} of {len(chosen)}: {counts}; hits on other photos: {len(false)}")
        for pair in sorted(false):
            OUT.print("   ", *(path.relative_to(DATA) for path in pair))


def drawn(known: list[Known], random: np.random.Generator) -> list[Known]:
    return [known[place] for place in random.permutation(len(known))[:COPIED]]


def search(
    picture: Picture, about: tuple[np.ndarray, np.ndarray], own: Known, everything: list[Known], kept: Kept
) -> tuple[str, list[Path]]:
    """What `SeenPhotos.like` does, by hand: how the own photo was found, and which others were."""
    (sought, folded), (pdqs, seen) = about, kept
    apart = np.full(len(pdqs), 256)
    for one in sought:
        apart = np.minimum(apart, np.bitwise_count(pdqs ^ one).sum(1))
    near = [int(place) for place in np.argsort(apart, kind="stable") if apart[place] <= MAYBE_WITHIN]
    cosines = seen @ folded
    alike = [int(p) for p in np.argsort(-cosines)[:200] if cosines[p] >= SEEN_ALIKE and p not in near]
    how, wrong, compared = "missed", [], 0
    for place in near + alike:
        compared += 1
        if compared > MOST_COMPARED:
            break
        share = agreement(picture, read(everything[place].path))
        said = "hash" if apart[place] <= SAME_WITHIN else "seen, compared"
        if SAME_WITHIN < apart[place] <= MAYBE_WITHIN:
            said = "hash, compared"
        if share < (NEAR_SAME_FROM if said == "hash" else SAME_FROM):
            if said == "hash" and everything[place] is own:
                how = "hash, taken for another"
            continue
        if everything[place] is own:
            how = said
        else:
            wrong.append(everything[place].path)
    return how, wrong


def others_found(known: list[Known]) -> None:
    """All pairs of different photos; each that would be a hit is listed, to be looked at."""
    pdqs, seen = np.stack([k.pdq for k in known]), np.stack([k.folded for k in known])
    cosines = seen @ seen.T
    pairs = {"same group": 0, "others": 0}
    compared = {"same group": 0, "others": 0}
    hits = []
    for i, one in enumerate(known):
        apart = np.full(len(known), 256)
        for hash_ in one.sought:
            apart = np.minimum(apart, np.bitwise_count(pdqs ^ hash_).sum(1))
        for j in range(i + 1, len(known)):
            kind = "same group" if one.group == known[j].group else "others"
            pairs[kind] += 1
            if apart[j] <= MAYBE_WITHIN or cosines[i, j] >= SEEN_ALIKE:
                compared[kind] += 1
                if compared[kind] % 8 and cosines[i, j] < 0.8 and apart[j] > MAYBE_WITHIN:
                    continue  # all of the hardest, an eighth of the rest
                share = agreement(read(one.path), read(known[j].path))
                if share >= (NEAR_SAME_FROM if apart[j] <= SAME_WITHIN else SAME_FROM):
                    hits.append((kind, int(apart[j]), share, one.path, known[j].path))
    OUT.print(f"pairs {pairs}, candidates {compared}, hits {len(hits)}:")
    for kind, distance, share, one, other in hits:
        names = " ".join(str(path.relative_to(DATA)) for path in (one, other))
        OUT.print(f"    {kind}, {distance} bits, {share:.2f}: {names}")


def read(path: Path) -> Picture:
    picture = cv2.imread(str(path))[..., ::-1]
    scale = 1024 / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture)


def photo(picture: Picture) -> Photo:
    height, width = picture.shape[:2]
    return Photo(
        sha256="", width=width, height=height, whole=picture, crops=(), provenance=Provenance(format="JPEG")
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models" / "lite0-v2")
