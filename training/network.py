"""The network: one frozen backbone, read by small heads. Views and crops in, the bundle's outputs out.

    views -> trunk -> levels -> damage map per kind -> its strongest cells -> damage
                  |    |     -> severity (what the damage head saw where a kind's map is strongest)
                  |    -> patches
                  -> pooled  -> category, embedding, strangeness
    crops -> trunk (first blocks only) + spectrum + colour -> recaptured

The heads see `Levels` and statistics, never pixels: so features are computed once and cached,
and training the heads takes minutes. Everything that normalises is inside the graph.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.heads.capture import CaptureHead
from training.heads.damage import DamageHead
from training.heads.embedding import Embedding
from training.heads.severity import SeverityHead, told
from training.heads.strangeness import Strangeness
from training.trunk import USUAL, Levels, Trunk


class Outputs(NamedTuple):
    """The graph's outputs by name, in its order; models/README.md says what each means."""

    damage: Tensor
    damage_map: Tensor
    category: Tensor
    embedding: Tensor
    patches: Tensor
    strangeness: Tensor
    recaptured: Tensor
    severity: Tensor


class Network(nn.Module):
    """The whole graph of a bundle."""

    def __init__(self, trunk: Trunk, *, kinds: int, categories: int) -> None:
        super().__init__()
        self.trunk = trunk
        widths = trunk.widths
        self.damage = DamageHead(kinds, widths)
        self.category = nn.Linear(widths.pooled, categories)
        self.embedding = Embedding(widths.top)
        self.strangeness = Strangeness(64, widths.pooled)
        self.capture = CaptureHead(widths.crops)
        self.severity = SeverityHead(kinds)  # last: the others begin as they did without it

    def forward(self, views: Tensor, crops: Tensor) -> Outputs:
        """Views (n, side, side, 3) and crops (m, crop, crop, 3), both uint8."""
        levels = self.trunk.views(views)
        places = self.damage.places(levels)
        maps = self.damage.out(places)
        return Outputs(
            damage=self.damage.pool(maps),
            damage_map=maps,
            category=self.category(levels.pooled),
            embedding=self.embedding(levels.pooled),
            patches=patches(levels, self.trunk.widths.eighth),
            strangeness=self.strangeness(levels.pooled),
            recaptured=self.capture(self.trunk.crops(crops)),
            severity=self.severity(told(maps, places)),
        )


FINE_WEIGHS = 0.7
"""Of a patch's fine half beside the deep one's 1: the light and the background pass through the fine one."""


def patches(levels: Levels, eighth: int = USUAL.eighth) -> Tensor:
    """(n, rows, columns, f): each cell's neighbourhood on two levels (PatchCore, Roth 2022), normalised."""
    fourth = levels.fine[:, -eighth:]
    near = [F.avg_pool2d(level, 3, stride=1, padding=1) for level in (fourth, levels.middle)]
    near[1] = F.interpolate(near[1], size=fourth.shape[2:], mode="bilinear")
    fine, deep = (F.normalize(level, dim=1) for level in near)
    return torch.cat([FINE_WEIGHS * fine, deep], 1).permute(0, 2, 3, 1)
