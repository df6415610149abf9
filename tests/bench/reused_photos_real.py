"""Reused photos, measured on real ones: how well copies are found, and how often something else is.

    INSPECTION_DATA=… python tests/bench/reused_photos_real.py [--bundle FOLDER] [--copies NAME…] [--no-pairs]

Reads `clothing`, `sneakers` and `grocery` below $INSPECTION_DATA. The groups (a sender, an item, a product)
are halved by a hash of their name: `choose` is for changing thresholds, `report` for telling what they are
worth. Today's were first set on a sample of both halves, and changed with `choose` alone after that.
Copies (tests/seen/copies.py) are sought by `SeenPhotos.like`, from end to end, among all photos of both
halves, each of which is of a return of its own: those are the strangers.
"""

import argparse
import csv
import hashlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1]))

from seen.copies import COPIES

from inspection.photo.fingerprint import CLEAR, fingerprint
from inspection.photo.photo import Photo, Picture
from inspection.photo.provenance import Provenance
from inspection.seen.candidates import VERY_ALIKE
from inspection.seen.fold import fold, unfolded
from inspection.seen.hits import Known as Whereabouts
from inspection.seen.hits import Use
from inspection.seen.photos import MAYBE_WITHIN, SAME_WITHIN, SEEN_ALIKE, SeenPhotos
from inspection.seen.rows import Row
from inspection.seen.same import NEAR_SAME_FROM, SAME_FROM, agreement
from inspection.vision.bundle import Bundle
from inspection.vision.preprocess import letterbox
from inspection.vision.runtime import Runtime, blank, open_runtime

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ["INSPECTION_DATA"])
COPIED = 60
"""Photos of each set and half that are copied."""
OUT = Console(width=140)


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


def main(bundle: Path, copies: list[str], pairs: bool) -> None:
    """Print the tables."""
    opened = Bundle.open(bundle)
    seeing = Seeing(open_runtime(opened, device="cpu"), opened.card.view_side, opened.card.crop_side)
    known = [seeing.known(*row) for row in track(list(rows()), "photos", console=OUT)]
    for half in ("choose", "report"):
        of_half = [one for one in known if one.half == half]
        OUT.rule(f"{half}: {len(of_half)} photos of {len({one.group for one in of_half})} groups")
        strangers(of_half, known)
        copies_found(seeing, of_half, known, copies)
        if pairs:
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
        sought = np.frombuffer(b"".join(made.sought), np.uint8).reshape(-1, 32)
        return sought, np.frombuffer(made.pdq, np.uint8), unfolded([fold(self.embedding(picture))])[0]

    def embedding(self, picture: Picture) -> np.ndarray:
        square = letterbox(picture, self.view)[0][None]
        return self.runtime.run(square, blank(self.crop)).embedding[0].astype(np.float16)


class Kept:
    """`Rows` in memory: photo n has the number n + 1, and came with a return of its own."""

    def __init__(self, known: list[Known]) -> None:
        self.known_photos = known

    def since(self, seq: int, most: int, model: str) -> list[Row]:
        del model
        return [
            Row(seq=number, pdq=one.pdq.tobytes(), quality=CLEAR, folded=one.folded.astype("<f2").tobytes())
            for number, one in enumerate(self.known_photos[seq : seq + most], start=seq + 1)
        ]

    def standing(self, seqs: Iterable[int]) -> dict[int, str]:
        return {seq: str(seq) for seq in seqs}

    def folded(self, seqs: Iterable[int]) -> dict[int, bytes]:
        return {seq: self.known_photos[seq - 1].folded.astype("<f2").tobytes() for seq in seqs}

    def known(self, names: Iterable[str], not_of: Use, most: int) -> dict[str, Whereabouts]:
        del not_of, most
        return {
            name: Whereabouts(used_by=(Use(inspection_id=name, return_id=name),), times=1)
            for name in names
            if name
        }


def strangers(known: list[Known], everything: list[Known]) -> None:
    """How many other photos the model sees alike: what the budget of comparisons is filled with."""
    seen = np.stack([one.folded for one in everything])
    for least in (SEEN_ALIKE, 0.7, 0.8, VERY_ALIKE, 0.95):
        counts = np.array([(seen @ one.folded >= least).sum() - 1 for one in known])
        OUT.print(
            f"others at a cosine from {least}: mean {counts.mean():.3f}, median {np.median(counts):.0f}, "
            f"p95 {np.percentile(counts, 95):.0f}, most {counts.max()}"
        )


def copies_found(seeing: Seeing, known: list[Known], everything: list[Known], names: list[str]) -> None:
    """Of every kind of copy: by what it is found, how often something else is, and how long it takes."""
    random = np.random.default_rng(0)
    chosen = [
        one
        for name in ("clothing", "sneakers", "grocery")
        for one in drawn([k for k in known if k.set == name], random)
    ]
    search = SeenPhotos(Kept(everything), lambda name: read(everything[int(name) - 1].path), model="")  # type: ignore[arg-type]
    for name in names:
        counts: Counter[str] = Counter()
        false: set[tuple[Path, Path]] = set()
        took, cosines = [], []
        for one in track(chosen, name, console=OUT, transient=True):
            picture = COPIES[name](
                read(one.path), np.random.default_rng(int.from_bytes(one.pdq[:4].tobytes(), "big"))
            )
            embedding = seeing.embedding(picture)
            cosines.append(float(unfolded([fold(embedding)])[0] @ one.folded))
            made = photo(picture)
            began = time.perf_counter()
            found = search.like(made, fingerprint(made), embedding, not_of=Use(inspection_id="now"))
            took.append(time.perf_counter() - began)
            paths = {everything[int(hit.sha256) - 1].path: hit.kind.value for hit in found.hits}
            counts[paths.get(one.path, "left to a person" if found.unchecked else "missed")] += 1
            false |= {(one.path, path) for path in paths if path != one.path}
        OUT.print(
            f"{name:18} of {len(chosen)}: {dict(counts)}; hits on other photos: {len(false)}; "
            f"cosine p5 {np.percentile(cosines, 5):.2f}, median {np.median(cosines):.2f}; "
            f"{1000 * np.median(took):.0f} ms"
        )
        for pair in sorted(false):
            OUT.print("   ", *(path.relative_to(DATA) for path in pair))


def drawn(known: list[Known], random: np.random.Generator) -> list[Known]:
    return [known[place] for place in random.permutation(len(known))[:COPIED]]


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
    asked = argparse.ArgumentParser()
    asked.add_argument("--bundle", type=Path, default=ROOT / "models" / "lite0-v2")
    asked.add_argument("--copies", nargs="+", choices=list(COPIES), default=list(COPIES))
    asked.add_argument("--no-pairs", action="store_true")
    told = asked.parse_args()
    main(told.bundle, told.copies, not told.no_pairs)
