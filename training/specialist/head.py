"""The head: a linear one on statistics of the frozen trunk, in a graph of its own, free of any bundle's."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from inspection.vision.specialist import OUTPUTS
from training.backbones import Lite
from training.graph import quiet_export
from training.measures import Scores, Truths

BLOCKS = (2, 4, 7, 10, 15)
TOP = 1280  # channels of EfficientNet-Lite0's last map
NEAREST = 5  # training photos whose distance is that of a photo from what was learned
Statistics = NDArray[np.float32]


class Linear(NamedTuple):
    """score = weights · statistics + bias."""

    weights: NDArray[np.float64]
    bias: float

    def scores(self, statistics: Statistics) -> Scores:
        """(n,) logits of genuine."""
        return np.asarray(statistics @ self.weights + self.bias)


class Described(nn.Module):
    """(n, side, side, 3) uint8 to mean and deviation of every channel of five blocks and the top."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Lite().requires_grad_(False).eval()

    def forward(self, views: Tensor) -> Tensor:
        """(n, statistics); the last 2 x TOP are the top's means and deviations."""
        seen = self.trunk.blocks_of(views, BLOCKS[-1])
        maps = [*(seen[block] for block in BLOCKS), self.trunk.head(seen[-1])]
        parts = []
        for one in maps:
            mean = one.mean((2, 3))
            parts += [mean, (one.square().mean((2, 3)) - mean.square()).clamp(min=1e-6).sqrt()]
        return torch.cat(parts, 1)


class Head(nn.Module):
    """The whole graph of a specialist."""

    def __init__(self, linear: Linear, strange: "Strangeness") -> None:
        super().__init__()
        self.described = Described()
        self.register_buffer("weights", torch.from_numpy(linear.weights).float())
        self.bias = linear.bias
        for name, array in strange._asdict().items():
            self.register_buffer(name, torch.from_numpy(np.asarray(array)).float())

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        """Logit of genuine and strangeness, each (n,)."""
        statistics = self.described(views)
        tops = nn.functional.normalize(statistics[:, -2 * TOP : -TOP], dim=1)
        nearest = (tops @ self.get_buffer("tops").T).topk(NEAREST, 1).values
        strange = 1 - nearest.mean(1)
        return statistics @ self.get_buffer("weights") + self.bias, strange


class Strangeness(NamedTuple):
    """1 less the cosine to the nearest training photos; `tops` (photos, TOP) of unit length."""

    tops: Statistics

    def of(self, statistics: Statistics) -> Scores:
        """As the graph says it, in [0, 2]."""
        nearest = np.sort(_tops(statistics) @ self.tops.T, 1)[:, -NEAREST:]
        return np.asarray(1 - nearest.mean(1))


def fit_linear(statistics: Statistics, genuine: Truths, shrinkage: float) -> Linear:
    """Logistic regression on standardised statistics, folded back onto the plain ones."""
    mean, spread = statistics.mean(0), statistics.std(0) + 1e-6
    model = LogisticRegression(C=shrinkage, class_weight="balanced", max_iter=2000)
    model.fit((statistics - mean) / spread, genuine)
    weights = np.asarray(model.coef_[0] / spread, np.float64)
    return Linear(weights, float(model.intercept_[0] - mean @ weights))


def fit_strangeness(statistics: Statistics) -> Strangeness:
    """Nothing is fitted: uncentred, for what all shoes share is what tells a stranger."""
    return Strangeness(_tops(statistics))


def _tops(statistics: Statistics) -> Statistics:
    tops = statistics[:, -2 * TOP : -TOP]
    return np.asarray(tops / np.linalg.norm(tops, axis=1, keepdims=True), np.float32)


def export_head(linear: Linear, strange: Strangeness, path: Path, side: int) -> None:
    """The graph as ONNX, its number of views free."""
    views = torch.zeros((2, side, side, 3), dtype=torch.uint8)
    quiet_export(Head(linear, strange).eval(), path, {"views": views}, OUTPUTS)
