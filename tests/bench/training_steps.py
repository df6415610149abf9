"""What `training_speed.py` times: one step of each kind of work, on pictures and weights of chance."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort
import torch
from torch import Tensor, nn

from training.finetune import Tuned
from training.heads.damage import DamageHead, damage_loss
from training.network import Network
from training.scenes import CELLS, KINDS
from training.trunk import Levels, Trunk

VIEW, CROP, CROPS = 320, 224, 3
PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
Step = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; `images_s` is absent where it was left out, and `why` says so."""

    work: str
    device: str
    precision: str
    batch: int = 0
    images_s: float | None = None
    images_core_s: float | None = None  # by the second of processor time, however busy the machine is
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What every row needs."""

    trunk: Trunk
    graph: Path
    threads: int
    seconds: float


def _heads(bench: Bench, row: Row) -> Step:
    head = DamageHead(len(KINDS), bench.trunk.widths).to(row.device)
    shown = Levels(*(one.to(row.device) for one in levels(bench.trunk, row.batch)))
    return _learning(head, shown, row)


def _whole(bench: Bench, row: Row) -> Step:
    module = Tuned(bench.trunk).to(row.device).train()
    return _learning(module, pictures(row.batch, VIEW).to(row.device), row)


def _learning(module: nn.Module, shown: Tensor | Levels, row: Row) -> Step:
    optimiser = torch.optim.AdamW(module.parameters(), lr=1e-5)
    cells = torch.rand(row.batch, CELLS, CELLS, device=row.device)
    kinds = torch.randint(-1, len(KINDS), (row.batch,), device=row.device)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with _autocast(row):
            maps = module(shown)
        loss = damage_loss(maps.float(), cells, kinds)
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()

    return step


def _torch(bench: Bench, row: Row) -> Step:
    network = (
        Network(bench.trunk.requires_grad_(False), kinds=len(KINDS), categories=20).to(row.device).eval()
    )
    views = pictures(row.batch, VIEW).to(row.device)
    crops = pictures(row.batch * CROPS, CROP).to(row.device)

    def step() -> None:
        with torch.inference_mode(), _autocast(row):
            network(views, crops)

    return step


def _onnx(bench: Bench, row: Row) -> Step:
    options = ort.SessionOptions()
    options.intra_op_num_threads = bench.threads
    options.log_severity_level = 3
    running = ort.InferenceSession(str(bench.graph), options, providers=[PROVIDERS[row.device]])
    fed = {"views": pictures(row.batch, VIEW).numpy(), "crops": pictures(row.batch * CROPS, CROP).numpy()}
    return lambda: running.run(None, fed)


WORKS: dict[str, Callable[[Bench, Row], Step]] = {
    "heads": _heads,
    "whole": _whole,
    "torch": _torch,
    "onnx": _onnx,
}


def _autocast(row: Row) -> torch.autocast:
    kind = PRECISIONS[row.precision]
    return torch.autocast(row.device, kind or torch.bfloat16, enabled=kind is not None)


def bytes_an_image(trunk: Trunk, work: str) -> float:
    """About what a step keeps of one, by what every layer gives for a view (float32, seen on Lite0).

    Training keeps nearly all of that; inference, with its crops, a third. A head: four times what it reads.
    """
    if work == "heads":
        return 16.0 * sum(one.numel() for one in levels(trunk, 1))
    given: list[int] = []
    layers = [layer for layer in trunk.modules() if not list(layer.children())]
    hooks = [
        layer.register_forward_hook(lambda _, __, said: given.append(said.numel() * said.element_size()))
        for layer in layers
    ]
    with torch.inference_mode():
        trunk.to("cpu").views(pictures(1, VIEW))
    for hook in hooks:
        hook.remove()
    return (1.0 if work == "whole" else 0.35) * sum(given)


def levels(trunk: Trunk, count: int) -> Levels:
    """As wide as the trunk's, of noise."""
    fine, middle, deep, pooled = trunk.widths[:4]
    sides = ((fine, CELLS), (middle, CELLS // 2), (deep, CELLS // 4))
    return Levels(*(torch.rand(count, width, side, side) for width, side in sides), torch.rand(count, pooled))


def pictures(count: int, side: int) -> Tensor:
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8)
