"""One photo of a data set, with what is known of it, and the ways in which a data set can be wrong."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inspection.errors import FileMissing, ManifestUnusable, SetupProblem
from inspection.verdict.findings import Box, Kind
from inspection.verdict.grading import Grade

PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


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
    """One photo of a data set. Photos of one `group` share a person, an item or a phone.

    `mask` is a grey picture of the photo's own size, above 0 where it is damaged. `kinds` are the defects
    that somebody saw: empty where none was, `None` where nobody looked; `boxes` say where, if known.
    """

    path: Path
    label: str
    category: str
    group: str
    mask: Path | None = None
    boxes: tuple[tuple[Kind, Box], ...] = ()
    grade: Grade | None = None
    kinds: tuple[Kind, ...] | None = None


def inside(folder: Path, name: str) -> Path:
    """The file of that name in a folder. Raises `ManifestUnusable` if it leads out, `FileMissing`."""
    path = folder / name
    if not name or not path.resolve().is_relative_to(folder.resolve()):
        raise ManifestUnusable(f"{folder}: '{name}' leads out of the folder.")
    if not path.is_file():
        raise FileMissing(str(path))
    return path


def ordered(kinds: set[Kind]) -> tuple[Kind, ...]:
    """Each once, in the order of the vocabulary."""
    return tuple(kind for kind in Kind if kind in kinds)
