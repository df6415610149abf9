"""onnxruntime on CPU, CUDA or TensorRT, wrapped once; a named device is that device or an error."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from typing import Literal

import onnxruntime as ort

from inspection.errors import BundleUnsuitable, DeviceUnavailable, InferenceFailed
from inspection.vision.bundle import Bundle
from inspection.vision.card import Precision
from inspection.vision.runtime import (
    INPUTS,
    NEEDED,
    OUTPUTS,
    Device,
    Outputs,
    Runtime,
    Squares,
    blank,
    check_sides,
)

_PROVIDERS = {
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"],
    "tensorrt": ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"],
}
# shapes are worked out on the CPU on purpose: a device would only send them back
_SHAPES = frozenset({"Shape", "Size", "Gather", "Concat", "Slice", "Squeeze", "Unsqueeze", "Cast"})
_REINSTALL = "pip uninstall -y onnxruntime onnxruntime-gpu && pip install 'onnxruntime-gpu[cuda,cudnn]'"


class OnnxRuntime:
    """One session; `run` may be called from any number of threads and holds no lock."""

    def __init__(self, session: ort.InferenceSession, device: str) -> None:
        self._session = session
        self._device = device
        there = {output.name for output in session.get_outputs()}
        self._outputs = [name for name in OUTPUTS if name in there]

    @property
    def device(self) -> str:
        """Such as `cpu (int8)`."""
        return self._device

    def run(self, views: Squares, crops: Squares) -> Outputs:
        """See `Runtime.run`; raises `InferenceFailed`."""
        try:
            arrays = self._session.run(self._outputs, dict(zip(INPUTS, (views, crops), strict=True)))
        except Exception as error:  # onnxruntime's errors share no other base
            raise InferenceFailed(self._device, _line(error)) from error
        return Outputs(**dict(zip(self._outputs, arrays, strict=True)))


def open_onnx(
    bundle: Bundle, device: Device, *, precision: Precision | Literal["auto"] = "auto", threads: int = 1
) -> Runtime:
    """See `open_runtime`."""
    if device == "auto":
        try:
            return _open_gpu(bundle, "cuda", precision)
        except DeviceUnavailable:  # `auto` asks for the best that works
            device = "cpu"
    if device != "cpu":
        return _open_gpu(bundle, device, precision)
    chosen = bundle.cpu_precision if precision == "auto" else precision
    session = _session(bundle, "cpu", chosen, threads)
    return OnnxRuntime(session, f"cpu ({chosen})")


def _open_gpu(bundle: Bundle, device: str, precision: Precision | Literal["auto"]) -> Runtime:
    """On the first CUDA device, all of it, tried once before it is trusted."""
    if precision == "int8":
        raise DeviceUnavailable(device, "int8 is for CPUs; on a GPU the bundle runs in fp32")
    wanted = _wanted(device)
    if wanted not in ort.get_available_providers():
        raise DeviceUnavailable(device, _why_absent(wanted))
    # the CUDA libraries of the nvidia-* wheels lie where the system loader doesn't look
    ort.preload_dlls()
    session = _session(bundle, device, "fp32", threads=1)
    if wanted not in session.get_providers():
        raise DeviceUnavailable(
            device, "onnxruntime could not load its libraries; check the driver, CUDA and cuDNN 9"
        )
    session.disable_fallback()
    if left := sorted(set(_left_to_the_cpu(session))):
        raise DeviceUnavailable(device, f"it cannot run {', '.join(left)}, which would run on the CPU")
    runtime = OnnxRuntime(session, f"{device}:0 (fp32)")
    try:
        runtime.run(blank(bundle.card.view_side), blank(bundle.card.crop_side))
    except InferenceFailed as error:
        raise DeviceUnavailable(device, f"a first run on it failed ({_line(error)})") from error
    return runtime


def _left_to_the_cpu(session: ort.InferenceSession) -> Iterator[str]:
    """The operators, but for those of shapes, that no other provider took.

    `session.disable_cpu_ep_fallback` would make these an error as well, but the ones of shapes too,
    which onnxruntime itself gives to the CPU: no graph of a free number of views would load.
    """
    for part in session.get_provider_graph_assignment_info():
        if part.ep_name == "CPUExecutionProvider":
            yield from (node.op_type for node in part.get_nodes() if node.op_type not in _SHAPES)


def _wanted(device: str) -> str:
    return _PROVIDERS[device][0]


def _session(bundle: Bundle, device: str, precision: Precision, threads: int) -> ort.InferenceSession:
    path, options = bundle.graph(precision), session_options(threads)
    if device != "cpu":
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    try:
        session = ort.InferenceSession(str(path), options, providers=_PROVIDERS[device], enable_fallback=0)
    except Exception as error:  # onnxruntime's errors share no other base
        if device == "cpu":
            raise BundleUnsuitable(bundle.folder.name, f"{path.name}: {_line(error)}") from error
        raise DeviceUnavailable(device, _line(error)) from error
    _check_contract(bundle, path.name, session)
    return session


def session_options(threads: int) -> ort.SessionOptions:
    """As every session of ours runs: on the caller's thread, quiet, without spinning."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # a pattern a shape and thread costs 30 to 60 MB and no measurable speed; without the arena it is slower
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors; they are raised too
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _check_contract(bundle: Bundle, file: str, session: ort.InferenceSession) -> None:
    """The names and the counts that the rest relies on."""
    inputs = tuple(node.name for node in session.get_inputs())
    shapes = {node.name: node.shape for node in session.get_outputs()}
    name = bundle.folder.name
    if set(inputs) != set(INPUTS):
        raise BundleUnsuitable(name, f"{file} takes {', '.join(inputs)}, not {', '.join(INPUTS)}")
    if lacking := [output for output in NEEDED if output not in shapes]:
        raise BundleUnsuitable(name, f"{file} gives no {lacking[0]}")
    check_sides(bundle, file, {node.name: node.shape for node in session.get_inputs()})
    kinds, categories = bundle.card.kinds, bundle.card.categories
    for output, labels in (("damage", kinds), ("severity", kinds), ("category", categories)):
        if output not in shapes:
            continue
        if isinstance(columns := shapes[output][1], int) and columns != len(labels):
            raise BundleUnsuitable(
                name, f"{file}: {output} has {columns} columns, the card {len(labels)} labels"
            )


def _why_absent(provider: str) -> str:
    if _installed("onnxruntime-gpu") and _installed("onnxruntime"):
        return (
            f"onnxruntime and onnxruntime-gpu are both installed and overwrite each other; run: {_REINSTALL}"
        )
    if _installed("onnxruntime-gpu"):
        return f"onnxruntime-gpu is installed and does not offer {provider} on this machine"
    return f"the CPU build of onnxruntime is installed; run: {_REINSTALL}"


def _installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def _line(error: Exception) -> str:
    """An error's first line, without the full stop that our messages end with."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
