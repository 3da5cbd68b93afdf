"""Layers of a line or two."""

from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.rbf import RBF
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.temperature import Temperature


def _noise(torch: Any, layer: GaussianNoise, x: Any, _weights: dict[str, Any], is_training: bool) -> Any:
    return x + torch.randn_like(x) * layer.deviation if is_training else x


def _reshape(torch: Any, layer: Reshape, x: Any, _weights: dict[str, Any], _: bool) -> Any:
    lengths = [-1 if word == "?" else int(word) for word in layer.shape.split("×")]
    return torch.reshape(x, (len(x), *lengths))


def _rbf(torch: Any, _layer: RBF, x: Any, weights: dict[str, Any], _: bool) -> Any:
    squares = ((x[:, None] - weights["centres"]) ** 2).sum(-1)
    return torch.exp(-squares / (2 * weights["log_widths"].exp() ** 2))


PEERS = {
    GaussianNoise: _noise,
    Reshape: _reshape,
    Temperature: lambda torch, layer, x, _weights, _: torch.softmax(x / layer.temperature, -1),
    RBF: _rbf,
}


def _another_shape(size: Shape, place: int, is_open: bool) -> tuple[Layer, Shape]:
    words = [str(length) for length in size]
    if is_open:
        words[place % len(words)] = "?"
    return Reshape(shape="×".join(words)), (prod(size),)


_LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    GaussianNoise: st.tuples(st.builds(GaussianNoise, deviation=st.floats(0, 10)), _LENGTHS),
    Reshape: st.builds(_another_shape, _LENGTHS, st.integers(0, 3), st.booleans()),
    Temperature: st.tuples(st.builds(Temperature, temperature=st.floats(0.2, 20)), _LENGTHS),
    RBF: st.tuples(st.builds(RBF, units=st.integers(1, 9)), st.tuples(st.integers(1, 20))),
}
