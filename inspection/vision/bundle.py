"""A released model as one folder: opened only if every file is the one that was released."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from inspection.errors import BundleMissing, BundleRefused, BundleTampered, BundleUnsuitable
from inspection.vision.calibrations import Calibrations, read_calibrations
from inspection.vision.card import Card, Precision, read_card
from inspection.vision.values import Unreadable

SUMS, CARD, CALIBRATION, GOLDEN = "SHA256SUMS", "card.toml", "calibration.toml", "golden/cases.json"
SPECIALISTS = "specialists"  # a folder beside the bundles whose folders are none
GRAPHS: dict[Precision, str] = {"fp32": "model.onnx", "int8": "model.int8.onnx"}

T = TypeVar("T")
_REQUIRED = (CARD, CALIBRATION, GRAPHS["fp32"], GOLDEN)
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A whole, untouched bundle of a format we read; made by `Bundle.open`.

    `sha256` is that of `SHA256SUMS`, which holds the hash of every other file: two bundles of
    one `sha256` give the same answers.
    """

    folder: Path
    sha256: str
    card: Card
    calibrations: Calibrations = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "Bundle":
        """Check every byte, then read the card. About 15 ms for 25 MB.

        Raises `BundleMissing`, `BundleTampered` or `BundleUnsuitable`; each names the file.
        """
        name, sha256 = folder.name, untouched(folder)
        return cls(
            folder=folder,
            sha256=sha256,
            card=suitable(name, CARD, lambda: read_card(folder / CARD)),
            calibrations=suitable(name, CALIBRATION, lambda: read_calibrations(folder / CALIBRATION)),
        )

    def graph(self, precision: Precision) -> Path:
        """The graph in that precision. Raises `BundleUnsuitable` where the bundle has none."""
        path = self.folder / GRAPHS[precision]
        if not path.is_file():
            raise BundleUnsuitable(self.folder.name, f"{path.name} is not in it")
        return path

    def has(self, precision: Precision) -> bool:
        """Whether it holds a graph of that precision."""
        return (self.folder / GRAPHS[precision]).is_file()

    @property
    def cpu_precision(self) -> Precision:
        """int8 where the bundle has it and its card trusts it, else fp32."""
        return "int8" if self.card.cpu == "int8" and self.has("int8") else "fp32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One folder on the shelf: a bundle, or why it is none."""

    folder: Path
    bundle: Bundle | None
    refused: BundleRefused | None


def available(shelf: Path) -> tuple[Shelved, ...]:
    """Every folder under `shelf`, by name; one bad bundle does not hide the good ones."""
    if not shelf.is_dir():
        raise BundleMissing(shelf.name, f"there is no folder {shelf}")
    folders = sorted(
        path
        for path in shelf.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != SPECIALISTS
    )
    return tuple(_shelved(folder) for folder in folders)


def _shelved(folder: Path) -> Shelved:
    try:
        return Shelved(folder=folder, bundle=Bundle.open(folder), refused=None)
    except BundleRefused as error:
        return Shelved(folder=folder, bundle=None, refused=error)


def untouched(folder: Path) -> str:
    """The hash of a released folder, every byte of it checked. Raises `BundleMissing` or `BundleTampered`."""
    if not folder.is_dir():
        raise BundleMissing(folder.name, f"there is no folder {folder}")
    listed = folder / SUMS
    if not listed.is_file():
        raise BundleMissing(folder.name, f"{SUMS} is not there")
    sums = listed.read_bytes()
    _check(folder, sums)
    return hashlib.sha256(sums).hexdigest()


def _check(folder: Path, sums: bytes) -> None:
    """Listed and there must be the same set of plain files, each with the hash it was released with."""
    listed = dict(_parse(folder.name, sums))
    there = set(_files(folder))
    for path in _REQUIRED:
        if path not in listed:
            raise BundleTampered(folder.name, f"{path} is not listed in {SUMS}")
    if missing := sorted(set(listed) - there):
        raise BundleTampered(folder.name, f"{missing[0]} is missing")
    if extra := sorted(there - set(listed) - {SUMS}):
        raise BundleTampered(folder.name, f"{extra[0]} was not released with it")
    for path, digest in listed.items():
        with (folder / path).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise BundleTampered(folder.name, f"{path} is not the file that was released")


def _parse(name: str, sums: bytes) -> Iterator[tuple[str, str]]:
    try:
        lines = sums.decode().splitlines()
    except UnicodeDecodeError as error:
        raise BundleTampered(name, f"{SUMS} is not text") from error
    for number, line in enumerate(lines, start=1):
        if not (match := _LINE.fullmatch(line)):
            raise BundleTampered(name, f"{SUMS}, line {number} is not 'hash  path'")
        digest, path = match.groups()
        if Path(path).is_absolute() or ".." in Path(path).parts or "\\" in path:
            raise BundleTampered(name, f"{SUMS} lists {path}, outside the bundle")
        yield path, digest


def _files(folder: Path) -> Iterator[str]:
    """Every file's path within the bundle, `/` between; a link could lead anywhere, so none may be there."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise BundleTampered(folder.name, f"{inside} is a link")
        if not path.is_dir():
            yield inside


def suitable(name: str, file: str, read: Callable[[], T]) -> T:
    """What `read` gives. Raises `BundleUnsuitable` with the file's name where it cannot."""
    try:
        return read()
    except Unreadable as error:
        raise BundleUnsuitable(name, f"{file}: {error}") from error
