"""A list of photos as a CSV file: what is read from it, and nothing of what is not understood."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inspection.commands.files import why
from inspection.errors import FileMissing, ManifestUnusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One photo to score. `file` is the cell as it stands; paths are looked for in `folder` first."""

    file: str
    references: tuple[str, ...]
    folder: Path

    def path(self, cell: str) -> Path:
        """Beside the manifest, else from the working directory; an absolute path is itself."""
        beside = self.folder / cell
        with suppress(OSError):  # a name longer than any file's
            if beside.exists():
                return beside
        return Path(cell)


def rows(manifest: Path) -> Iterator[Row]:
    """Row by row, whatever its length. Raises `FileMissing` or `ManifestUnusable`, the latter also midway."""
    try:
        if manifest.is_dir() or not manifest.exists():
            raise FileMissing(
                str(manifest), "this is a folder" if manifest.is_dir() else "there is no such file"
            )
        # spreadsheets begin UTF-8 with a mark; utf-8-sig takes it away where it is
        with manifest.open(encoding="utf-8-sig", newline="") as lines:
            yield from _rows(csv.DictReader(lines, strict=True), manifest)
    except UnicodeDecodeError as error:
        raise ManifestUnusable(f"{manifest}: this is not text in UTF-8. Save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise ManifestUnusable(f"{manifest}: this is no CSV: {error}.") from error
    except OSError as error:
        raise FileMissing(str(manifest), why(error)) from error


def count(manifest: Path) -> int:
    """How many rows, all of them looked at: what is wrong with a manifest is said before any work."""
    return sum(1 for _ in rows(manifest))


def _rows(cells: "csv.DictReader[str]", manifest: Path) -> Iterator[Row]:
    if cells.fieldnames is None:
        raise ManifestUnusable(f"{manifest}: this file is empty.")
    if "file" not in cells.fieldnames:
        raise ManifestUnusable(f"{manifest}: there is no column 'file' in its first line.")
    for row in cells:
        listed = (row.get("references") or "").split(";")
        yield Row(
            file=row["file"] or "",
            references=tuple(cell.strip() for cell in listed if cell.strip()),
            folder=manifest.parent,
        )
