"""Weights from a file that anybody may have sent: tensors only, and of this network or refused."""

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from inspection.errors import FileMissing
from training.backbones.backbone import BackboneUnusable

DEFAULT_WEIGHTS = "default"
NO_WEIGHTS = "none"

_WRAPPERS = ("module", "model", "state_dict")  # what checkpoints keep a network's tensors under
M = TypeVar("M")


def read_weights(net: nn.Module, path: Path, part: str = "") -> None:
    """A state dict, a checkpoint's, or its `part` if it has one. Raises `BackboneUnusable`, `FileMissing`."""
    state = tensors(path)
    prefix = part + "."
    if part and any(name.startswith(prefix) for name in state):
        state = {n.removeprefix(prefix): tensor for n, tensor in state.items() if n.startswith(prefix)}
    try:
        net.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:160]
        raise BackboneUnusable(f"{path.name} is of another network: {reason}.") from error


def tensors(path: Path) -> Mapping[str, Tensor]:
    """By name, on the CPU, of a `.safetensors` file or of what torch saved; no code in it is run."""
    if not path.is_file():
        raise FileMissing(str(path))
    try:
        held = (
            _safetensors(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise BackboneUnusable(f"{path.name} holds no tensors that can be read.") from error
    for wrapper in _WRAPPERS:
        if isinstance(held, dict) and isinstance(held.get(wrapper), dict):
            held = held[wrapper]
    if not isinstance(held, dict) or not all(isinstance(one, Tensor) for one in held.values()):
        raise BackboneUnusable(f"{path.name} holds something else than tensors by name.")
    return held


def seeded(make: Callable[[], M]) -> M:
    """Made by chance, the same chance every time, whatever was drawn before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make()


def _safetensors(path: Path) -> object:
    try:
        from safetensors import SafetensorError  # noqa: PLC0415 — an extra
        from safetensors.torch import load_file  # noqa: PLC0415
    except ImportError as error:
        raise BackboneUnusable(
            f"{path.name} needs safetensors: pip install 'inspection[backbones]'."
        ) from error
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
