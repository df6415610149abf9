"""The same bundle on torch: its fp32 graph, node by node, on CUDA (or on a CPU, to compare).

For machines that have torch with CUDA and no onnxruntime-gpu. Imported only when asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from inspection.errors import BundleUnsuitable, DeviceUnavailable, InferenceFailed
from inspection.vision.bundle import Bundle
from inspection.vision.runtime import (
    INPUTS,
    NEEDED,
    OUTPUTS,
    Device,
    Outputs,
    Squares,
    check_sides,
)
from inspection.vision.torch_ops import OPERATORS, Operator, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node; `spent` are the values that nothing after it reads, so that memory stays small."""

    operator: Operator
    name: str
    attributes: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    spent: tuple[str, ...]


class TorchRuntime:
    """Safe to call from several threads: a run keeps its values to itself."""

    def __init__(self, steps: list[Step], weights: dict[str, Tensor], device: torch.device) -> None:
        self._steps = steps
        self._device = device
        # shapes, axes and indices are read by Python: on the device each would cost a round trip
        self._weights = {
            name: value.to(device) if value.is_floating_point() else value for name, value in weights.items()
        }

    @classmethod
    def open(cls, bundle: Bundle, device: Device) -> "TorchRuntime":
        """See `open_runtime`."""
        chosen = _device(device)
        path = bundle.graph("fp32")
        weights, steps = _read(bundle, path)
        return cls(steps, weights, chosen)

    @property
    def device(self) -> str:
        """Such as `cuda:0 (torch fp32)`."""
        return f"{self._device} (torch fp32)"

    def run(self, views: Squares, crops: Squares) -> Outputs:
        """See `Runtime.run`."""
        try:
            with torch.inference_mode():
                arrays = self._walk(dict(zip(INPUTS, map(self._there, (views, crops)), strict=True)))
        except (RuntimeError, Unsupported) as error:  # torch's CUDA errors are RuntimeErrors
            raise InferenceFailed(self.device, str(error).splitlines()[0].rstrip(".")) from error
        return Outputs(**arrays)

    def _there(self, squares: Squares) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(squares)).to(self._device)

    def _walk(self, values: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
        values[""] = None  # an input left out
        for step in self._steps:
            given = [self._weights[name] if name in self._weights else values[name] for name in step.inputs]
            made = step.operator(step.attributes, *given)
            values.update(zip(step.outputs, made if isinstance(made, tuple) else (made,), strict=False))
            for name in step.spent:
                del values[name]
        return {name: values[name].cpu().numpy() for name in OUTPUTS if name in values}


def _device(device: Device) -> torch.device:
    if device == "tensorrt":
        raise DeviceUnavailable(device, "the torch runtime has no TensorRT; the onnx one does")
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        why = (
            "this torch was built without CUDA" if torch.version.cuda is None else "torch sees no CUDA device"
        )
        raise DeviceUnavailable(device, why)
    return torch.device("cuda:0")


def _read(bundle: Bundle, path: Path) -> tuple[dict[str, Tensor], list[Step]]:
    """The graph's weights and its nodes, in the order ONNX promises: each after what it reads."""
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except Exception as error:  # protobuf's errors depend on its build
        raise BundleUnsuitable(bundle.folder.name, f"{path.name} is not an ONNX graph") from error
    if not set(INPUTS) <= {i.name for i in graph.input}:
        raise BundleUnsuitable(bundle.folder.name, f"{path.name} does not take {' and '.join(INPUTS)}")
    if lacking := [name for name in NEEDED if name not in {o.name for o in graph.output}]:
        raise BundleUnsuitable(bundle.folder.name, f"{path.name} gives no {lacking[0]}")
    check_sides(bundle, path.name, {i.name: [d.dim_value for d in _sides(i)] for i in graph.input})
    weights = {w.name: torch.from_numpy(numpy_helper.to_array(w).copy()) for w in graph.initializer}
    try:
        return weights, list(_steps(graph, set(weights)))
    except Unsupported as error:
        why = f"{path.name}: the torch runtime has no {error}"
        raise BundleUnsuitable(bundle.folder.name, why) from error


def _sides(graph_input: "onnx.ValueInfoProto") -> Any:
    return graph_input.type.tensor_type.shape.dim


def _steps(graph: "onnx.GraphProto", weights: set[str]) -> Iterator[Step]:
    last_reader = {name: index for index, node in enumerate(graph.node) for name in node.input}
    kept = weights | {"", *OUTPUTS}
    for index, node in enumerate(graph.node):
        if node.domain or node.op_type not in OPERATORS:
            raise Unsupported(f"operator {node.domain + '.' if node.domain else ''}{node.op_type}")
        yield Step(
            operator=OPERATORS[node.op_type],
            name=node.name,
            attributes={a.name: _value(a) for a in node.attribute},
            inputs=tuple(node.input),
            outputs=tuple(node.output),
            spent=tuple({n for n in node.input if last_reader[n] == index and n not in kept}),
        )


def _value(attribute: Any) -> Any:
    value = onnx.helper.get_attribute_value(attribute)
    return torch.from_numpy(numpy_helper.to_array(value).copy()) if hasattr(value, "raw_data") else value
