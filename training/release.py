"""A bundle, whole or not at all: written beside its place, verified, then renamed into it."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from inspection.verdict.confidence import Calibration
from inspection.vision.bundle import SUMS, Bundle
from training.golden import Case, write_cases

Value = str | int | float | bool | date | Sequence["Value"] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything a bundle says, before it is one; `card` lacks nothing but what a folder has by itself."""

    name: str
    graph: Path
    int8_graph: Path
    card: Mapping[str, Value]
    calibrations: Mapping[str, Calibration]
    severity: Mapping[str, Calibration]
    strangeness: Mapping[str, Value]
    golden: Sequence[Case]


def release(draft: Draft, shelf: Path) -> Path:
    """Put the bundle on the shelf in place of the one of its name, and return its folder.

    Raises `BundleRefused` where serving would not open it; the shelf is then as it was.
    """
    draft_folder = shelf / f".{draft.name}.draft"
    shutil.rmtree(draft_folder, ignore_errors=True)
    draft_folder.mkdir(parents=True)
    shutil.copyfile(draft.graph, draft_folder / "model.onnx")
    shutil.copyfile(draft.int8_graph, draft_folder / "model.int8.onnx")
    (draft_folder / "card.toml").write_text(toml(draft.card), encoding="utf-8")
    (draft_folder / "calibration.toml").write_text(toml(_calibration(draft)), encoding="utf-8")
    write_cases(draft_folder / "golden", draft.golden)
    seal(draft_folder)
    Bundle.open(draft_folder)
    return put_in_place(draft_folder, shelf / draft.name)


def toml(table: Mapping[str, Value]) -> str:
    """Plain values first, then a section a table; six digits are enough for any figure here."""
    lines = [
        f"{_key(key)} = {_literal(value)}" for key, value in table.items() if not isinstance(value, Mapping)
    ]
    for name, inner in table.items():
        if isinstance(inner, Mapping):
            lines += ["", *_section(_key(name), inner)]
    return "\n".join(lines) + "\n"


def _section(name: str, table: Mapping[str, Value]) -> list[str]:
    lines = [f"[{name}]"]
    lines += [f"{_key(key)} = {_literal(value)}" for key, value in table.items() if not _is_table(value)]
    for key, inner in table.items():
        if isinstance(inner, Mapping) and _is_table(inner):
            lines += ["", *_section(f"{name}.{_key(key)}", inner)]
    return lines


def _is_table(value: Value) -> bool:
    """Flat mappings of a line's length are written inline."""
    if not isinstance(value, Mapping):
        return False
    return any(isinstance(inner, Mapping) for inner in value.values()) or len(_literal(value)) > 110


def _literal(value: Value) -> str:  # noqa: PLR0911 — one line a type
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"""\n' + value + '"""' if "\n" in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        return f"{value:.1f}" if value.is_integer() else f"{value:.6g}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_literal(inner)}" for key, inner in value.items()) + " }"
    return "[" + ", ".join(_literal(inner) for inner in value) + "]"


def _key(key: str) -> str:
    bare = key.replace("_", "").replace("-", "").isalnum() and key.isascii()
    return key if bare else json.dumps(key, ensure_ascii=False)


def _calibration(draft: Draft) -> dict[str, Value]:
    severity: Mapping[str, Value] = {"severity": _tables(draft.severity)} if draft.severity else {}
    return {**_tables(draft.calibrations), **severity, "strangeness": draft.strangeness}


def _tables(calibrations: Mapping[str, Calibration]) -> dict[str, Value]:
    fields = ("slope", "intercept", "yes_from", "no_to", "error_rate")
    return {
        name: {field: float(getattr(calibration, field)) for field in fields}
        for name, calibration in calibrations.items()
    }


def seal(folder: Path) -> None:
    """The hash of every other file, written last: a folder without it is no bundle."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def put_in_place(draft: Path, place: Path) -> Path:
    """Two renames, not a copy: nobody ever opens half a bundle.

    Killed between the two there is none, but for `.NAME.old`, which the next release puts back first.
    """
    old = place.with_name(f".{place.name}.old")
    if old.exists() and not place.exists():
        old.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    draft.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    return place
