"""Our own layout: a folder with a `manifest.csv`, one line a photo; its columns may be named otherwise."""

import csv
from collections.abc import Mapping
from pathlib import Path

from inspection.errors import FileMissing, ManifestUnusable
from inspection.verdict.findings import Box, Kind
from inspection.verdict.grading import Grade
from training.data.example import Example, inside, ordered
from training.data.masks import same_size

WANTED = ("file", "label", "category", "split_group")
"""Columns that must be there; `boxes`, `mask_file`, `kinds` and `grade` may be."""
NO_DAMAGE = ("intact", "undamaged", "good")


def read_manifest(
    folder: Path, columns: Mapping[str, str] | None = None, kinds: Mapping[str, str] | None = None
) -> tuple[Example, ...]:
    """All photos that a folder's `manifest.csv` lists, in its order.

    `columns` says how a list of somebody else's calls ours; `kinds` what its words for defects mean to us,
    "" for one that is none of ours.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise FileMissing(str(manifest))
    try:
        with manifest.open(newline="", encoding="utf-8") as lines:
            rows = csv.DictReader(lines)
            there = set(rows.fieldnames or ())
            name = {ours: (columns or {}).get(ours, ours) for ours in (*WANTED, *OPTIONAL)}
            if missing := {name[ours] for ours in WANTED} - there:
                raise ManifestUnusable(f"{manifest} has no column {', '.join(sorted(missing))}.")
            told = [{ours: (row.get(theirs) or "").strip() for ours, theirs in name.items()} for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestUnusable(f"{manifest} is no CSV file in UTF-8: {error}.") from error
    return tuple(_example(folder, row, kinds or {}) for row in told)


OPTIONAL = ("boxes", "mask_file", "kinds", "grade")


def kind_of(word: str, kinds: Mapping[str, str], where: Path) -> Kind | None:
    """What a set's word for a defect means; `None` if its card says it is none of ours."""
    meant = kinds.get(word, word)
    if not meant:
        return None
    try:
        return Kind(meant)
    except ValueError as error:
        known = ", ".join(Kind)
        raise ManifestUnusable(
            f"{where}: '{word}' is no kind of defect; [kinds] in the card can map it to one of {known}."
        ) from error


def _example(folder: Path, row: Mapping[str, str], kinds: Mapping[str, str]) -> Example:
    path = inside(folder, row["file"])
    boxes = tuple(_boxes(row["boxes"], kinds, path))
    named = {kind_of(word.strip(), kinds, path) for word in row["kinds"].split(";") if word.strip()}
    seen = {kind for kind in named if kind} | {kind for kind, _ in boxes}
    mask = inside(folder, row["mask_file"]) if row["mask_file"] else None
    if mask:
        same_size(path, mask)
    return Example(
        path=path,
        label=row["label"],
        category=row["category"],
        group=row["split_group"],
        mask=mask,
        boxes=boxes,
        grade=_grade(row["grade"], path),
        kinds=ordered(seen) if seen or row["label"] in NO_DAMAGE else None,
    )


def _boxes(told: str, kinds: Mapping[str, str], where: Path) -> list[tuple[Kind, Box]]:
    """Of `kind x y w h;…` in fractions from the top left."""
    found = []
    for one in filter(None, (part.strip() for part in told.split(";"))):
        try:
            word, *numbers = one.split()
            x, y, w, h = (float(number) for number in numbers)
            box = Box(x=x, y=y, w=min(w, 1 - x), h=min(h, 1 - y))  # told with four digits
        except ValueError as error:
            raise ManifestUnusable(f"{where}: '{one}' is no box 'kind x y w h' in fractions.") from error
        if kind := kind_of(word, kinds, where):
            found.append((kind, box))
    return found


def _grade(told: str, where: Path) -> Grade | None:
    if told and told not in Grade.__members__:
        raise ManifestUnusable(f"{where}: grade '{told}' is none of {', '.join(Grade.__members__)}.")
    return Grade[told] if told else None
