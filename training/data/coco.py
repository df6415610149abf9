"""COCO: one JSON file of photos, categories and annotations; boxes become ours, outlines become masks."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspection.errors import FileMissing, ManifestUnusable
from inspection.verdict.findings import Box
from training.data.cards import ROOT
from training.data.example import Example, inside, ordered
from training.data.manifest import kind_of
from training.data.masks import polygons, runs, size_of

DRAWN = ROOT / "runs" / "masks"


def coco(
    folder: Path,
    annotations: str = "annotations.json",
    kinds: Mapping[str, str] | None = None,
    groups: str = "",
    drawn: Path = DRAWN,
) -> tuple[Example, ...]:
    """All photos of a COCO file beside them, or in `images/`.

    `kinds` maps its categories to ours ("" leaves one out); `groups` names a field of its images that tells
    which belong together, as an item or a person, else every photo is its own group. Masks are drawn into
    the folder `drawn`, never into the data. Photos without an annotation count as looked at and undamaged.
    """
    path = inside(folder, annotations)
    told = _read(path)
    try:
        words = {one["id"]: str(one["name"]) for one in told["categories"]}
        marks: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for one in told["annotations"]:
            marks[one["image_id"]].append(one | {"word": words[one["category_id"]]})
        place = drawn / hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        known = kinds or {}
        return tuple(_example(folder, one, marks[one["id"]], known, groups, place) for one in told["images"])
    except KeyError as error:
        raise ManifestUnusable(f"{path}: {error} is missing or refers to nothing.") from error
    except (TypeError, ValueError, AttributeError, cv2.error) as error:
        raise ManifestUnusable(f"{path} is not in COCO's form: {str(error).splitlines()[0]}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestUnusable(f"{path} is no JSON: {error}.") from error
    if not isinstance(told, dict):
        raise ManifestUnusable(f"{path} is no COCO file: it begins with a {type(told).__name__}.")
    return told


def _example(
    folder: Path,
    image: dict[str, Any],
    marks: list[dict[str, Any]],
    kinds: Mapping[str, str],
    groups: str,
    place: Path,
) -> Example:
    path = _photo(folder, image["file_name"])
    size = size_of(path)
    if (image.get("width", size[0]), image.get("height", size[1])) != size:
        raise ManifestUnusable(f"{path} has {size[0]} × {size[1]} px; its annotation says otherwise.")
    named = [(kind, mark) for mark in marks if (kind := kind_of(mark["word"], kinds, path))]
    boxes = tuple((kind, _box(mark["bbox"], size)) for kind, mark in named if mark.get("bbox"))
    return Example(
        path=path,
        label="damaged" if named else "undamaged",
        category=str(image.get("category", "")),
        group=str(image[groups]) if groups else path.relative_to(folder).as_posix(),
        mask=_mask([mark for _, mark in named], size, place / f"{_plain(image['id'])}.png"),
        boxes=boxes,
        kinds=ordered({kind for kind, _ in named}),
    )


def _photo(folder: Path, name: str) -> Path:
    try:
        return inside(folder, name)
    except FileMissing:
        return inside(folder, f"images/{name}")


def _box(told: list[float], size: tuple[int, int]) -> Box:
    """Of `x y w h` in pixels; what hangs over the edge is cut off, as annotators do overshoot."""
    x, y, w, h = (float(number) / size[i % 2] for i, number in enumerate(told))
    left, top = min(max(x, 0), 1), min(max(y, 0), 1)
    return Box(x=left, y=top, w=min(x + w, 1) - left, h=min(y + h, 1) - top)


def _mask(marks: list[dict[str, Any]], size: tuple[int, int], path: Path) -> Path | None:
    drawn = np.zeros(size[::-1], np.uint8)
    for mark in marks:
        outline: Any = mark.get("segmentation") or []
        is_runs = isinstance(outline, dict)
        one = runs(outline["counts"], size) if is_runs else polygons(outline, size)
        drawn = np.maximum(drawn, one)
    if not drawn.any():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", drawn)[1].tobytes())
    return path


def _plain(told: object) -> str:
    """An id as a file name: ids are the annotator's, and may read like a path."""
    return hashlib.sha256(str(told).encode()).hexdigest()[:16]
