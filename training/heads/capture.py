"""First-hand or re-photographed: from the texture, spectrum and colour of native-resolution crops."""

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.features import Crops
from training.heads.linear import Standardise
from training.recipe import Recipe
from training.trunk import CROP_STATISTICS


class CaptureHead(nn.Module):
    """First-hand or re-photographed, from the statistics of one crop."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.scale = Standardise(CROP_STATISTICS)
        self.layers = nn.Sequential(
            nn.Dropout(0.3),
            nn.Linear(CROP_STATISTICS, hidden),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(hidden, 1),
        )

    def forward(self, statistics: Tensor) -> Tensor:
        """(m,) logits. Clamped: beyond 4 deviations nothing more can be learned from a statistic."""
        logits: Tensor = self.layers(self.scale(statistics).clamp(-4, 4))
        return logits.squeeze(1)


def fit(head: CaptureHead, captures: Crops, recipe: Recipe) -> None:
    """On simulated photos; small, and regularised hard."""
    train = np.array([captures.rows[photo].split == "train" for photo in captures.photo])
    x = torch.from_numpy(captures.statistics[train])
    y = torch.from_numpy(is_screen(captures)[train]).float()
    head.scale.learn(x)
    generator = torch.Generator().manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.capture_rate, weight_decay=0.1)
    head.train()
    for _ in track(range(recipe.capture_epochs), description="capture head"):
        for indices in torch.randperm(len(x), generator=generator).split(128):  # type: ignore[no-untyped-call]
            optimiser.zero_grad(set_to_none=True)
            loss = F.binary_cross_entropy_with_logits(head(x[indices]), y[indices])
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    head.eval()


def is_screen(captures: Crops) -> NDArray[np.bool_]:
    """Per crop, whether it shows a screen."""
    screen = np.array([row.sort == "screen" or row.label.startswith("recaptured") for row in captures.rows])
    return screen[captures.photo]
