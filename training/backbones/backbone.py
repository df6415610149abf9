"""What a backbone is to the trunk: six maps of a picture, from fine to deep, and how it wants its pixels."""

from typing import Generic, NamedTuple, TypeVar

from torch import Tensor, nn

from inspection.errors import SetupProblem

T = TypeVar("T")


class BackboneUnusable(SetupProblem):
    """No backbone of that name, its package or weights are absent, or the weights are of another network."""


class Maps(NamedTuple, Generic[T]):
    """One thing a map; the first three names say which share of the picture's side a map's side is."""

    quarter: T
    eighth: T
    early: T  # a sixteenth, from the earlier of two stages where there are two
    middle: T  # a sixteenth
    deep: T  # a thirty-second
    top: T  # a thirty-second, as wide as the network becomes


class Backbone(nn.Module):
    """A pretrained network without its classifier; also in training without dropout or batch statistics.

    `channels` are those of each map.
    """

    channels: Maps[int]

    def forward(self, pixels: Tensor) -> Maps[Tensor]:
        """(n, rows, columns, 3) uint8 RGB to (n, channels, rows, columns) each."""
        raise NotImplementedError

    def texture(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The first four maps alone; deeper layers are left out where that can be done."""
        maps = self(pixels)
        return maps.quarter, maps.eighth, maps.early, maps.middle
