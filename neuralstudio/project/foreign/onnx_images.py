"""ONNX's convolutions and poolings: channels first, with paddings of any kind."""

from collections.abc import Sequence
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.average_pool1d import AveragePool1D
from neuralstudio.layers.average_pool2d import AveragePool2D
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.max_pool1d import MaxPool1D
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.up_sampling2d import UpSampling2D
from neuralstudio.project.foreign import windows
from neuralstudio.project.foreign.draft import layer
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_reader import Reader, TurnedError, number, reads, whole, word
from neuralstudio.project.foreign.onnx_signals import Signal, fresh

_POOLS: dict[tuple[str, int], type[Layer]] = {
    ("MaxPool", 1): MaxPool1D,
    ("MaxPool", 2): MaxPool2D,
    ("AveragePool", 1): AveragePool1D,
    ("AveragePool", 2): AveragePool2D,
}
_LINEAR = {"activation": {"kind": "linear"}}


@reads("Conv")
def convolution(reader: Reader, node: Node) -> None:
    kernel, bias = _kernel(reader, node)
    axes = kernel.ndim - 2
    source, (*lengths, channels) = _images(reader, node, axes)
    groups = number(node.attributes.get("group"), 1)
    if groups < 1 or kernel.shape[1] * groups != channels or len(kernel) % groups:
        raise reader.refusal(node, f"its weights are not for {channels} channels")
    strides, dilations = (_each(reader, node, name, axes) for name in ("strides", "dilations"))
    if len({*strides}) > 1 or len({*dilations}) > 1:
        raise reader.refusal(node, "its stride or dilation is not the same both ways")
    seen = [
        windows.axis(length, size, stride, dilation, pads, ceil=False)
        for length, size, stride, dilation, pads in zip(
            lengths,
            kernel.shape[2:],
            strides,
            dilations,
            _pads(reader, node, lengths, kernel.shape[2:], strides, dilations),
            strict=True,
        )
    ]
    fit = windows.convolution_fit(seen)
    if fit is None:
        raise reader.refusal(node, "it has a padding that neither “valid” nor “same” can do")
    kind = layer(
        Conv1D if axes == 1 else Conv2D,
        filters=len(kernel),
        kernel_size=fit.size,
        stride=strides[0],
        padding=fit.padding,
        dilation=dilations[0],
        groups=groups,
        **_LINEAR,
    )
    weights = {"kernel": _widened(reader, kernel, fit).transpose(*range(2, axes + 2), 1, 0), "bias": bias}
    name = reader.draft.add(kind, (source,), weights, reader.owner(node))
    _put(reader, node, name, (*(each.count for each in seen), len(kernel)))


@reads("ConvTranspose")
def transposed_convolution(reader: Reader, node: Node) -> None:
    kernel = reader.weight(node, 1, len(reader.signal(node).axes))
    if kernel.ndim != 4:
        raise reader.refusal(node, "only images can be enlarged by it here")
    source, (*lengths, channels) = _images(reader, node, 2)
    strides, dilations = (_each(reader, node, name, 2) for name in ("strides", "dilations"))
    is_plain = len({*strides}) == 1 and set(dilations) == {1} and number(node.attributes.get("group"), 1) == 1
    if len(kernel) != channels or not is_plain or node.attributes.get("output_shape"):
        raise reader.refusal(node, "it has groups, dilation or a size of its own")
    bias = reader.weight(node, 2, 1) if reader.has(node, 2) else np.zeros(kernel.shape[1], np.float32)
    sizes = kernel.shape[2:]
    extra = whole(node.attributes.get("output_padding")) or (0, 0)
    pads = whole(node.attributes.get("pads")) or (0, 0, 0, 0)
    auto = word(node.attributes.get("auto_pad"), "NOTSET")
    if len(extra) != 2 or len(pads) != 4 or auto not in ("NOTSET", "VALID") or min((*pads, *extra)) < 0:
        raise reader.refusal(node, "it has a padding that cannot be done here")
    seen = [
        windows.Painting(length, size, stride, before, stride * (length - 1) + size + more - before - after)
        for length, size, stride, before, after, more in zip(
            lengths, sizes, strides, pads[:2], pads[2:], extra, strict=True
        )
    ]
    fit = windows.transposed_fit(seen)
    if fit is None or len(bias) != kernel.shape[1]:
        raise reader.refusal(node, "it has a padding that neither “valid” nor “same” can do")
    kind = layer(
        ConvTranspose2D,
        filters=kernel.shape[1],
        kernel_size=fit.size,
        stride=strides[0],
        padding=fit.padding,
        **_LINEAR,
    )
    weights = {"kernel": _widened(reader, kernel, fit).transpose(2, 3, 1, 0), "bias": bias}
    name = reader.draft.add(kind, (source,), weights, reader.owner(node))
    _put(reader, node, name, (*(each.made for each in seen), kernel.shape[1]))


@reads("MaxPool", "AveragePool")
def pooling(reader: Reader, node: Node) -> None:
    sizes = whole(node.attributes.get("kernel_shape"))
    kind = _POOLS.get((node.op, len(sizes)))
    has_places = any(name in reader.uses for name in node.outputs[1:])
    if kind is None or has_places:
        raise reader.refusal(node, "only sequences and images can be pooled here")
    source, (*lengths, channels) = _images(reader, node, len(sizes))
    strides, dilations = (_each(reader, node, name, len(sizes)) for name in ("strides", "dilations"))
    all_pads = _pads(reader, node, lengths, sizes, strides, dilations)
    ceil = bool(number(node.attributes.get("ceil_mode")))
    seen = [
        windows.axis(length, size, stride, 1, pads, ceil=ceil)
        for length, size, stride, pads in zip(lengths, sizes, strides, all_pads, strict=True)
    ]
    counts_padding = bool(number(node.attributes.get("count_include_pad"))) and any(map(any, all_pads))
    fit = windows.pooling_fit(seen)
    if fit is None or counts_padding or len({*strides}) > 1 or set(dilations) != {1}:
        raise reader.refusal(node, "it has a padding or windows that cannot be set here")
    stride = 0 if strides[0] == fit.size else strides[0]
    made = layer(kind, size=fit.size, stride=stride, padding=fit.padding)
    name = reader.draft.add(made, (source,), name=reader.owner(node))
    _put(reader, node, name, (*(each.count for each in seen), channels))


@reads("Resize", "Upsample")
def resize(reader: Reader, node: Node) -> None:
    source, (*lengths, channels) = _images(reader, node, 2)
    mode = word(node.attributes.get("mode"), "nearest")
    turn = word(node.attributes.get("coordinate_transformation_mode"), "half_pixel")
    nearest = word(node.attributes.get("nearest_mode"), "round_prefer_floor")
    repeats = (turn, nearest) in (("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"))
    factors = _factors(reader, node, lengths)
    is_square = len(factors) == 4 and factors[0] == factors[1] == 1 and factors[2] == factors[3]
    if mode != "nearest" or not (repeats or node.op == "Upsample") or not is_square or factors[2] % 1:
        raise reader.refusal(node, "it does more than repeat pixels")
    factor = int(factors[2])
    name = reader.draft.add(layer(UpSampling2D, factor=factor), (source,), name=reader.owner(node))
    _put(reader, node, name, (lengths[0] * factor, lengths[1] * factor, channels))


def _factors(reader: Reader, node: Node, lengths: Sequence[int]) -> list[float]:
    place = 1 if node.op == "Upsample" else 2
    if reader.has(node, place) and reader.array(node, place).size:
        return [float(each) for each in reader.array(node, place).ravel()[:5]]
    sizes = reader.integers(node, 3, "sizes") if reader.has(node, 3) else None
    if sizes is None or len(sizes) != 4:
        raise reader.refusal(node, "it does not say by how much")
    return [1, 1, sizes[2] / lengths[0], sizes[3] / lengths[1]]


# ── shared by several ────────────────────────────────────────────────────────────────────────────────


def _images(reader: Reader, node: Node, axes: int) -> tuple[str, Shape]:
    """The layer whose sequences (1 axis) or images (2) are read, and their shape, channels last."""
    x: Signal = reader.signal(node)
    if len(x.axes) != axes + 2:
        raise reader.refusal(node, "its input has another number of axes than its weights")
    if x.batch:
        raise TurnedError("It reads images whose axes lie in another order")
    return reader.feed(x, [*range(2, axes + 2), 1], is_channel_open=True)


def _kernel(reader: Reader, node: Node) -> tuple[Array, Array]:
    rank = len(reader.signal(node).axes)
    if rank not in (3, 4):
        raise reader.refusal(node, "only sequences and images can be convolved here")
    kernel = reader.weight(node, 1, rank)
    bias = reader.weight(node, 2, 1) if reader.has(node, 2) else np.zeros(len(kernel), np.float32)
    if len(bias) != len(kernel):
        raise reader.refusal(node, "its weights do not fit together")
    return kernel, bias


def _each(reader: Reader, node: Node, name: str, axes: int) -> tuple[int, ...]:
    """A setting for each axis, 1 where nothing is said."""
    found = whole(node.attributes.get(name)) or (1,) * axes
    if len(found) != axes or min(found) < 1:
        raise reader.refusal(node, f"its {name} are not a number for each axis")
    return found


def _pads(
    reader: Reader,
    node: Node,
    lengths: Sequence[int],
    sizes: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> list[tuple[int, int]]:
    """What is added before and after each axis."""
    auto = word(node.attributes.get("auto_pad"), "NOTSET")
    axes = len(sizes)
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        is_lower = auto == "SAME_LOWER"
        parts = zip(lengths, sizes, strides, dilations, strict=True)
        return [windows.same_pads(*part, is_lower=is_lower) for part in parts]
    pads = whole(node.attributes.get("pads")) if auto == "NOTSET" else ()
    pads = pads or (0,) * (2 * axes)
    if len(pads) != 2 * axes or min(pads) < 0 or max(pads) > 1 << 20:
        raise reader.refusal(node, "its padding is not two numbers for each axis")
    return list(zip(pads[:axes], pads[axes:], strict=True))


def _widened(reader: Reader, kernel: Array, fit: windows.Fit) -> Array:
    """The kernel with zeros around it where ours is larger."""
    if kernel.shape[2:] == (fit.size,) * (kernel.ndim - 2):
        return kernel
    shape = (*kernel.shape[:2], *(fit.size,) * (kernel.ndim - 2))
    reader.fold(prod(shape))
    wide = np.zeros(shape, np.float32)
    inside = tuple(slice(at, at + size) for at, size in zip(fit.offsets, kernel.shape[2:], strict=True))
    wide[(slice(None), slice(None), *inside)] = kernel
    return wide


def _put(reader: Reader, node: Node, name: str, shape: Shape) -> None:
    """What a layer made, with its channels first."""
    reader.put(node, fresh(name, shape, (0, len(shape), *range(1, len(shape)))))
