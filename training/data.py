"""Data sets as folders with a manifest, their cards, and splits that never share a person or an item.

python -m training.data check              do the local folders match their cards?
python -m training.data card FOLDER        the measured half of a card, to be pasted into one
"""

import csv
import hashlib
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inspection.errors import FileMissing, ManifestUnusable, SetupProblem

ROOT = Path(__file__).resolve().parents[1]
CARDS = ROOT / "datasets"


class Split(StrEnum):
    """What a group of photos is used for."""

    TRAIN = "train"
    CALIBRATE = "calibrate"
    TEST = "test"


class SplitLeaks(SetupProblem):
    """Photos of one group, or copies of one photo, on two sides of a split."""


class DataUnlicensed(SetupProblem):
    """A data set that its card does not open for training."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Data set {name} may be measured on, never trained on: datasets/{name}.toml.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One photo of a data set. Photos of one `group` share a person, an item or a phone."""

    path: Path
    label: str
    category: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of a data set; `sha256` is that of the sorted hashes of its files."""

    name: str
    licence: str
    credit: str
    may_train: bool
    photos: int
    groups: int
    sha256: str
    labels: dict[str, int]
    assigned: dict[str, Split]


def data_folder() -> Path:
    """Where the photos lie: `INSPECTION_DATA`, else a folder `shared/data` beside the checkout."""
    return Path(os.environ.get("INSPECTION_DATA", ROOT.parent / "shared" / "data"))


def read_manifest(folder: Path) -> tuple[Example, ...]:
    """All photos that a folder's `manifest.csv` lists, in its order."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise FileMissing(str(manifest))
    with manifest.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        wanted = {"file", "label", "category", "split_group"}
        if missing := wanted - set(rows.fieldnames or ()):
            raise ManifestUnusable(f"{manifest} has no column {', '.join(sorted(missing))}.")
        return tuple(
            Example(
                path=folder / row["file"],
                label=row["label"],
                category=row["category"],
                group=row["split_group"],
            )
            for row in rows
        )


def split_of(group: str, *, train: float = 0.7, calibrate: float = 0.15) -> Split:
    """The same group always lands in the same split, on every machine and whatever else is added."""
    place = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 2**32
    if place < train:
        return Split.TRAIN
    return Split.CALIBRATE if place < train + calibrate else Split.TEST


def split(
    examples: Iterable[Example], assigned: Mapping[str, Split] | None = None
) -> dict[Split, tuple[Example, ...]]:
    """Every split, by group; `assigned` groups go where their card says.

    Of a photo copied into groups of two splits, only the first copy stays.
    """
    parts: dict[Split, list[Example]] = {part: [] for part in Split}
    home: dict[str, Split] = {}
    for example in examples:
        part = (assigned or {}).get(example.group) or split_of(example.group)
        if home.setdefault(_sha256(example.path), part) is part:
            parts[part].append(example)
    refuse_overlap(parts)
    return {part: tuple(members) for part, members in parts.items()}


def refuse_overlap(parts: Mapping[Split, Sequence[Example]]) -> None:
    """Raises `SplitLeaks` where two splits share a group."""
    seen: dict[str, Split] = {}
    for part, members in parts.items():
        for example in members:
            if seen.setdefault(example.group, part) is not part:
                raise SplitLeaks(f"Group {example.group} is in {seen[example.group]} and in {part}.")


def read_card(path: Path) -> Card:
    """A data set's card."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    counts = told["counts"]
    return Card(
        name=path.stem,
        licence=told["licence"]["name"],
        credit=told["licence"]["credit"],
        may_train=told["licence"]["may_train"],
        photos=counts["photos"],
        groups=counts["groups"],
        labels=counts["labels"],
        sha256=told["sha256"],
        assigned={group: Split(part) for group, part in told["splits"].get("groups", {}).items()},
    )


def trainable(name: str) -> dict[Split, tuple[Example, ...]]:
    """A data set's splits, if its card opens it for training. Raises `DataUnlicensed`."""
    card = read_card(CARDS / f"{name}.toml")
    if not card.may_train:
        raise DataUnlicensed(name)
    return split(read_manifest(data_folder() / name), card.assigned)


def differences(card: Card, folder: Path) -> list[str]:
    """How a local folder departs from its card; empty if it is the same data."""
    examples = read_manifest(folder)
    found = {
        "photos": (card.photos, len(examples)),
        "groups": (card.groups, len({example.group for example in examples})),
        "labels": (card.labels, dict(Counter(example.label for example in examples))),
        "sha256": (card.sha256, fingerprint(examples)),
    }
    return [f"{what}: the card says {told}, here {is_}" for what, (told, is_) in found.items() if told != is_]


def fingerprint(examples: Sequence[Example]) -> str:
    """One hash for all files, whatever their names and order."""
    return hashlib.sha256("\n".join(sorted(_sha256(e.path) for e in examples)).encode()).hexdigest()


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise FileMissing(str(path))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check() -> int:
    wrong = 0
    for path in sorted(CARDS.glob("*.toml")):
        folder = data_folder() / path.stem
        if not folder.is_dir():
            print(f"{path.stem}: not here ({folder})")
            continue
        found = differences(read_card(path), folder)
        wrong += bool(found)
        print(f"{path.stem}: {'; '.join(found) or 'matches its card'}")
    return 1 if wrong else 0


def _measured(folder: Path) -> str:
    examples = read_manifest(folder)
    labels = ", ".join(f'"{label}" = {n}' for label, n in sorted(Counter(e.label for e in examples).items()))
    parts = Counter(split_of(example.group) for example in examples)
    splits = ", ".join(f"{part} = {parts[part]}" for part in Split)
    return (
        f'sha256 = "{fingerprint(examples)}"\n\n[counts]\nphotos = {len(examples)}\n'
        f"groups = {len({e.group for e in examples})}\nlabels = {{ {labels} }}\nsplits = {{ {splits} }}\n"
    )


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    match arguments:
        case ["check"]:
            return _check()
        case ["card", folder]:
            print(_measured(Path(folder)))
            return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
