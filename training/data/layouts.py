"""A data set by its name: its card says in which layout it lies, that layout's loader reads it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from inspection.errors import ManifestUnusable
from training.data.cards import CARDS, Card, data_folder, read_card
from training.data.coco import coco
from training.data.example import DataUnlicensed, Example
from training.data.folders import image_folders, mvtec, visa
from training.data.manifest import read_manifest
from training.data.secondhand import secondhand
from training.data.splits import Parts, sha256, split

LAYOUTS: dict[str, Callable[..., tuple[Example, ...]]] = {
    "manifest": read_manifest,
    "folders": image_folders,
    "coco": coco,
    "mvtec": mvtec,
    "visa": visa,
    "secondhand": secondhand,
}


def read_examples(name: str) -> tuple[Example, ...]:
    """All photos of a data set that has a card, in its layout."""
    return read_layout(read_card(CARDS / f"{name}.toml"), data_folder() / name)


def read_layout(card: Card, folder: Path) -> tuple[Example, ...]:
    """All photos of a folder that lies as a card says."""
    if card.layout not in LAYOUTS:
        raise ManifestUnusable(f"{card.name}: layout '{card.layout}' is none of {', '.join(LAYOUTS)}.")
    try:
        return LAYOUTS[card.layout](folder, **card.options)
    except TypeError as error:
        raise ManifestUnusable(
            f"{card.name}: layout '{card.layout}' takes no {', '.join(card.options)}."
        ) from error


def trainable(name: str) -> Parts:
    """A data set's splits, if its card opens it for training. Raises `DataUnlicensed`, `SplitLeaks`."""
    card = read_card(CARDS / f"{name}.toml")
    if not card.may_train:
        raise DataUnlicensed(name)
    return parted(card, read_layout(card, data_folder() / name))


def parted(card: Card, examples: Sequence[Example]) -> Parts:
    """The splits that a card describes."""
    return split(examples, card.assigned, together=card.together, linked=card.linked)


def differences(card: Card, folder: Path) -> list[str]:
    """How a local folder departs from its card; empty if it is the same data."""
    examples = read_layout(card, folder)
    found = {
        "photos": (card.photos, len(examples)),
        "groups": (card.groups, len({example.group for example in examples})),
        "labels": (card.labels, dict(Counter(example.label for example in examples))),
        "sha256": (card.sha256, fingerprint(examples)),
    }
    if card.splits:
        found["splits"] = (card.splits, split_counts(card, examples))
    if card.linked:
        strangers = {g for bundle in card.linked for g in bundle} - {example.group for example in examples}
        found["linked groups that are not here"] = (set(), strangers)
    return [f"{what}: the card says {told}, here {is_}" for what, (told, is_) in found.items() if told != is_]


def split_counts(card: Card, examples: Sequence[Example]) -> dict[str, int]:
    """Photos in each split."""
    return {part.value: len(members) for part, members in parted(card, examples).items()}


def fingerprint(examples: Sequence[Example]) -> str:
    """One hash for all photos, whatever their names and order; masks and lists are not in it."""
    return hashlib.sha256("\n".join(sorted(sha256(e.path) for e in examples)).encode()).hexdigest()
