"""A stage of the training: its name, its pace, and what it depends on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`folder` is the run's. Steps are batches; a checkpoint is written every `save_every` of them."""

    name: str
    folder: Path
    fingerprint: str  # of all that decides the weights: another one begins anew
    steps: int
    seed: int
    save_every: int = 50
    log_every: int = 10

    @property
    def checkpoint(self) -> Path:
        """Where it goes on from; of a finished stage, its weights."""
        return self.folder / "stages" / f"{self.name}.pt"

    @property
    def logs(self) -> Path:
        """CSV and TensorBoard events."""
        return self.folder / "logs" / self.name

    @property
    def plot(self) -> Path:
        """The loss curves."""
        return self.folder / "plots" / f"{self.name}.png"


def fingerprint(told: Sequence[str], code: Sequence[Path]) -> str:
    """One hash of inputs as they are told, of source files, of the engine's own and of torch's version."""
    files = sorted({*code, *Path(__file__).parent.glob("*.py")})
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return hashlib.sha256("\n".join([*told, *hashes, str(torch.__version__)]).encode()).hexdigest()[:16]
