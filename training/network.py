"""The network: one frozen backbone, read by small heads. Views and crops in, the bundle's outputs out.

    views -> trunk -> levels -> damage map per kind -> its strongest cells -> damage
                  |          -> patches
                  -> pooled  -> category, embedding, strangeness
    crops -> trunk (first blocks only) + spectrum + colour -> recaptured

The heads see `Levels` and statistics, never pixels: so features are computed once and cached,
and training the heads takes minutes. Everything that normalises is inside the graph.
"""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.trunk import CROP_STATISTICS, DEEP, FINE, MIDDLE, POOLED, TOP, Levels, Trunk

STRONGEST = 6  # cells of a map (of 1,600 at 320 px) that its image-level logit averages


class Outputs(NamedTuple):
    """The graph's outputs by name, in its order; models/README.md says what each means."""

    damage: Tensor
    damage_map: Tensor
    category: Tensor
    embedding: Tensor
    patches: Tensor
    strangeness: Tensor
    recaptured: Tensor


class Standardise(nn.Module):
    """(x - mean) / scale, channel by channel; both are set from training features, then fixed."""

    def __init__(self, channels: int, *, trailing: int = 0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, *[1] * trailing))
        self.register_buffer("scale", torch.ones(channels, *[1] * trailing))

    def forward(self, x: Tensor) -> Tensor:
        """Zero mean and unit deviation over the training features."""
        return (x - self.get_buffer("mean")) / self.get_buffer("scale")


class DamageHead(nn.Module):
    """A map of logits a kind of defect, and the image's logit pooled from that map alone."""

    def __init__(self, kinds: int, width: int = 48) -> None:
        super().__init__()
        sizes = (FINE, MIDDLE, DEEP)
        self.scales = nn.ModuleList(Standardise(size, trailing=2) for size in sizes)
        self.narrow = nn.ModuleList(nn.Conv2d(size, width, 1) for size in sizes)
        self.blend = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, kinds, 1)
        nn.init.constant_(cast(Tensor, self.out.bias), -4.0)  # damage is rare: else epochs go into that

    def forward(self, levels: Levels) -> Tensor:
        """(n, kinds, rows, columns) logits at the fine level's resolution."""
        rows_columns = levels.fine.shape[2:]
        narrowed = [
            narrow(scale(level))
            for level, scale, narrow in zip(levels[:3], self.scales, self.narrow, strict=True)
        ]
        # interpolated after narrowing: the same sum, a fraction of the work
        x = sum(F.interpolate(x, size=rows_columns, mode="bilinear") for x in narrowed[1:])
        x = F.relu(narrowed[0] + x)
        maps: Tensor = self.out(F.relu(x + self.blend(x)))
        return maps

    @staticmethod
    def pool(maps: Tensor) -> Tensor:
        """(n, kinds) logits: the mean of each map's strongest cells."""
        return maps.flatten(2).topk(STRONGEST, dim=2).values.mean(2)


class Strangeness(nn.Module):
    """Distance from the training photos, in deviations along their principal directions."""

    def __init__(self, directions: int) -> None:
        super().__init__()
        self.whiten = nn.Linear(POOLED, directions)

    def forward(self, pooled: Tensor) -> Tensor:
        """(n,), about 1 for a photo like those trained on."""
        directions: Tensor = self.whiten(pooled)
        return directions.square().mean(1).sqrt()


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


class Network(nn.Module):
    """The whole graph of a bundle."""

    def __init__(self, trunk: Trunk, *, kinds: int, categories: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.damage = DamageHead(kinds)
        self.category = nn.Linear(POOLED, categories)
        self.register_buffer("usual", torch.zeros(TOP))
        self.strangeness = Strangeness(64)
        self.capture = CaptureHead()

    def forward(self, views: Tensor, crops: Tensor) -> Outputs:
        """Views (n, side, side, 3) and crops (m, crop, crop, 3), both uint8."""
        levels = self.trunk.views(views)
        maps = self.damage(levels)
        return Outputs(
            damage=self.damage.pool(maps),
            damage_map=maps,
            category=self.category(levels.pooled),
            embedding=self.embed(levels.pooled),
            patches=patches(levels),
            strangeness=self.strangeness(levels.pooled),
            recaptured=self.capture(self.trunk.crops(crops)),
        )

    def embed(self, pooled: Tensor) -> Tensor:
        """(n, TOP), unit length: how the top features depart from the usual photo's."""
        return F.normalize(pooled[:, :TOP] - self.get_buffer("usual"), dim=1)


def patches(levels: Levels) -> Tensor:
    """(n, rows, columns, f): each cell's neighbourhood on two levels (PatchCore, Roth 2022), normalised."""
    fourth = levels.fine[:, -40:]
    near = [F.avg_pool2d(level, 3, stride=1, padding=1) for level in (fourth, levels.middle)]
    near[1] = F.interpolate(near[1], size=fourth.shape[2:], mode="bilinear")
    return torch.cat([F.normalize(level, dim=1) for level in near], 1).permute(0, 2, 3, 1)
