"""The ONNX operators that bundles use, in torch; shapes and indices stay on the CPU, pixels on the device.

Written here because the converters on the registry need a torchvision built for the very same
torch, and stop at older opsets. An operator that is not in the table is a typed error.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Attributes = Mapping[str, Any]
Operator = Callable[..., Any]
"""Takes a node's attributes and its inputs, `None` for those left out; gives a tensor or a tuple of them."""

_TYPES = {1: torch.float32, 2: torch.uint8, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float16}


class Unsupported(ValueError):
    """An operator, or a way of using one, that no bundle has used yet."""


def _conv(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    _square_kernel(a, weight)
    padded, padding = _padded(a, x)
    dilation = tuple(a.get("dilations", (1, 1)))
    stride = tuple(a.get("strides", (1, 1)))
    return functional.conv2d(padded, weight, bias, stride, padding, dilation, a.get("group", 1))


def _square_kernel(a: Attributes, weight: Tensor) -> None:
    if weight.dim() != 4 or a.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        raise Unsupported("Conv other than in two dimensions with explicit padding")


def _padded(a: Attributes, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """torch pads both ends alike; what differs is padded first."""
    top, left, bottom, right = a.get("pads", (0, 0, 0, 0))
    if (top, left) == (bottom, right):
        return x, (top, left)
    return functional.pad(x, (left, right, top, bottom)), (0, 0)


def _average_pool(a: Attributes, x: Tensor) -> Tensor:
    padding = _even_padding(a)
    counted = bool(a.get("count_include_pad", 0))
    kernel = a["kernel_shape"]
    return functional.avg_pool2d(x, kernel, a.get("strides", (1, 1)), padding, count_include_pad=counted)


def _max_pool(a: Attributes, x: Tensor) -> Tensor:
    return functional.max_pool2d(x, a["kernel_shape"], a.get("strides", (1, 1)), _even_padding(a))


def _even_padding(a: Attributes) -> tuple[int, int]:
    top, left, bottom, right = a.get("pads", (0, 0, 0, 0))
    if (top, left) != (bottom, right) or a.get("ceil_mode", 0):
        raise Unsupported("pooling with uneven padding")
    return top, left


def _resize(
    a: Attributes, x: Tensor, _roi: Tensor | None, scales: Tensor | None = None, sizes: Tensor | None = None
) -> Tensor:
    if a.get("mode") != b"linear" or a.get("coordinate_transformation_mode", b"half_pixel") != b"half_pixel":
        raise Unsupported("Resize other than linear with half pixels")
    if sizes is not None and sizes.numel():
        size = sizes.tolist()[2:]
    elif scales is not None:
        size = [int(side * scale) for side, scale in zip(x.shape[2:], scales.tolist()[2:], strict=True)]
    else:
        raise Unsupported("Resize without a size")
    return functional.interpolate(x, size=size, mode="bilinear", antialias=bool(a.get("antialias", 0)))


def _gemm(a: Attributes, x: Tensor, y: Tensor, bias: Tensor | None = None) -> Tensor:
    x, y = (x.T if a.get("transA") else x), (y.T if a.get("transB") else y)
    product = torch.mul(x @ y, a.get("alpha", 1.0))
    return product if bias is None else torch.add(product, a.get("beta", 1.0) * bias)


def _slice(_a: Attributes, x: Tensor, starts: Tensor, ends: Tensor, *rest: Tensor) -> Tensor:
    axes = rest[0].tolist() if rest else range(starts.numel())
    steps = rest[1].tolist() if len(rest) > 1 else [1] * starts.numel()
    index = [slice(None)] * x.dim()
    for axis, start, end, step in zip(axes, starts.tolist(), ends.tolist(), steps, strict=True):
        index[axis] = slice(start, end, step)
    return x[tuple(index)]


def _reshape(_a: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.reshape([x.shape[axis] if side == 0 else side for axis, side in enumerate(shape.tolist())])


def _expand(_a: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    # ONNX broadcasts both ways; a side of 1 in `shape` keeps that of x
    sides = shape.tolist()
    old = [1] * (len(sides) - x.dim()) + list(x.shape)
    return x.expand([have if want == 1 else want for have, want in zip(old, sides, strict=True)])


def _gather(a: Attributes, x: Tensor, index: Tensor) -> Tensor:
    axis = a.get("axis", 0)
    picked = x.index_select(axis, index.flatten().to(x.device))
    return picked.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1 :])


def _top_k(a: Attributes, x: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    found = torch.topk(x, int(k), dim=a.get("axis", -1), largest=bool(a.get("largest", 1)))
    return found.values, found.indices


def _clip(_a: Attributes, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    return torch.clamp(x, low if low is None else float(low), high if high is None else float(high))


def _squeeze(_a: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.squeeze() if axes is None else x.squeeze(axes.tolist())


def _unsqueeze(_a: Attributes, x: Tensor, axes: Tensor) -> Tensor:
    rank = x.dim() + axes.numel()
    for axis in sorted(axis % rank for axis in axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def _reduced(reduce: Callable[[Tensor, list[int], bool], Tensor]) -> Operator:
    def operator(a: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
        over = a.get("axes") if axes is None else axes.tolist()
        return reduce(x, list(over or range(x.dim())), bool(a.get("keepdims", 1)))

    return operator


def _plain(function: Callable[..., Any]) -> Operator:
    return lambda _a, *inputs: function(*inputs)


OPERATORS: dict[str, Operator] = {
    "Abs": _plain(torch.abs),
    "Add": _plain(torch.add),
    "AveragePool": _average_pool,
    "Cast": lambda a, x: x.to(_TYPES[a["to"]]),
    "Clip": _clip,
    "Concat": lambda a, *parts: torch.cat(parts, a["axis"]),
    "Constant": lambda a: a["value"],
    "Conv": _conv,
    "Div": _plain(torch.div),
    "Exp": _plain(torch.exp),
    "Expand": _expand,
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)),
    "Gather": _gather,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda _a, x: x.mean((2, 3), keepdim=True),
    "Greater": _plain(torch.gt),
    "HardSwish": _plain(functional.hardswish),
    "Identity": lambda _a, x: x,
    "Less": _plain(torch.lt),
    "Log": _plain(torch.log),
    "MatMul": _plain(torch.matmul),
    "MaxPool": _max_pool,
    "Mul": _plain(torch.mul),
    "Neg": _plain(torch.neg),
    "Pow": _plain(torch.pow),
    "ReduceL2": _reduced(lambda x, over, keep: torch.linalg.vector_norm(x, dim=over, keepdim=keep)),
    "ReduceLogSumExp": _reduced(torch.logsumexp),
    "ReduceMax": _reduced(torch.amax),
    "ReduceMean": _reduced(torch.mean),
    "ReduceMin": _reduced(torch.amin),
    "ReduceSum": _reduced(torch.sum),
    "Relu": _plain(torch.relu),
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": lambda a, x: torch.tensor(x.shape[a.get("start", 0) : a.get("end")]),
    "Sigmoid": _plain(torch.sigmoid),
    "Slice": _slice,
    "Softmax": lambda a, x: x.softmax(a.get("axis", -1)),
    "Sqrt": _plain(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _plain(torch.sub),
    "TopK": _top_k,
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Unsqueeze": _unsqueeze,
}
