"""PyTorch's pooling: channels first, and padded by hand where Keras's "same" is asked for."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.average_pool1d import AveragePool1D
from neuralstudio.layers.average_pool2d import AveragePool2D
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.max_pool1d import MaxPool1D
from neuralstudio.layers.max_pool2d import MaxPool2D

Pool = MaxPool1D | MaxPool2D | AveragePool1D | AveragePool2D


def _padded(torch: Any, layer: Pool, x: Any, value: float) -> Any:
    """Channels-first x with what "same" adds on either side of every axis."""
    if layer.padding == "valid":
        return x
    sides: list[int] = []
    for length in x.shape[:1:-1]:  # PyTorch counts from the last axis
        stride = layer.stride or layer.size
        missing = max((-(-length // stride) - 1) * stride + layer.size - length, 0)
        sides += [missing // 2, missing - missing // 2]
    return torch.nn.functional.pad(x, sides, value=value)


def _channels_first(layer: Pool, x: Any) -> Any:
    with_channels = (
        x if x.ndim == (3 if isinstance(layer, MaxPool1D | AveragePool1D) else 4) else x[..., None]
    )
    return with_channels.movedim(-1, 1)


def _max(torch: Any, layer: MaxPool1D | MaxPool2D, x: Any, *_: Any) -> Any:
    pool = torch.nn.functional.max_pool1d if isinstance(layer, MaxPool1D) else torch.nn.functional.max_pool2d
    padded = _padded(torch, layer, _channels_first(layer, x), -float("inf"))
    return pool(padded, layer.size, layer.stride or layer.size).movedim(1, -1)


def _average(torch: Any, layer: AveragePool1D | AveragePool2D, x: Any, *_: Any) -> Any:
    functions = torch.nn.functional
    pool = functions.avg_pool1d if isinstance(layer, AveragePool1D) else functions.avg_pool2d
    image = _channels_first(layer, x)

    def pooled(each: Any) -> Any:
        return pool(_padded(torch, layer, each, 0), layer.size, layer.stride or layer.size)

    return (pooled(image) / pooled(torch.ones_like(image))).movedim(1, -1)


PEERS = {
    MaxPool1D: _max,
    MaxPool2D: _max,
    AveragePool1D: _average,
    AveragePool2D: _average,
    GlobalAveragePool: lambda _torch, _layer, x, *_: x.flatten(1, -2).mean(1),
    GlobalMaxPool: lambda _torch, _layer, x, *_: x.flatten(1, -2).max(1).values,
}


def _settings(kind: type[Layer], axes: int) -> SearchStrategy[tuple[Layer, Shape]]:
    layers = st.builds(
        kind,
        size=st.integers(1, 4),
        stride=st.integers(0, 4),
        padding=st.sampled_from(["valid", "same"]),
    )
    lengths = st.tuples(*(st.integers(4, 9) for _ in range(axes)))
    channels = st.just(()) | st.tuples(st.integers(1, 3))
    return st.tuples(layers, st.builds(lambda image, last: (*image, *last), lengths, channels))


_PLACES = st.lists(st.integers(1, 5), min_size=1, max_size=2)
_ANY = st.builds(lambda places, channels: (*places, channels), _PLACES, st.integers(1, 4))
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    MaxPool1D: _settings(MaxPool1D, 1),
    MaxPool2D: _settings(MaxPool2D, 2),
    AveragePool1D: _settings(AveragePool1D, 1),
    AveragePool2D: _settings(AveragePool2D, 2),
    GlobalAveragePool: st.tuples(st.just(GlobalAveragePool()), _ANY),
    GlobalMaxPool: st.tuples(st.just(GlobalMaxPool()), _ANY),
}
