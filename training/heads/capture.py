"""First-hand or re-photographed: from the texture, spectrum and colour of native-resolution crops."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training import engine
from training.engine import Lesson, Stage, fingerprint
from training.features import Crops
from training.heads.linear import Standardise
from training.recipe import Recipe
from training.trunk import USUAL

BATCH = 128


class CaptureHead(nn.Module):
    """First-hand or re-photographed, from the statistics of one crop."""

    def __init__(self, statistics: int = USUAL.crops, *, hidden: int = 32) -> None:
        super().__init__()
        self.scale = Standardise(statistics)
        self.layers = nn.Sequential(
            nn.Dropout(0.3),
            nn.Linear(statistics, hidden),
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
    split = np.array([captures.rows[photo].split for photo in captures.photo])
    x, y = torch.from_numpy(captures.statistics), torch.from_numpy(is_screen(captures)).float()
    lesson = Lesson(
        module=head,
        loss=lambda rows: F.binary_cross_entropy_with_logits(head(x[rows]), y[rows]),
        train=np.flatnonzero(split == "train"),
        held_out=np.flatnonzero(split == "calibrate"),
        batch=BATCH,
        whole=False,
    )
    head.scale.learn(x[lesson.train])
    stage = Stage(
        name="capture",
        folder=recipe.folder,
        fingerprint=fingerprint(
            [captures.key, recipe.fingerprint("capture_epochs", "capture_rate")],
            list(Path(__file__).parent.glob("*.py")),
        ),
        steps=recipe.capture_epochs * lesson.epoch,
        seed=recipe.seed,
    )
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.capture_rate, weight_decay=0.1)
    engine.fit(lesson, stage, optimiser, torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0))


def is_screen(captures: Crops) -> NDArray[np.bool_]:
    """Per crop, whether it shows a screen."""
    screen = np.array([row.sort == "screen" or row.label.startswith("recaptured") for row in captures.rows])
    return screen[captures.photo]
