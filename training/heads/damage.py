"""Damage: a map of logits a kind of defect, and the image's logit pooled from that map alone."""

from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training import engine
from training.engine import Lesson, Stage, fingerprint
from training.features import Views
from training.heads.linear import Standardise
from training.recipe import Recipe
from training.trunk import USUAL, Levels, Widths

BATCH = 48
WIDTH = 48  # channels that the levels are narrowed to
STRONGEST = 6  # cells of a map (of 1,600 at 320 px) that its image-level logit averages


class DamageHead(nn.Module):
    """Three levels of the trunk, narrowed, summed at the finest one's resolution."""

    def __init__(self, kinds: int, widths: Widths = USUAL, *, width: int = WIDTH) -> None:
        super().__init__()
        sizes = (widths.fine, widths.middle, widths.deep)
        self.scales = nn.ModuleList(Standardise(size, trailing=2) for size in sizes)
        self.narrow = nn.ModuleList(nn.Conv2d(size, width, 1) for size in sizes)
        self.blend = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, kinds, 1)
        nn.init.constant_(cast(Tensor, self.out.bias), -4.0)  # damage is rare: else epochs go into that

    def forward(self, levels: Levels) -> Tensor:
        """(n, kinds, rows, columns) logits at the fine level's resolution."""
        maps: Tensor = self.out(self.places(levels))
        return maps

    def places(self, levels: Levels) -> Tensor:
        """(n, width, rows, columns): what it knows of each cell before it names kinds."""
        rows_columns = levels.fine.shape[2:]
        narrowed = [
            narrow(scale(level))
            for level, scale, narrow in zip(levels[:3], self.scales, self.narrow, strict=True)
        ]
        # interpolated after narrowing: the same sum, a fraction of the work
        x = sum(F.interpolate(x, size=rows_columns, mode="bilinear") for x in narrowed[1:])
        x = F.relu(narrowed[0] + x)
        return F.relu(x + self.blend(x))

    @staticmethod
    def pool(maps: Tensor) -> Tensor:
        """(n, kinds) logits: the mean of each map's strongest cells."""
        return maps.flatten(2).topk(STRONGEST, dim=2).values.mean(2)


def fit(head: DamageHead, views: Views, recipe: Recipe) -> None:
    """Cells learn where, the pooled logit learns whether; both from the same maps.

    A head that begins with kept weights keeps what they were standardised by, too.
    """
    train = views.where(lambda row: row.split == "train")
    if recipe.damage_begins is None:
        _standardise(head, views, np.random.default_rng(recipe.seed).permutation(train)[:400])
    lesson = Lesson(
        module=head,
        loss=lambda rows: damage_loss(head(views.levels(rows)), *_truth(views, rows)),
        train=train,
        held_out=views.where(lambda row: row.split == "calibrate"),
        batch=BATCH,
    )
    stage = Stage(
        name="damage",
        folder=recipe.folder,
        fingerprint=fingerprint(
            [views.key, recipe.fingerprint("damage_epochs", "damage_rate")],
            [*Path(__file__).parent.glob("*.py"), *([recipe.damage_begins] if recipe.damage_begins else [])],
        ),
        steps=recipe.damage_epochs * lesson.epoch,
        seed=recipe.seed,
    )
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.damage_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.damage_rate, total_steps=stage.steps)
    engine.fit(lesson, stage, optimiser, schedule)


def _standardise(head: DamageHead, views: Views, sample: NDArray[np.int64]) -> None:
    for scale, level in zip(head.scales, views.levels(np.sort(sample))[:3], strict=True):
        cast(Standardise, scale).learn(level)


def damage_loss(maps: Tensor, cells: Tensor, kinds: Tensor) -> Tensor:
    """Maps (n, kinds, rows, columns); cells (n, rows, columns) in [0, 1]; kinds (n,), -1 for none.

    Cells that a defect only grazes teach nothing. Other kinds on a damaged picture count little:
    a tear is not wrong about a hole.
    """
    wanted = F.one_hot(kinds + 1, maps.shape[1] + 1)[:, 1:].float()  # (n, kinds)
    truth = wanted[:, :, None, None] * (cells > 0.15).float()[:, None]
    grazed = ((cells > 0) & (cells <= 0.15))[:, None] & (wanted[:, :, None, None] > 0)
    other = (kinds >= 0)[:, None] & (wanted == 0)
    trust = torch.where(other, 0.3, 1.0)
    a_cell = F.binary_cross_entropy_with_logits(maps, truth, pos_weight=torch.tensor(6.0), reduction="none")
    where = (a_cell * trust[:, :, None, None] * ~grazed).mean() * 8
    pooled = DamageHead.pool(maps)
    whether = (F.binary_cross_entropy_with_logits(pooled, wanted, reduction="none") * trust).mean() * 4
    damaged = F.binary_cross_entropy_with_logits(pooled.max(1).values, (kinds >= 0).float())
    return where + whether + damaged


def _truth(views: Views, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    kinds = torch.tensor([views.rows[i].kind for i in indices])
    return torch.from_numpy(views.cells[indices]).float() / 255, kinds
