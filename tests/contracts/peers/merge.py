"""Layers that join several others."""

from functools import reduce
from operator import add, mul

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.multiply import Multiply

PEERS = {
    Add: lambda _torch, _layer, x, _weights, _: reduce(add, x),
    Multiply: lambda _torch, _layer, x, _weights, _: reduce(mul, x),
    Concatenate: lambda torch, _layer, x, _weights, _: torch.cat(x, -1),
}

_SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
_COUNTS = st.integers(2, 4)


def _alike(layer: Layer) -> SearchStrategy[tuple[Layer, tuple[Shape, ...]]]:
    return st.tuples(st.just(layer), st.builds(lambda size, count: (size,) * count, _SIZES, _COUNTS))


def _side_by_side(front: Shape, lengths: list[int]) -> tuple[Shape, ...]:
    return tuple((*front, length) for length in lengths)


_FRONTS = st.lists(st.integers(1, 4), max_size=2).map(tuple)
_LENGTHS = st.lists(st.integers(1, 5), min_size=2, max_size=4)
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, tuple[Shape, ...]]]] = {
    Add: _alike(Add()),
    Multiply: _alike(Multiply()),
    Concatenate: st.tuples(st.just(Concatenate()), st.builds(_side_by_side, _FRONTS, _LENGTHS)),
}
