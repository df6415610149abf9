"""What is known of a data set, read from its card in `datasets/`, and whether a local folder is that set."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspection.errors import FileMissing, ManifestUnusable
from training.data.example import Split

ROOT = Path(__file__).resolve().parents[2]
CARDS = ROOT / "datasets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of a data set; `sha256` is that of the sorted hashes of its files.

    `assigned` says where a group, or a bundle of groups in `together`, goes. `linked` lists groups that
    share a photo, as `python -m training.data link` found them; `None` where nobody has looked.
    """

    name: str
    licence: str
    credit: str
    may_train: bool
    photos: int
    groups: int
    sha256: str
    labels: dict[str, int]
    assigned: dict[str, Split]
    splits: dict[str, int] = field(default_factory=dict)
    together: dict[str, tuple[str, ...]] = field(default_factory=dict)
    linked: tuple[tuple[str, ...], ...] | None = None
    linked_by: str = "copy"
    layout: str = "manifest"
    options: Mapping[str, Any] = field(default_factory=dict)


def data_folder() -> Path:
    """Where the photos lie: `INSPECTION_DATA`, else a folder `shared/data` beside the checkout."""
    return Path(os.environ.get("INSPECTION_DATA", ROOT.parent / "shared" / "data"))


def read_card(path: Path) -> Card:
    """A data set's card. Raises `FileMissing`, `ManifestUnusable`."""
    if not path.is_file():
        raise FileMissing(str(path))
    try:
        return _card(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    except KeyError as error:
        raise ManifestUnusable(f"{path} says nothing of {error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, TypeError, AttributeError) as error:
        raise ManifestUnusable(f"{path} is no card: {error}.") from error


def _card(name: str, told: dict[str, Any]) -> Card:
    counts, splits, linked = told["counts"], told["splits"], told.get("linked", {})
    return Card(
        name=name,
        licence=told["licence"]["name"],
        credit=told["licence"]["credit"],
        may_train=told["licence"]["may_train"],
        photos=counts["photos"],
        groups=counts["groups"],
        labels=counts["labels"],
        splits=counts.get("splits", {}),
        sha256=told["sha256"],
        assigned={group: Split(part) for group, part in splits.get("groups", {}).items()},
        together={bundle: tuple(groups) for bundle, groups in splits.get("together", {}).items()},
        linked=tuple(tuple(groups) for groups in linked["groups"]) if "groups" in linked else None,
        linked_by=linked.get("by", "copy"),
        layout=told.get("layout", "manifest"),
        options={key: told[key] for key in ("columns", "kinds", "annotations", "groups") if key in told},
    )
