"""What several heads are built from: fixed standardisation, and linear layers set from a closed form."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Floats = NDArray[np.floating]


class Standardise(nn.Module):
    """(x - mean) / scale, channel by channel; both are set from training features, then fixed."""

    def __init__(self, channels: int, *, trailing: int = 0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, *[1] * trailing))
        self.register_buffer("scale", torch.ones(channels, *[1] * trailing))

    def forward(self, x: Tensor) -> Tensor:
        """Zero mean and unit deviation over the training features."""
        return (x - self.get_buffer("mean")) / self.get_buffer("scale")

    def learn(self, x: Tensor) -> None:
        """Set both from a sample (n, channels, ...)."""
        over = [axis for axis in range(x.dim()) if axis != 1]
        mean = self.get_buffer("mean")
        mean.copy_(x.mean(over).reshape(mean.shape))
        self.get_buffer("scale").copy_(x.std(over).clamp(min=1e-3).reshape(mean.shape))


def set_linear(linear: nn.Linear, weight: Floats, bias: Floats) -> None:
    """Weights found by something else than gradient steps."""
    linear.weight.data.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
    linear.bias.data.copy_(torch.from_numpy(np.ascontiguousarray(bias)))
