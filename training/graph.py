"""A torch module as an ONNX graph, and a plain session that runs one: what caching and release share."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnxruntime as ort
import torch
from torch import Tensor, nn

from inspection.errors import SetupProblem

OPSET = 18


class ExportUnfaithful(SetupProblem):
    """The exported graph does not say what the network says."""


def quiet_export(module: nn.Module, path: Path, inputs: dict[str, Tensor], outputs: Sequence[str]) -> None:
    """To ONNX, weights inside, each input's first dimension free."""
    # the exporter warns of its own use of torch's internals; parity is what we check
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(inputs.values()),
            dynamo=True,
            external_data=False,
            verbose=False,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes={name: {0: f"{name}_count"} for name in inputs},
        )
    if program is None:
        raise ExportUnfaithful("the exporter returned nothing")
    program.save(path)


def session(path: Path, threads: int = 2) -> ort.InferenceSession:
    """A plain CPU session, quiet."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
