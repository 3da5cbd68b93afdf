"""Normalising layers."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.layer_norm import LayerNorm


def _batch_norm(torch: Any, layer: BatchNorm, x: Any, weights: dict[str, Any], is_training: bool) -> Any:
    # PyTorch has the channels second; running averages are looked at in prediction only.
    mean, variance = (None, None) if is_training else (weights["moving_mean"], weights["moving_variance"])
    gamma, beta = weights["gamma"], weights["beta"]
    y = torch.nn.functional.batch_norm(
        x.movedim(-1, 1), mean, variance, gamma, beta, is_training, 1 - layer.momentum, layer.epsilon
    )
    return y.movedim(1, -1)


def _layer_norm(torch: Any, layer: LayerNorm, x: Any, weights: dict[str, Any], _: bool) -> Any:
    gamma, beta = weights["gamma"], weights["beta"]
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gamma, beta, layer.epsilon)


PEERS = {BatchNorm: _batch_norm, LayerNorm: _layer_norm}

# Few rows: what is compared is a descent towards 0, and at the end of it only rounding would be left.
_FRONTS = st.sampled_from([(), (1,), (3,), (5,), (1, 1), (2, 3), (3, 2)])
_EPSILONS = st.sampled_from([1e-3, 1e-2, 0.5])


def _sizes(fewest: int) -> SearchStrategy[Shape]:
    return st.builds(lambda front, last: (*front, last), _FRONTS, st.integers(fewest, 40))


SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    BatchNorm: st.tuples(st.builds(BatchNorm, momentum=st.floats(0, 0.99), epsilon=_EPSILONS), _sizes(1)),
    # One feature is its own mean: PyTorch's gradient is then all rounding (ours is 0); two are hardly better.
    LayerNorm: st.tuples(st.builds(LayerNorm, epsilon=_EPSILONS), _sizes(3)),
}
