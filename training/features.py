"""Frozen features, computed once: what the trunk says of every picture, kept on disk in half precision."""

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inspection.verdict.findings import Kind
from training import backbones
from training.chosen import Chosen
from training.graph import quiet_export, session
from training.scenes import KINDS
from training.trunk import Levels, Trunk

LEVELS = Levels._fields


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
    severity: int = 0  # of what was synthesized on it, 0 for nothing

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
        """(n, channels)."""
        return self.arrays["pooled"].astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crops:
    """Cached crop statistics; `photo[i]` says which row the i-th crop was cut from."""

    rows: tuple[Row, ...]
    statistics: NDArray[np.float32]  # (crops, channels)
    photo: NDArray[np.int64]
    key: str = ""  # names what they were made of and by


class _Part(nn.Module):
    """One of the trunk's two readings as a module of its own."""

    def __init__(self, trunk: Trunk, name: str) -> None:
        super().__init__()
        self.trunk, self.name = trunk, name

    def forward(self, pixels: Tensor) -> Any:
        return getattr(self.trunk, self.name)(pixels)


def trunk_session(folder: Path, name: str, chosen: Chosen) -> ort.InferenceSession:
    """`views` or `crops` of the trunk, as a graph: on a CPU several times as fast as torch."""
    path = folder / ".".join(["trunk", *([chosen.key] if chosen.key else []), _code(), name, "onnx"])
    if not path.is_file():
        side = 320 if name == "views" else 224
        pixels = torch.zeros((2, side, side, 3), dtype=torch.uint8)
        outputs = list(LEVELS) if name == "views" else ["statistics"]
        draft = path.with_suffix(".draft")  # killed here, the next run begins it anew
        quiet_export(_Part(chosen.trunk(), name), draft, {"pixels": pixels}, outputs)
        draft.replace(path)
    return session(path, threads=1)


def _code() -> str:
    """Names what computes the features: a graph of older code is not used."""
    made_by = [Path(inspect.getfile(Trunk)), *sorted(Path(backbones.__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:8]


def read_rows(folder: Path) -> tuple[Row, ...]:
    """What a cache says of its pictures."""
    return tuple(Row(**told) for told in json.loads((folder / "rows.json").read_text(encoding="utf-8")))
