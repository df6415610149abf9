"""A list of photos as a CSV file: what is read from it, and nothing of what is not understood.

file        a photo, beside the manifest or from here
references  photos of the undamaged item, separated by ';'
category    the known category, for bundles with thresholds by category; ignored by others
"""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inspection.commands.files import why
from inspection.errors import FileMissing, ManifestUnusable

MOST_BYTES = 1_000_000_000
"""Some ten million rows; more is no list of photos, and would not fit into memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One photo to score. The cells are as they stand; paths are looked for in `folder` first."""

    file: str
    references: tuple[str, ...]
    folder: Path

    def path(self, cell: str) -> Path:
        """Beside the manifest, else from here; an absolute path is itself. To the letter, else stripped."""
        for name in dict.fromkeys((cell, cell.strip())):
            for path in (self.folder / name, Path(name)):
                with suppress(OSError):  # a name longer than any file's
                    if path.exists():
                        return path
        return Path(cell)

    def paths(self) -> Iterator[Path]:
        """Every file that the row names."""
        return (self.path(cell) for cell in (self.file, *self.references))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest that was read once, so that it can come through a pipe, and gone through more often."""

    path: Path
    content: bytes

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Raises `FileMissing`, or `ManifestUnusable` for one that is too long."""
        try:
            if path.is_dir():
                raise FileMissing(str(path), "this is a folder")
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise FileMissing(str(path), why(error)) from error
        if len(content) > MOST_BYTES:
            raise ManifestUnusable(f"{path}: this is too long for a list of photos.")
        return cls(path=path, content=content)

    def rows(self) -> Iterator[Row]:
        """Row by row. Raises `ManifestUnusable`, also midway."""
        try:
            # spreadsheets begin UTF-8 with a mark; utf-8-sig takes it away where it is
            lines = io.TextIOWrapper(io.BytesIO(self.content), encoding="utf-8-sig", newline="")
            yield from _rows(csv.DictReader(lines, strict=True), self.path)
        except UnicodeDecodeError as error:
            raise ManifestUnusable(
                f"{self.path}: this is not text in UTF-8. Save it as CSV UTF-8."
            ) from error
        except csv.Error as error:
            raise ManifestUnusable(f"{self.path}: this is no CSV: {error}.") from error


def _rows(cells: "csv.DictReader[str]", manifest: Path) -> Iterator[Row]:
    if cells.fieldnames is None:
        raise ManifestUnusable(f"{manifest}: this file is empty.")
    if "file" not in cells.fieldnames:
        raise ManifestUnusable(f"{manifest}: there is no column 'file' in its first line.")
    for row in cells:
        listed = (row.get("references") or "").split(";")
        yield Row(
            file=row["file"] or "",
            references=tuple(cell for cell in listed if cell.strip()),
            folder=manifest.parent,
        )
