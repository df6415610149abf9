"""The loop. Seeded by the step, so that a run that was killed and goes on is the run that was not."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from inspection.errors import SetupProblem
from training.engine import checkpoint, plots
from training.engine.distributed import World
from training.engine.logs import Log
from training.engine.progress import tracked
from training.engine.stage import Stage

Rows = NDArray[np.int64]


class TooFewPictures(SetupProblem):
    """Fewer training pictures than a batch, or a batch that the processes cannot share evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is learned: `loss` is the mean over some rows, the same for training and for held-out ones.

    It may look at `module.training`, and may draw from torch's generator while that holds.
    """

    module: nn.Module
    loss: Callable[[Rows], Tensor]
    train: Rows
    held_out: Rows
    batch: int
    whole: bool = True  # drop an epoch's last rows where they fill no batch
    clip: float = float("inf")  # the gradient's longest norm
    world: World = field(default_factory=World)

    @property
    def epoch(self) -> int:
        """Steps an epoch."""
        if len(self.train) < self.batch or self.batch % self.world.size:
            raise TooFewPictures(
                f"{len(self.train)} pictures, {self.batch} a batch, {self.world.size} processes."
            )
        return len(self.train) // self.batch if self.whole else -(-len(self.train) // self.batch)

    def rows(self, step: int, seed: int) -> Rows:
        """This process's share of a step's batch: a function of step and seed, so nothing to remember."""
        epoch, at = divmod(step, self.epoch)
        shuffled = np.random.default_rng([seed, epoch]).permutation(self.train)
        batch = shuffled[at * self.batch : (at + 1) * self.batch]
        return np.sort(batch[self.world.rank :: self.world.size])  # sorted: caches are read forwards

    def held_out_loss(self) -> float | None:
        """Mean a picture."""
        if not len(self.held_out):
            return None
        self.module.eval()
        parts = np.array_split(self.held_out, -(-len(self.held_out) // self.batch))
        with torch.no_grad():
            total = sum(self.loss(part).item() * len(part) for part in parts)
        self.module.train()
        return total / len(self.held_out)


def fit(lesson: Lesson, stage: Stage, optimiser: Optimizer, schedule: LRScheduler) -> None:
    """To the stage's last step, from wherever it was. A finished stage is only loaded."""
    module, world = lesson.module, lesson.world
    done = checkpoint.resume(stage, module, optimiser, schedule)
    if done < stage.steps:
        steps = range(done, stage.steps)
        shown = tracked(steps, stage.name, total=stage.steps, done=done) if world.writes else steps
        log = Log(stage.logs, done) if world.writes else None
        module.train()
        for step in shown:
            torch.manual_seed((stage.seed * 1_000_003 + step) * world.size + world.rank)
            rows = lesson.rows(step, stage.seed)
            optimiser.zero_grad(set_to_none=True)
            loss = lesson.loss(rows)
            loss.backward()  # type: ignore[no-untyped-call]
            world.average(module.parameters())
            nn.utils.clip_grad_norm_(module.parameters(), lesson.clip)
            rate = float(optimiser.param_groups[0]["lr"])
            optimiser.step()
            schedule.step()
            if log:
                log.heard(loss.item(), len(rows) * world.size)
                _after(lesson, stage, log, step + 1, rate)
                if (step + 1) % stage.save_every == 0 or step + 1 == stage.steps:
                    checkpoint.save(stage, step + 1, module, optimiser, schedule)
        if log:
            log.close()
            plots.draw(stage.logs / "log.csv", stage.plot)
        world.wait()
    module.eval()


def _after(lesson: Lesson, stage: Stage, log: Log, step: int, rate: float) -> None:
    """Say so every few steps, at the end of an epoch and at the last step."""
    ended = step % lesson.epoch == 0 or step == stage.steps
    if ended or step % stage.log_every == 0:
        held_out = lesson.held_out_loss() if ended else None
        log.say(step=step, epoch=(step - 1) // lesson.epoch, rate=rate, held_out=held_out)
