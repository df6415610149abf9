"""Frozen features, computed once: what the trunk says of every picture, kept on disk in half precision."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn

from inspection.verdict.findings import Kind
from training.graph import quiet_export, session
from training.scenes import CELLS, KINDS, Scene, crops, view
from training.trunk import DEEP, FINE, MIDDLE, POOLED, Levels, Trunk

THREADS = 2
LEVELS = {
    "fine": (FINE, CELLS, CELLS),
    "middle": (MIDDLE, CELLS // 2, CELLS // 2),
    "deep": (DEEP, CELLS // 4, CELLS // 4),
    "pooled": (POOLED,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of one cached picture."""

    source: str
    split: str
    sort: str
    group: str
    label: str
    category: str
    file: str
    kind: int = -1

    @property
    def damage(self) -> Kind | None:
        """The kind synthesized on it."""
        return KINDS[self.kind] if self.kind >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Views:
    """Cached views; `rows[i]` is about the i-th entry of every array."""

    rows: tuple[Row, ...]
    arrays: dict[str, NDArray[np.float16]]
    cells: NDArray[np.uint8]  # (n, CELLS, CELLS) the damaged share, times 255
    key: str = ""  # names what they were made of and by

    def where(self, wanted: Callable[[Row], bool]) -> NDArray[np.int64]:
        """Indices of the rows for which it holds."""
        return np.array([i for i, row in enumerate(self.rows) if wanted(row)], np.int64)

    def levels(self, indices: NDArray[np.int64]) -> Levels:
        """The trunk's levels of some of them, as the heads read them."""
        return Levels(*(torch.from_numpy(self.arrays[name][indices]).float() for name in LEVELS))

    @property
    def pooled(self) -> NDArray[np.float32]:
        """(n, POOLED)."""
        return self.arrays["pooled"].astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crops:
    """Cached crop statistics; `photo[i]` says which row the i-th crop was cut from."""

    rows: tuple[Row, ...]
    statistics: NDArray[np.float32]  # (crops, CROP_STATISTICS)
    photo: NDArray[np.int64]
    key: str = ""  # names what they were made of and by


def cached_views(folder: Path, scenes: Sequence[Scene], *, side: int, seed: int) -> Views:
    """Read the cache, or fill it: about 60 ms a picture on one core."""
    if not folder.is_dir():
        _write_views(folder, scenes, side=side, seed=seed)
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in LEVELS}
    return Views(rows=_read_rows(folder), arrays=arrays, cells=np.load(folder / "cells.npy"), key=folder.name)


def cached_crops(folder: Path, scenes: Sequence[Scene], *, side: int, count: int, seed: int) -> Crops:
    """The same for the statistics of crops."""
    if not folder.is_dir():
        _write_crops(folder, scenes, lambda scene: crops(scene, side, count, seed))
    return Crops(
        rows=_read_rows(folder),
        statistics=np.load(folder / "statistics.npy"),
        photo=np.load(folder / "photo.npy"),
        key=folder.name,
    )


def _write_views(folder: Path, scenes: Sequence[Scene], *, side: int, seed: int) -> None:
    draft = _draft(folder)
    trunk = trunk_session(draft.parent, "views")
    arrays: dict[str, Any] = {
        name: np.lib.format.open_memmap(
            draft / f"{name}.npy", mode="w+", dtype=np.float16, shape=(len(scenes), *shape)
        )
        for name, shape in LEVELS.items()
    }
    cells = np.zeros((len(scenes), CELLS, CELLS), np.uint8)
    rows: list[Row] = []

    def work(scene: Scene) -> tuple[list[NDArray[np.float32]], NDArray[np.uint8], int]:
        square, share, kind = view(scene, side, seed)
        return trunk.run(None, {"pixels": square[None]}), share, kind

    for i, (said, share, kind) in enumerate(_in_order(work, scenes, "features of views")):
        for name, level in zip(LEVELS, said, strict=True):
            arrays[name][i] = level[0]
        cells[i] = share
        rows.append(_row(scenes[i], kind))
    np.save(draft / "cells.npy", cells)
    for array in arrays.values():
        array.flush()
    _finish(draft, folder, rows)


def _write_crops(folder: Path, scenes: Sequence[Scene], cut: Callable[[Scene], Iterable[Any]]) -> None:
    draft = _draft(folder)
    trunk = trunk_session(draft.parent, "crops")

    def work(scene: Scene) -> NDArray[np.float32] | None:
        squares = list(cut(scene))
        if not squares:
            return None
        said: NDArray[np.float32] = trunk.run(None, {"pixels": np.stack(squares)})[0]
        return said

    found: list[NDArray[np.float32]] = []
    photo: list[int] = []
    rows: list[Row] = []
    for scene, said in zip(scenes, _in_order(work, scenes, "features of crops"), strict=True):
        if said is not None:
            found.append(said)
            photo += [len(rows)] * len(said)
            rows.append(_row(scene))
    np.save(draft / "statistics.npy", np.concatenate(found))
    np.save(draft / "photo.npy", np.array(photo))
    _finish(draft, folder, rows)


class _Part(nn.Module):
    """One of the trunk's two readings as a module of its own."""

    def __init__(self, trunk: Trunk, name: str) -> None:
        super().__init__()
        self.trunk, self.name = trunk, name

    def forward(self, pixels: Tensor) -> Any:
        return getattr(self.trunk, self.name)(pixels)


def trunk_session(folder: Path, name: str) -> ort.InferenceSession:
    """`views` or `crops` of the trunk, as a graph: on a CPU several times as fast as torch."""
    path = folder / f"trunk.{name}.onnx"
    if not path.is_file():
        side = 320 if name == "views" else 224
        pixels = torch.zeros((2, side, side, 3), dtype=torch.uint8)
        outputs = list(LEVELS) if name == "views" else ["statistics"]
        quiet_export(_Part(Trunk(), name), path, {"pixels": pixels}, outputs)
    return session(path, threads=1)


def _in_order(work: Callable[[Scene], Any], scenes: Sequence[Scene], what: str) -> Iterator[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield from track(pool.map(work, scenes), description=what, total=len(scenes))


def _row(scene: Scene, kind: int = -1) -> Row:
    e = scene.example
    return Row(
        source=scene.source, split=str(scene.split), sort=scene.sort, group=e.group, label=e.label,
        category=e.category, file=e.path.name, kind=kind,
    )  # fmt: skip


def _draft(folder: Path) -> Path:
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def _finish(draft: Path, folder: Path, rows: Sequence[Row]) -> None:
    """The rename comes last: a cache that is there is whole."""
    fields = Row.__dataclass_fields__
    told = [{name: getattr(row, name) for name in fields} for row in rows]
    (draft / "rows.json").write_text(json.dumps(told), encoding="utf-8")
    draft.replace(folder)


def _read_rows(folder: Path) -> tuple[Row, ...]:
    return tuple(Row(**told) for told in json.loads((folder / "rows.json").read_text(encoding="utf-8")))
