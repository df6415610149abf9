"""Checkpoints that are whole or absent, whenever the process or the machine dies."""

import os
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from training.engine.stage import Stage


def save(stage: Stage, step: int, module: nn.Module, optimiser: Optimizer, schedule: LRScheduler) -> None:
    """After so many steps. The order of the batches and all chance follow from the step and the seed."""
    held = {
        "fingerprint": stage.fingerprint,
        "step": step,
        "module": module.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
    }
    written(stage.checkpoint, held)


def resume(stage: Stage, module: nn.Module, optimiser: Optimizer, schedule: LRScheduler) -> int:
    """Load what the stage had, if it depended on the same; returns the steps that are done."""
    held = read(stage.checkpoint)
    if held.get("fingerprint") != stage.fingerprint:
        return 0
    module.load_state_dict(held["module"])
    optimiser.load_state_dict(held["optimiser"])
    schedule.load_state_dict(held["schedule"])
    return int(held["step"])


def read(path: Path) -> dict[str, Any]:
    """Empty where there is none, or none that can be read: that costs time, never the run."""
    try:
        held: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):
        return {}
    return held


def written(path: Path, held: object) -> None:
    """Draft, to the disk, renamed: a reader finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        torch.save(held, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
