"""How bad a defect is, light, marked or severe: an ordinal head over what the damage head saw there.

Ordinal, as the grade is: a severe defect is a marked one and more. The rubric makes a grade of it.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from inspection.verdict.findings import Severity
from training import engine
from training.engine import Lesson, Stage, fingerprint
from training.features import Views
from training.heads.damage import WIDTH, DamageHead
from training.heads.linear import Standardise
from training.recipe import Recipe

BATCH = 128
STEPS = len(Severity) - 1  # "marked or worse" and "severe"


class SeverityHead(nn.Module):
    """Proportional odds (McCullagh 1980): one number says how bad, rising bounds cut it into severities.

    So "severe" is never likelier than "marked or worse". A kind's defect is read where its own map is
    strongest, beside the whole view, with how much of the view it takes.
    """

    def __init__(self, kinds: int, *, hidden: int = 32) -> None:
        super().__init__()
        self.scale = Standardise(2 * WIDTH + 3)
        self.layers = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(2 * WIDTH + 3, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        self.kind = nn.Parameter(torch.zeros(kinds))
        self.first = nn.Parameter(torch.tensor(-0.7))
        self.gap = nn.Parameter(torch.tensor(1.0))

    def forward(self, told: Tensor) -> Tensor:
        """(n, kinds, STEPS) logits from what `told` gives."""
        bad: Tensor = self.layers(self.scale(told).clamp(-4, 4)) + self.kind[:, None]
        bounds = torch.stack([self.first, self.first + F.softplus(self.gap)])
        return bad - bounds


def told(maps: Tensor, places: Tensor) -> Tensor:
    """(n, kinds, 2 WIDTH + 3) of maps (n, kinds, rows, columns) and places (n, WIDTH, rows, columns)."""
    cells, seen = maps.flatten(2), places.flatten(2).transpose(1, 2)
    where = cells.softmax(2)
    there = where @ seen
    around = seen.mean(1, keepdim=True).expand_as(there)
    peak = DamageHead.pool(maps)[:, :, None]
    covered = torch.log(torch.sigmoid(2 * (cells - peak) + 2).mean(2, keepdim=True))
    spread = -torch.log((where * where).sum(2, keepdim=True))
    return torch.cat([there, around, peak, covered, spread], 2)


def read(damage: DamageHead, views: Views, rows: NDArray[np.int64]) -> Tensor:
    """(rows, kinds, 2 WIDTH + 3): what `told` gives of cached views."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), 64):
            places = damage.places(views.levels(rows[start : start + 64]))
            parts.append(told(damage.out(places), places))
    return torch.cat(parts).clone()


def at_least(severities: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n, STEPS): is it marked or worse, is it severe?"""
    return severities[:, None] > np.arange(1, 1 + STEPS)


def fit(head: SeverityHead, damage: DamageHead, views: Views, recipe: Recipe) -> None:
    """On synthesized damage, whose severity follows from a rule, read by its own kind's map."""
    rows = views.where(lambda row: row.severity > 0)
    kinds = torch.tensor([views.rows[i].kind for i in rows])
    truth = torch.from_numpy(at_least(np.array([views.rows[i].severity for i in rows]))).float()
    split = np.array([views.rows[i].split for i in rows])
    x = read(damage, views, rows)
    lesson = Lesson(
        module=head,
        loss=lambda these: F.binary_cross_entropy_with_logits(
            head(x[these])[torch.arange(len(these)), kinds[these]], truth[these]
        ),
        train=np.flatnonzero(split == "train"),
        held_out=np.flatnonzero(split == "calibrate"),
        batch=BATCH,
        whole=False,
    )
    own = x[torch.arange(len(rows)), kinds]
    head.scale.learn(own[lesson.train])
    stage = Stage(
        name="severity",
        folder=recipe.folder,
        fingerprint=fingerprint(
            [
                views.key,
                recipe.fingerprint("damage_epochs", "damage_rate", "severity_epochs", "severity_rate"),
            ],
            [*Path(__file__).parent.glob("*.py"), *([recipe.damage_begins] if recipe.damage_begins else [])],
        ),
        steps=recipe.severity_epochs * lesson.epoch,
        seed=recipe.seed,
    )
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.severity_rate, weight_decay=0.05)
    engine.fit(lesson, stage, optimiser, torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0))
