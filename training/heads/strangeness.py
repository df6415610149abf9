"""How unlike the training photos a photo is."""

import numpy as np
from torch import Tensor, nn

from training.features import Views
from training.heads.linear import set_linear
from training.trunk import USUAL


class Strangeness(nn.Module):
    """Distance from the training photos, in deviations along their principal directions."""

    def __init__(self, directions: int, pooled: int = USUAL.pooled) -> None:
        super().__init__()
        self.whiten = nn.Linear(pooled, directions)

    def forward(self, pooled: Tensor) -> Tensor:
        """(n,), about 1 for a photo like those trained on."""
        directions: Tensor = self.whiten(pooled)
        return directions.square().mean(1).sqrt()


def fit(head: Strangeness, views: Views) -> None:
    """Principal directions of clean training photos, each scaled to unit deviation."""
    x = views.pooled[views.where(lambda row: row.split == "train" and row.sort == "clean")]
    mean = x.mean(0)
    directions = head.whiten.out_features
    _, singular, vectors = np.linalg.svd(x - mean, full_matrices=False)
    deviation = singular[:directions] / np.sqrt(len(x) - 1)
    weight = vectors[:directions] / deviation[:, None]
    set_linear(head.whiten, weight, -weight @ mean)
