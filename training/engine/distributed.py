"""One process or several under `torchrun`: each takes its share of a batch, gradients are averaged.

Every process sees the same order of pictures and takes every size-th of each batch. So the same recipe
gives the same batches on one process and on many. No wrapper around the module: names in checkpoints stay.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed as dist
from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """This process among `size`. Rank 0 alone writes."""

    rank: int = 0
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether files and progress are this process's."""
        return self.rank == 0

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Every gradient becomes the mean over the processes."""
        if self.size == 1:
            return
        for parameter in parameters:
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.size

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def joined() -> Iterator[World]:
    """The processes that `torchrun` started (nccl on GPUs, gloo without), or this one alone."""
    if "WORLD_SIZE" not in os.environ:
        yield World()
        return
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield World(rank=dist.get_rank(), size=dist.get_world_size())
    finally:
        dist.destroy_process_group()
