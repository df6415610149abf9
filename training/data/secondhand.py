"""Second-hand clothing with grades: the layout of the Wargön and RISE "Clothing Dataset for Second-Hand
Fashion" (CC BY 4.0, 10.5281/zenodo.13788681), `station*/<month>/labels_<time>.json` beside its photos.

Written after public descriptions of that set and of code that reads it; untested on the set itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspection.errors import ManifestUnusable
from inspection.verdict.findings import Kind
from inspection.verdict.grading import Grade
from training.data.example import Example, inside, ordered
from training.data.folders import folders_in

VIEWS = ("front", "back")  # the third photo, of the brand's label, says nothing of the condition
GRADES = {5: Grade.A, 4: Grade.B, 3: Grade.C, 2: Grade.D, 1: Grade.E}
"""Their condition, 5 the best, to our grades."""
DEFECTS = {"stains": Kind.STAIN, "holes": Kind.HOLE}
"""Told as None, Minor or Major."""
PILLED = 3  # their pilling, 5 for none: at most this counts as seen


def secondhand(folder: Path) -> tuple[Example, ...]:
    """Front and back of every garment; one garment is one group. Grade and kinds are those of the garment.

    A front can be without the stain that is on the back: the kinds of one photo are an upper bound.
    """
    found = [example for path in _labels(folder) for example in _garment(folder, path)]
    if not found:
        raise ManifestUnusable(f"{folder} holds no garment with station*/<month>/labels_<time>.json.")
    return tuple(found)


def _labels(folder: Path) -> Iterator[Path]:
    for station in folders_in(folder):
        for month in folders_in(station) if station.name.startswith("station") else []:
            yield from sorted(month.glob("labels_*.json"))


def _garment(folder: Path, path: Path) -> Iterator[Example]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestUnusable(f"{path} is no JSON: {error}.") from error
    if not isinstance(told, dict):
        raise ManifestUnusable(f"{path} tells nothing of a garment.")
    grade, kinds = _grade(told, path), _kinds(told, path)
    when = path.stem.removeprefix("labels_")
    for view in VIEWS:
        photo = f"{view}_{when}.jpg"
        if view == "back" and not (path.parent / photo).is_file():
            continue  # some garments were photographed from one side only
        yield Example(
            path=inside(folder, (path.parent / photo).relative_to(folder).as_posix()),
            label="damaged" if kinds else "undamaged",
            category=str(told.get("type") or "").strip().lower(),
            group=path.parent.relative_to(folder).joinpath(when).as_posix(),
            grade=grade,
            kinds=kinds,
        )


def _grade(told: dict[str, Any], path: Path) -> Grade | None:
    if (condition := _level(told, "condition", path)) is None:
        return None
    return GRADES[condition]


def _kinds(told: dict[str, Any], path: Path) -> tuple[Kind, ...] | None:
    """`None` where nobody filled the fields in."""
    words = {field: str(told.get(field) or "").strip().lower() for field in DEFECTS}
    for field, word in words.items():
        if word not in {"", "none", "no", "minor", "major"}:
            raise ManifestUnusable(f"{path}: {field} is '{word}', not None, Minor or Major.")
    pilling = _level(told, "pilling", path)
    if pilling is None and not any(words.values()):
        return None
    seen = {DEFECTS[field] for field, word in words.items() if word in {"minor", "major"}}
    return ordered(seen | ({Kind.PILLING} if pilling is not None and pilling <= PILLED else set()))


def _level(told: dict[str, Any], field: str, path: Path) -> int | None:
    """1 to 5, as a number or in letters; `None` where it was left empty."""
    word = told.get(field)
    if word is None or str(word).strip().lower() in {"", "none"}:
        return None
    try:
        level = int(float(str(word)))
    except (ValueError, OverflowError) as error:
        raise ManifestUnusable(f"{path}: {field} is '{word}', not 1 to 5.") from error
    if level not in GRADES:
        raise ManifestUnusable(f"{path}: {field} is {word}, not 1 to 5.")
    return level
