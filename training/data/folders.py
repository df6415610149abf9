"""Sets that say everything by where a file lies: class folders, MVTec AD and VisA."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from inspection.errors import FileMissing, ManifestUnusable
from inspection.verdict.findings import Kind
from training.data.example import PHOTOS, Example, inside
from training.data.manifest import kind_of
from training.data.masks import same_size

GOOD = ("good", "normal")


def image_folders(folder: Path) -> tuple[Example, ...]:
    """`class/…/photo.jpg`: the class is label and category, every photo its own group.

    Photos deeper down, `class/item/photo.jpg`, share the group of their folder.
    """
    found = []
    for kind in folders_in(folder):
        for path in photos_in(kind, deep=True):
            deeper = path.parent != kind
            group = path.parent if deeper else path
            named = group.relative_to(folder).as_posix()
            found.append(Example(path=path, label=kind.name, category=kind.name, group=named))
    return _some(found, folder)


def mvtec(folder: Path, kinds: Mapping[str, str] | None = None) -> tuple[Example, ...]:
    """`train/good`, `test/<defect>` and `ground_truth/<defect>/<name>_mask.png`, in one or more item folders.

    Every photo is its own group: MVTec AD does not say which show one specimen.
    """
    items = [folder] if (folder / "train").is_dir() else folders_in(folder)
    found = []
    for item in items:
        for path in _of_mvtec(item):
            defect, mask = path.parent.name, None
            if defect not in GOOD:
                mask = inside(item, f"ground_truth/{defect}/{path.stem}_mask.png")
            found.append(_with_mask(folder, path, item.name, defect, mask, kinds))
    return _some(found, folder)


def visa(folder: Path, kinds: Mapping[str, str] | None = None) -> tuple[Example, ...]:
    """`split_csv/1cls.csv` with object, split, label, image and mask, as VisA comes; every photo a group."""
    listed = folder / "split_csv" / "1cls.csv"
    if not listed.is_file():
        raise FileMissing(str(listed))
    with listed.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        if missing := {"object", "label", "image", "mask"} - set(rows.fieldnames or ()):
            raise ManifestUnusable(f"{listed} has no column {', '.join(sorted(missing))}.")
        found = []
        for row in rows:
            told = {key: (row[key] or "").strip() for key in ("object", "label", "image", "mask")}
            path = inside(folder, told["image"])
            mask = inside(folder, told["mask"]) if told["mask"] else None
            found.append(_with_mask(folder, path, told["object"], told["label"], mask, kinds))
    return _some(found, folder)


def folders_in(folder: Path) -> list[Path]:
    """Its visible folders, by name. Raises `FileMissing`."""
    if not folder.is_dir():
        raise FileMissing(str(folder), "there is no such folder")
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))


def photos_in(folder: Path, *, deep: bool = False) -> list[Path]:
    """The photos in a folder, by name; links that lead out of it are refused."""
    found = folder.rglob("*") if deep else folder.glob("*")
    photos = sorted(path for path in found if path.suffix.lower() in PHOTOS and path.is_file())
    return [inside(folder, str(path.relative_to(folder))) for path in photos]


def _of_mvtec(item: Path) -> Iterator[Path]:
    good = item / "train" / "good"
    if not good.is_dir() or not (item / "test").is_dir():
        raise FileMissing(str(good if not good.is_dir() else item / "test"), "there is no such folder")
    yield from photos_in(good)
    for defect in folders_in(item / "test"):
        yield from photos_in(defect)


def _with_mask(
    root: Path, path: Path, item: str, defect: str, mask: Path | None, kinds: Mapping[str, str] | None
) -> Example:
    """A photo whose set names its defect; `kinds` stays `None` for a name that the card does not map."""
    if mask:
        same_size(path, mask)
    told = kinds or {}
    kind = kind_of(defect, told, path) if defect in told or defect in set(Kind) else None
    return Example(
        path=path,
        label="undamaged" if defect in GOOD else "damaged",
        category=item,
        group=path.relative_to(root).as_posix(),
        mask=mask,
        kinds=() if defect in GOOD else (kind,) if kind else None,
    )


def _some(found: list[Example], folder: Path) -> tuple[Example, ...]:
    if not found:
        raise ManifestUnusable(f"{folder} holds no photo where its layout wants some.")
    return tuple(found)
