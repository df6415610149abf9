"""The frozen backbone, and what it says of whole views and of native-resolution crops."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.backbones import Backbone, Lite, Maps


class Widths(NamedTuple):
    """Channels of what the heads read; the first four are those of `Levels`."""

    fine: int
    middle: int
    deep: int
    pooled: int
    top: int  # the first of the pooled
    eighth: int  # the last of the fine
    crops: int

    @classmethod
    def of(cls, channels: Maps[int]) -> "Widths":
        """What the trunk makes of maps so wide."""
        quarter, eighth, early, middle, deep, top = channels
        return cls(
            fine=2 * quarter + eighth,
            middle=middle,
            deep=deep,
            pooled=top + 2 * middle + eighth,
            top=top,
            eighth=eighth,
            crops=2 * (quarter + eighth + early + middle) + 63 + 2 * 15 + 10,
        )


USUAL = Widths.of(Maps(24, 40, 80, 112, 320, 1280))
"""Those of EfficientNet-Lite0."""


class Levels(NamedTuple):
    """What the heads read of views; (n, channels, rows, columns), at 320 px as many rows as are told."""

    fine: Tensor  # a quarter (its mean and its maximum in each 2 x 2) and an eighth of the side; 40 x 40
    middle: Tensor  # 20 x 20
    deep: Tensor  # 10 x 10
    pooled: Tensor  # (n, pooled)


class Trunk(nn.Module):
    """A pretrained backbone, EfficientNet-Lite0 if none is given, frozen, and what is made of its maps."""

    def __init__(self, backbone: Backbone | None = None) -> None:
        super().__init__()
        self.backbone = Lite() if backbone is None else backbone
        self.widths = Widths.of(self.backbone.channels)
        for colour, table in (("luma", _cosines(8)), ("chroma", _cosines(4))):
            self.register_buffer(f"{colour}_cosines", table[1:])  # without the mean
        self.requires_grad_(False)
        self.eval()

    def views(self, views: Tensor) -> Levels:
        """(n, side, side, 3) uint8 to what the heads read of it."""
        maps: Maps[Tensor] = self.backbone(views)
        pooled = [maps.top.mean((2, 3)), *_mean_and_deviation(maps.middle), maps.eighth.mean((2, 3))]
        fine = torch.cat([F.avg_pool2d(maps.quarter, 2), F.max_pool2d(maps.quarter, 2), maps.eighth], 1)
        return Levels(fine, maps.middle, maps.deep, torch.cat(pooled, 1))

    def crops(self, crops: Tensor) -> Tensor:
        """(m, crop, crop, 3) uint8 to (m, widths.crops): texture, spectrum, colour."""
        texture = [s for one in self.backbone.texture(crops) for s in _mean_and_deviation(one)]
        return torch.cat([*texture, *self._spectrum_and_colour(crops.permute(0, 3, 1, 2).float() / 255)], 1)

    def _spectrum_and_colour(self, rgb: Tensor) -> list[Tensor]:
        """Cosine energies find grids, resampling and JPEG; colour finds the tone of a bright display."""
        red, green, blue = rgb.unbind(1)
        luma = (0.299 * red + 0.587 * green + 0.114 * blue).unsqueeze(1)
        chroma = torch.stack([blue - luma[:, 0], red - luma[:, 0]], 1)
        fine = F.conv2d(luma, self.get_buffer("luma_cosines"), stride=4)
        coarse = F.conv2d(chroma, self.get_buffer("chroma_cosines").repeat(2, 1, 1, 1), stride=4, groups=2)
        energies = [torch.log(band.abs().mean((2, 3)) + 1e-4) for band in (fine, coarse)]
        level = torch.cat(_mean_and_deviation(rgb), 1)
        clipped = torch.stack(
            [(luma > 0.97).float().mean((1, 2, 3)), (luma < 0.05).float().mean((1, 2, 3))], 1
        )
        casts = torch.stack([(blue - red).mean((1, 2)), chroma.abs().mean((1, 2, 3))], 1)
        return [*energies, level, clipped, casts]


def _mean_and_deviation(x: Tensor) -> list[Tensor]:
    """Over each channel's plane; the small term keeps a flat plane's gradient and logarithm finite."""
    mean = x.mean((2, 3))
    return [mean, (x.square().mean((2, 3)) - mean.square()).clamp(min=1e-6).sqrt()]


def _cosines(size: int) -> Tensor:
    """The 2-D cosine transform as (size², 1, size, size) filters."""
    line = torch.tensor(
        [
            [
                math.cos(math.pi * (2 * x + 1) * u / (2 * size)) * math.sqrt((1 if u == 0 else 2) / size)
                for x in range(size)
            ]
            for u in range(size)
        ]
    )
    return torch.einsum("uy,vx->uvyx", line, line).reshape(size * size, 1, size, size)
