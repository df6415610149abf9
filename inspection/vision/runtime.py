"""One bundle on one device: arrays in, arrays out, and the name of the device that really ran."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from inspection.errors import BundleUnsuitable, ExtraMissing, SettingUnusable
from inspection.vision.bundle import Bundle
from inspection.vision.card import Precision

Device = Literal["auto", "cpu", "cuda", "tensorrt"]
Engine = Literal["onnx", "torch"]

Floats = NDArray[np.float32]
Squares = NDArray[np.uint8]
"""(n, side, side, 3) uint8, sRGB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outputs:
    """What the graph says of n views and m crops; all float32. models/README.md has the contract."""

    damage: Floats  # (n, kinds) logits
    damage_map: Floats  # (n, kinds, rows, columns) logits
    category: Floats  # (n, categories) logits
    embedding: Floats  # (n, d) unit length
    patches: Floats  # (n, rows, columns, f)
    strangeness: Floats  # (n,)
    recaptured: Floats  # (m,) logits
    severity: Floats | None = None  # (n, kinds, 2) logits: marked or worse, severe


INPUTS = ("views", "crops")
OUTPUTS = tuple(field.name for field in fields(Outputs))
NEEDED = tuple(field.name for field in fields(Outputs) if field.default is MISSING)
"""The others a graph may lack: older bundles do."""


class Runtime(Protocol):
    """Safe to call from several threads; each call runs on the caller's own thread."""

    @property
    def device(self) -> str:
        """What really runs it, for people and records: `cpu (int8)`, `cuda:0 (torch fp32)`."""
        ...

    def run(self, views: Squares, crops: Squares) -> Outputs:
        """Both at least one; their counts are independent. Raises `InferenceFailed`."""
        ...


def open_runtime(
    bundle: Bundle,
    *,
    device: Device = "auto",
    engine: Engine = "onnx",
    precision: Precision | Literal["auto"] = "auto",
    threads: int = 1,
) -> Runtime:
    """Load the bundle's graph; takes a fraction of a second on a CPU.

    `auto` is CUDA if a session on it really works, else the CPU; a device asked for by name and
    not there raises `DeviceUnavailable`. `threads` are those of one `run` on a CPU: leave it at
    1 where several callers run at once, which is what makes the most of the cores. int8 is for
    onnxruntime on a CPU: elsewhere it is an error too, never fp32 in silence.
    """
    if engine == "torch":
        if precision == "int8":
            raise SettingUnusable("precision", "the torch runtime runs fp32 alone; int8 needs the onnx one")
        try:
            from inspection.vision.torch_runtime import TorchRuntime  # noqa: PLC0415 serving has no torch
        except ModuleNotFoundError as error:
            raise ExtraMissing("The torch runtime", "train") from error
        return TorchRuntime.open(bundle, device)
    from inspection.vision.onnx_runtime import open_onnx  # noqa: PLC0415 0.1 s that the torch engine needn't pay

    return open_onnx(bundle, device, precision=precision, threads=threads)


def check_sides(bundle: Bundle, file: str, shapes: Mapping[str, Sequence[int | str | None]]) -> None:
    """The card's sides are the graph's; raises `BundleUnsuitable`. A side that may vary is any side."""
    card = bundle.card
    for name, field, side in (
        ("views", "view_side", card.view_side),
        ("crops", "crop_side", card.crop_side),
    ):
        taken = [length for length in shapes[name][1:3] if isinstance(length, int) and length > 0]
        if any(length != side for length in taken):
            why = f"card.toml: {field} = {side}, and {file} takes {name} of {taken[0]} px"
            raise BundleUnsuitable(bundle.folder.name, why)


def blank(side: int) -> Squares:
    """One grey square, for the input a caller has nothing for: the graph wants at least one of each."""
    return np.full((1, side, side, 3), 127, np.uint8)
