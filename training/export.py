"""From a trained network to the two graphs of a bundle, fp32 and int8, compared on real pictures."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from training.graph import ExportUnfaithful, quiet_export, session
from training.network import Network, Outputs

Batch = NDArray[np.uint8]
Answers = dict[str, NDArray[np.float32]]

FIRST_QUANTISED = 3
"""Blocks before it stay in fp32: no slower, and the capture logits' error falls to a quarter."""
TOLERANCE = 2e-3  # between torch and the fp32 graph, on outputs whose spread is about 1


def export(network: Network, path: Path, views: Batch, crops: Batch) -> float:
    """Write the fp32 graph, and return the largest difference from torch on these real pictures."""
    network.eval()
    example = {"views": torch.from_numpy(views[:2]), "crops": torch.from_numpy(crops[:3])}
    quiet_export(network, path, example, Outputs._fields)
    difference = difference_from_torch(network, path, views, crops)
    if difference > TOLERANCE:
        raise ExportUnfaithful(f"{path.name} differs from torch by {difference:.2g}")
    return difference


def quantise(source: Path, target: Path, views: Batch, crops: Batch) -> None:
    """Write the int8 twin: the trunk's convolutions per channel, the heads left in fp32.

    `reduce_range` keeps weights within 7 bits: without it a CPU that lacks VNNI saturates its
    16-bit sums, and the same photo gets different answers on different machines.
    """
    if len(views) < 64 or len(crops) < 64:
        raise ValueError(f"64 real photos or more settle the ranges, not {len(views)} and {len(crops)}")
    # it warns of a preprocessing that folding the batch norms has made needless, and of dead channels
    logging.getLogger().setLevel(logging.ERROR)
    quantize_static(
        source,
        target,
        _Pictures(views, crops),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        nodes_to_quantize=trunk_nodes(source),
        op_types_to_quantize=["Conv", "Add", "Clip"],
    )


def trunk_nodes(path: Path) -> list[str]:
    """The names of the nodes to quantise: the frozen trunk's, but for its first blocks."""
    nodes = onnx.load(path, load_external_data=False).graph.node
    return [node.name for node in nodes if _in_trunk(node) and node.op_type in ("Conv", "Add", "Clip")]


def answers(running: ort.InferenceSession, views: Batch, crops: Batch) -> Answers:
    """What a graph says, by output name."""
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(names, {"views": views, "crops": crops}), strict=True))


def difference_from_torch(network: Network, path: Path, views: Batch, crops: Batch) -> float:
    """The largest absolute difference of any output on a few pictures."""
    with torch.inference_mode():
        expected = network(torch.from_numpy(views[:4]), torch.from_numpy(crops[:4]))
    got = answers(session(path), views[:4], crops[:4])
    return max(float(np.abs(got[name] - tensor.numpy()).max()) for name, tensor in expected._asdict().items())


class _Pictures(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime ships no types
    """Real pictures, a few at a time, for the ranges of the int8 graph."""

    def __init__(self, views: Batch, crops: Batch, at_once: int = 4) -> None:
        self._batches: Iterator[dict[str, Batch]] = iter(
            {"views": views[i : i + at_once], "crops": crops[i : i + at_once]}
            for i in range(0, min(len(views), len(crops)), at_once)
        )

    def get_next(self) -> dict[str, Batch] | None:
        """The next batch, or None when all were shown."""
        return next(self._batches, None)


def _in_trunk(node: onnx.NodeProto) -> bool:
    """Whether it is a part of the trunk that 7-bit weights keep true enough."""
    scopes = next((p.value for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"), "")
    if "'trunk.backbone.body" in scopes:  # torchvision's: all of it; the card's parity says how true that is
        return True
    block = re.search(r"'trunk\.backbone\.blocks\.(\d+)", scopes)
    return "'trunk.backbone.head" in scopes or (block is not None and int(block.group(1)) >= FIRST_QUANTISED)
