"""The layers of the first lesson."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.activations import ACTIVATIONS
from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import FEATURES, Features
from neuralstudio.layers.flatten import Flatten
from tests.contracts.peers.activation import torch_activation


def _dense(torch: Any, layer: Dense, x: Any, weights: dict[str, Any], _: bool) -> Any:
    linear = torch.nn.functional.linear(x, weights["kernel"].T, weights["bias"])
    return torch_activation(torch, layer.activation, linear)


def _features(torch: Any, layer: Features, x: Any, _weights: dict[str, Any], _: bool) -> Any:
    x1, x2 = x[:, 0], x[:, 1]
    every = {
        "x1": x1, "x2": x2, "x1-squared": x1**2, "x2-squared": x2**2, "x1-x2": x1 * x2,
        "sin-x1": x1.sin(), "sin-x2": x2.sin(), "cos-x1": x1.cos(), "cos-x2": x2.cos(),
    }  # fmt: skip
    return torch.stack([every[name] for name in FEATURES if name in layer.chosen], 1)


PEERS = {
    Dense: _dense,
    Features: _features,
    Flatten: lambda torch, _layer, x, _weights, _: torch.flatten(x, 1),
    Dropout: lambda torch, layer, x, _weights, is_training: torch.nn.functional.dropout(
        x, layer.rate, is_training
    ),
}
_ROWS = st.tuples(st.integers(1, 7))
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    Features: st.tuples(
        st.builds(Features, chosen=st.lists(st.sampled_from(FEATURES), min_size=1).map(tuple)), st.just((2,))
    ),
    Dense: st.tuples(
        st.builds(
            Dense, units=st.integers(1, 6), activation=st.sampled_from(ACTIVATIONS).map(lambda kind: kind())
        ),
        _ROWS | st.tuples(st.integers(1, 4), st.integers(1, 5)),
    ),
}
