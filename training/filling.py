"""Caches of features, filled picture by picture. Killed, filling goes on from the last mark.

The cache grows in `<folder>.draft` and is renamed when it is whole. A mark says how far a draft is known
to be complete; what was written beyond it is made again, to the same bytes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture
from training.chosen import Chosen
from training.engine import tracked
from training.features import LEVELS, Crops, Row, Views, read_rows, trunk_session
from training.scenes import CELLS, Scene, Seen, crops, view

THREADS = 2
USUAL = Chosen()
MARK_EVERY = 200  # pictures, 6 to 12 seconds


def cached_views(
    folder: Path, scenes: Sequence[Scene], *, side: int, seed: int, trunk: Chosen = USUAL
) -> Views:
    """Read the cache, or fill it: about 60 ms a picture on one core."""
    if not folder.is_dir():
        _fill_views(folder, scenes, trunk, side=side, seed=seed)
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in LEVELS}
    return Views(rows=read_rows(folder), arrays=arrays, cells=np.load(folder / "cells.npy"), key=folder.name)


def cached_crops(
    folder: Path, scenes: Sequence[Scene], *, side: int, count: int, seed: int, trunk: Chosen = USUAL
) -> Crops:
    """The same for the statistics of crops."""
    if not folder.is_dir():
        _fill_crops(folder, scenes, trunk, lambda scene: crops(scene, side, count, seed))
    return Crops(
        rows=read_rows(folder),
        statistics=np.load(folder / "statistics.npy"),
        photo=np.load(folder / "photo.npy"),
        key=folder.name,
    )


def _fill_views(folder: Path, scenes: Sequence[Scene], chosen: Chosen, *, side: int, seed: int) -> None:
    draft = _draft(folder, scenes)
    trunk = trunk_session(draft.parent, "views", chosen)
    marked = draft / "mark.npy"
    told: list[tuple[int, int]] = [tuple(row) for row in np.load(marked)] if marked.is_file() else []
    arrays = {
        name: _growing(draft / f"{name}.npy", np.float16, (len(scenes), *level.shape[1:]))
        for name, level in zip(LEVELS, trunk.get_outputs(), strict=True)
    }
    arrays["cells"] = _growing(draft / "cells.npy", np.uint8, (len(scenes), CELLS, CELLS))

    def work(scene: Scene) -> tuple[Seen, list[NDArray[np.float32]]]:
        seen = view(scene, side, seed)
        return seen, trunk.run(None, {"pixels": seen.square[None]})

    for seen, levels in _in_order(work, scenes, "features of views", done=len(told)):
        for name, level in zip(LEVELS, levels, strict=True):
            arrays[name][len(told)] = level[0]
        arrays["cells"][len(told)] = seen.cells
        told.append((seen.kind, seen.severity))
        if len(told) % MARK_EVERY == 0:
            for array in arrays.values():
                array.flush()  # first what the mark is about, then the mark
            _save(marked, np.array(told))
    for array in arrays.values():
        array.flush()
    _finish(draft, folder, [_row(scene, *one) for scene, one in zip(scenes, told, strict=True)])


def _fill_crops(
    folder: Path, scenes: Sequence[Scene], chosen: Chosen, cut: Callable[[Scene], list[Picture]]
) -> None:
    draft = _draft(folder, scenes)
    trunk = trunk_session(draft.parent, "crops", chosen)
    nothing = np.zeros((0, trunk.get_outputs()[0].shape[-1]), np.float32)

    def work(scene: Scene) -> NDArray[np.float32]:
        squares = cut(scene)
        said = trunk.run(None, {"pixels": np.stack(squares)})[0] if squares else nothing
        return np.asarray(said, np.float32)

    done = [
        np.load(draft / name)
        for name in ("mark.statistics.npy", "mark.npy")
        if (draft / "mark.npy").is_file()
    ]
    counts: list[int] = done[1].tolist() if done else []
    found: list[NDArray[np.float32]] = [done[0][: sum(counts)]] if done else []
    for said in _in_order(work, scenes, "features of crops", done=len(counts)):
        found.append(said)
        counts.append(len(said))
        if len(counts) % MARK_EVERY == 0:
            _save(draft / "mark.statistics.npy", np.concatenate(found))
            _save(draft / "mark.npy", np.array(counts))
    shown = [count for count in counts if count]
    np.save(draft / "statistics.npy", np.concatenate(found))
    np.save(draft / "photo.npy", np.repeat(np.arange(len(shown)), shown))
    _finish(draft, folder, [_row(scene) for scene, count in zip(scenes, counts, strict=True) if count])


def _in_order(
    work: Callable[[Scene], Any], scenes: Sequence[Scene], what: str, *, done: int
) -> Iterator[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield from tracked(pool.map(work, scenes[done:]), what, total=len(scenes), done=done)


def _growing(path: Path, kind: type[np.generic], shape: tuple[int, ...]) -> Any:
    if path.is_file():
        return np.load(path, mmap_mode="r+")
    return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)


def _save(path: Path, array: NDArray[Any]) -> None:
    """Old or new, never half."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _row(scene: Scene, kind: int = -1, severity: int = 0) -> Row:
    e = scene.example
    return Row(
        source=scene.source, split=str(scene.split), sort=scene.sort, group=e.group, label=e.label,
        category=e.category, file=e.path.name, kind=int(kind), severity=int(severity),
    )  # fmt: skip


def _draft(folder: Path, scenes: Sequence[Scene]) -> Path:
    """What a killed filling of the same scenes left, if it had come to a mark; else an empty folder."""
    draft = folder.with_name(folder.name + ".draft")
    told = hashlib.sha256("\n".join(str(scene) for scene in scenes).encode()).hexdigest()
    of = draft / "scenes.sha256"
    if not (of.is_file() and of.read_text() == told and (draft / "mark.npy").is_file()):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        of.write_text(told)
    return draft


def _finish(draft: Path, folder: Path, rows: Sequence[Row]) -> None:
    """The rename comes last: a cache that is there is whole."""
    fields = Row.__dataclass_fields__
    told = [{name: getattr(row, name) for name in fields} for row in rows]
    (draft / "rows.json").write_text(json.dumps(told), encoding="utf-8")
    for mark in [*draft.glob("mark.*"), draft / "scenes.sha256"]:
        mark.unlink()
    draft.replace(folder)
