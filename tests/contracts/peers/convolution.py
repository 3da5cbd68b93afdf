"""Convolutions and up-sampling. PyTorch's images have their channels first, and its kernels their filters."""

from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.activations import ActivationFunction, Linear, Sigmoid, Tanh
from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.up_sampling2d import UpSampling2D
from tests.contracts.peers.activation import torch_activation


def _same(length: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros before and after an axis so that there are ⌈length / stride⌉ windows, as Keras adds them."""
    windows = (length + stride - 1) // stride
    total = max((windows - 1) * stride + (size - 1) * dilation + 1 - length, 0)
    return total // 2, total - total // 2


def _surrounded(torch: Any, layer: Conv1D | Conv2D, x: Any) -> Any:
    """``x``, channels first, with the zeros of padding "same" along all axes from the third on."""
    if layer.padding == "valid":
        return x
    margins: list[int] = []
    for length in x.shape[:1:-1]:  # PyTorch begins with the last axis
        margins += _same(length, layer.kernel_size, layer.stride, layer.dilation)
    return torch.nn.functional.pad(x, margins)


def _conv2d(torch: Any, layer: Conv2D, x: Any, weights: dict[str, Any], _: bool) -> Any:
    x = x[..., None] if x.ndim == 3 else x
    images = _surrounded(torch, layer, x.permute(0, 3, 1, 2))
    kernel = weights["kernel"].permute(3, 2, 0, 1).contiguous()
    settings = {"stride": layer.stride, "dilation": layer.dilation, "groups": layer.groups}
    y = torch.nn.functional.conv2d(images, kernel, weights["bias"], **settings)
    return torch_activation(torch, layer.activation, y.permute(0, 2, 3, 1))


def _conv1d(torch: Any, layer: Conv1D, x: Any, weights: dict[str, Any], _: bool) -> Any:
    x = x[..., None] if x.ndim == 2 else x
    rows = _surrounded(torch, layer, x.permute(0, 2, 1))
    kernel = weights["kernel"].permute(2, 1, 0).contiguous()
    settings = {"stride": layer.stride, "dilation": layer.dilation, "groups": layer.groups}
    y = torch.nn.functional.conv1d(rows, kernel, weights["bias"], **settings)
    return torch_activation(torch, layer.activation, y.permute(0, 2, 1))


def _transposed(torch: Any, layer: ConvTranspose2D, x: Any, weights: dict[str, Any], _: bool) -> Any:
    x = x[..., None] if x.ndim == 3 else x
    kernel = weights["kernel"].permute(3, 2, 0, 1).contiguous()
    y = torch.nn.functional.conv_transpose2d(x.permute(0, 3, 1, 2), kernel, stride=layer.stride)
    # Where the stride is larger than the kernel, PyTorch ends with the last kernel, Keras with the stride.
    gap = max(layer.stride - layer.kernel_size, 0)
    y = torch.nn.functional.pad(y, (0, gap, 0, gap))
    if layer.padding == "same":
        height, width = (length * layer.stride for length in x.shape[1:3])
        top, left = (_same(length, layer.kernel_size, layer.stride)[0] for length in (height, width))
        y = y[:, :, top : top + height, left : left + width]
    return torch_activation(torch, layer.activation, y.permute(0, 2, 3, 1) + weights["bias"])


def _up_sampling(torch: Any, layer: UpSampling2D, x: Any, _weights: dict[str, Any], _: bool) -> Any:
    x = x[..., None] if x.ndim == 3 else x
    larger = torch.nn.functional.interpolate(x.permute(0, 3, 1, 2), scale_factor=layer.factor, mode="nearest")
    return larger.permute(0, 2, 3, 1)


PEERS = {
    Conv1D: _conv1d,
    Conv2D: _conv2d,
    ConvTranspose2D: _transposed,
    UpSampling2D: _up_sampling,
}

_PADDINGS: SearchStrategy[Literal["valid", "same"]] = st.sampled_from(["valid", "same"])
_SMOOTH: SearchStrategy[ActivationFunction] = st.sampled_from([Linear(), Tanh(), Sigmoid()])


@st.composite
def _convolutions(draw: st.DrawFn, kind: type[Conv1D] | type[Conv2D], axes: int) -> tuple[Layer, Shape]:
    size, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    groups, is_depthwise = draw(st.integers(1, 3)), draw(st.booleans())
    depth, each = (1, 1) if is_depthwise else (draw(st.integers(1, 6)), draw(st.integers(1, 3)))
    layer = kind(
        filters=each * groups,
        kernel_size=size,
        stride=draw(st.integers(1, 3)),
        padding=draw(_PADDINGS),
        dilation=dilation,
        groups=groups,
        activation=draw(_SMOOTH),  # type: ignore[arg-type]
    )
    least = (size - 1) * dilation + 1 if layer.padding == "valid" else 1
    lengths = tuple(draw(st.integers(least, least + 6)) for _ in range(axes))
    has_channels = depth * groups > 1 or draw(st.booleans())
    return layer, (*lengths, depth * groups) if has_channels else lengths


_IMAGES = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4))
_TRANSPOSED = st.builds(
    ConvTranspose2D,
    filters=st.integers(1, 6),
    kernel_size=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=_PADDINGS,
    activation=_SMOOTH,
)
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    Conv1D: _convolutions(Conv1D, 1),
    Conv2D: _convolutions(Conv2D, 2),
    ConvTranspose2D: st.tuples(_TRANSPOSED, _IMAGES),
    UpSampling2D: st.tuples(st.builds(UpSampling2D, factor=st.integers(1, 4)), _IMAGES),
}
