"""Any convolutional classifier of torchvision: maps are taken where its stages end."""

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training.backbones.backbone import Backbone, BackboneUnusable, Maps
from training.backbones.weights import DEFAULT_WEIGHTS, NO_WEIGHTS, read_weights, seeded

_NESTED = ("features", "trunk_output", "layers")  # what families keep their stages in
_SIDE = 64  # pixels of the picture that shows which stage ends where
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_stand_ins: list[Any] = []


class Extracted(Backbone):
    """A torchvision model by its name, its batch norms folded into its convolutions where they follow one.

    `weights`: `default` downloads torchvision's own; `none`; or a file of the classifier's state dict.
    Raises `BackboneUnusable`, also for models without maps at all of 1/4 to 1/32 of the side (transformers).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, model: str, weights: str = DEFAULT_WEIGHTS) -> None:
        super().__init__()
        net, (mean, deviation) = _classifier(model, weights)
        self.ends = stage_ends(net, model)
        self.body = _folded(net, list(dict.fromkeys(self.ends)))
        self.register_buffer("mean", 255 * torch.tensor(mean).reshape(3, 1, 1), persistent=False)
        self.register_buffer("scale", 255 * torch.tensor(deviation).reshape(3, 1, 1), persistent=False)
        said = self(torch.zeros((1, _SIDE, _SIDE, 3), dtype=torch.uint8))
        self.channels = Maps(*(one.shape[1] for one in said))

    def forward(self, pixels: Tensor) -> Maps[Tensor]:
        """(n, rows, columns, 3) uint8 RGB to (n, channels, rows, columns) each."""
        said = self.body((pixels.permute(0, 3, 1, 2).float() - self.mean) / self.scale)
        return Maps(*(said[end] for end in self.ends))

    def train(self, mode: bool = True) -> "Extracted":
        """Always as in evaluation: no layer is dropped, and what norms know of a batch stays what it was."""
        return super().train(False)


def credit(model: str, weights: str) -> str:
    """For a model card: what it is and on which terms."""
    own = (
        "its default weights, pretrained on ImageNet"
        if weights == DEFAULT_WEIGHTS
        else "weights of one's own"
    )
    return f"{model} of torchvision {_torchvision().__version__}, BSD-3-Clause; {own}"


def stage_ends(net: nn.Module, model: str) -> Maps[str]:
    """Where each map is taken, as paths of modules: the last one before the side is halved again."""
    sizes = _sizes(net, model)

    def of(share: int) -> list[str]:
        found = [name for name, (_, side) in sizes.items() if side * share == _SIDE]
        if not found:
            raise BackboneUnusable(f"{model} has no map of 1/{share} of a picture's side.")
        return found

    width = {name: channels for name, (channels, _) in sizes.items()}
    sixteenth, last = of(16), of(32)
    others = [name for name in sixteenth if width[name] != width[sixteenth[-1]]]
    narrower = [name for name in last[-2:-1] if width[name] < width[last[-1]]]  # the last one only widens
    return Maps(
        quarter=of(4)[-1],
        eighth=of(8)[-1],
        early=[*sixteenth[:1], *others][-1],
        middle=sixteenth[-1],
        deep=[last[-1], *narrower][-1],
        top=last[-1],
    )


def _sizes(net: nn.Module, model: str) -> Mapping[str, tuple[int, int]]:
    """Channels and side of every square map that a stage ends in, in the order they are made."""
    try:
        body = _folded(net, list(_stages(net)))
        with torch.inference_mode(), contextlib.redirect_stderr(io.StringIO()):  # torch prints its own code
            said = body(torch.zeros(1, 3, _SIDE, _SIDE))
    # tracing fails with whatever the model's own code raises on a symbol
    except Exception as error:
        raise BackboneUnusable(f"{model} cannot be cut into stages: {type(error).__name__}.") from error
    return {
        name: (one.shape[1], one.shape[2])
        for name, one in said.items()
        if one.dim() == 4 and one.shape[2] == one.shape[3]
    }


def _stages(net: nn.Module) -> Iterator[str]:
    for name, child in net.named_children():
        if name in _NESTED:
            yield from (f"{name}.{inner}" for inner, _ in child.named_children())
        elif name not in ("avgpool", "classifier", "fc"):
            yield name


def _folded(net: nn.Module, ends: Sequence[str]) -> nn.Module:
    """Pictures in, a map by the name of each end out; frozen as in evaluation."""
    _torchvision()
    from torchvision.models.feature_extraction import create_feature_extractor  # noqa: PLC0415 — an extra

    extractor: Any = create_feature_extractor(net.eval(), return_nodes=list(ends))
    # traced once more: the extractor takes a convolution and its norm as one, and leaves them unfolded
    body = fx.symbolic_trace(fx.GraphModule(extractor, extractor.eval_graph))
    for node in list(body.graph.nodes):
        _fold_into_convolution(body, node)
    body.recompile()
    return body


def _fold_into_convolution(body: fx.GraphModule, node: fx.Node) -> None:
    """If it is a batch norm, and the one reader of a convolution."""
    before = node.args[0] if node.op == "call_module" and node.args else None
    if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) > 1:
        return
    norm, conv = (body.get_submodule(str(one.target)) for one in (node, before))
    if isinstance(norm, nn.BatchNorm2d) and isinstance(conv, nn.Conv2d):
        body.set_submodule(str(before.target), fuse_conv_bn_eval(conv, norm))
        node.replace_all_uses_with(before)
        body.graph.erase_node(node)
        body.delete_submodule(str(node.target))


def _classifier(model: str, weights: str) -> tuple[nn.Module, tuple[Sequence[float], Sequence[float]]]:
    """The model in evaluation mode; mean and deviation of its pixels in [0, 1]."""
    models: Any = _torchvision().models
    if model not in models.list_models(models):
        raise BackboneUnusable(f"torchvision has no classifier {model!r}.")
    own = models.get_model_weights(model).DEFAULT
    shown = own.transforms()
    pixels = (shown.mean, shown.std) if hasattr(shown, "mean") else _IMAGENET
    if weights == DEFAULT_WEIGHTS:
        if "SWAG" in own.name:
            raise BackboneUnusable(
                f"The only weights of {model} are CC-BY-NC: not for trade. Give others as a file."
            )
        try:
            return models.get_model(model, weights=own).eval(), pixels
        except OSError as error:  # urllib's, and what a disk says
            raise BackboneUnusable(
                f"The weights of {model} could not be downloaded ({error}). Give a file as backbone_weights."
            ) from error
    net: nn.Module = seeded(lambda: models.get_model(model, weights=None))
    if weights != NO_WEIGHTS:
        read_weights(net, Path(weights))
    return net.eval(), pixels


def _torchvision() -> ModuleType:
    try:
        return _imported()
    except ImportError as error:
        raise BackboneUnusable("It needs torchvision: pip install 'inspection[backbones]'.") from error


def _imported() -> ModuleType:
    """Beside a torch for CPUs, one for CUDA misses two operators. Nothing here calls them: stand-ins do."""
    try:
        import torchvision  # noqa: PLC0415 — an extra
    except RuntimeError as error:
        if "torchvision::nms" not in str(error) or _stand_ins:
            raise
        library: Any = torch.library.Library
        _stand_ins.append(library("torchvision", "DEF"))  # kept: with the object they would go
        for name in ("nms", "qnms"):
            _stand_ins[0].define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision  # noqa: PLC0415
    found: ModuleType = torchvision
    return found
