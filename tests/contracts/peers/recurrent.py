"""Recurrent layers and the embedding, as PyTorch computes them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.activations import ReLU, Tanh
from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.simple_rnn import SimpleRNN

Recurrent = LSTM | GRU | SimpleRNN


def _read(module: Any, torch: Any, layer: Recurrent, x: Any, parameters: dict[str, Any]) -> Any:
    """What a layer gives out, from PyTorch's module of the same kind with the parameters put in."""
    if x.ndim == 2:
        x = x[..., None]
    is_backward = layer.direction == "backward"
    outputs, _ = torch.func.functional_call(module, parameters, (x.flip(1) if is_backward else x,))
    if layer.returns == "all":
        return outputs.flip(1) if is_backward else outputs
    if layer.direction == "both":
        return torch.cat([outputs[:, -1, : layer.units], outputs[:, 0, layer.units :]], -1)
    return outputs[:, -1]


def _ways(layer: Recurrent) -> list[tuple[str, str]]:
    """Beginning of our names and end of PyTorch's, for each direction that has weights."""
    return [("", "_l0"), ("backward_", "_l0_reverse")][: 2 if layer.direction == "both" else 1]


def _settings(layer: Recurrent, x: Any) -> dict[str, Any]:
    return {
        "input_size": x.shape[2] if x.ndim == 3 else 1,
        "hidden_size": layer.units,
        "batch_first": True,
        "bidirectional": layer.direction == "both",
        "dtype": x.dtype,
    }


def _lstm(torch: Any, layer: Layer, x: Any, weights: dict[str, Any], is_training: bool) -> Any:
    assert isinstance(layer, LSTM)
    parameters = {}
    for ours, theirs in _ways(layer):
        parameters[f"weight_ih{theirs}"] = weights[f"{ours}kernel"].T
        parameters[f"weight_hh{theirs}"] = weights[f"{ours}recurrent_kernel"].T
        parameters[f"bias_ih{theirs}"] = weights[f"{ours}bias"]
        parameters[f"bias_hh{theirs}"] = torch.zeros_like(weights[f"{ours}bias"])
    return _read(torch.nn.LSTM(**_settings(layer, x)), torch, layer, x, parameters)


def _gru(torch: Any, layer: Layer, x: Any, weights: dict[str, Any], is_training: bool) -> Any:
    assert isinstance(layer, GRU)

    def reordered(weight: Any) -> Any:
        update, reset, candidate = weight.T.chunk(3)  # PyTorch has the reset gate first
        return torch.cat([reset, update, candidate])

    parameters = {}
    for ours, theirs in _ways(layer):
        parameters[f"weight_ih{theirs}"] = reordered(weights[f"{ours}kernel"])
        parameters[f"weight_hh{theirs}"] = reordered(weights[f"{ours}recurrent_kernel"])
        parameters[f"bias_ih{theirs}"] = reordered(weights[f"{ours}bias"][None]).flatten()
        parameters[f"bias_hh{theirs}"] = reordered(weights[f"{ours}recurrent_bias"][None]).flatten()
    return _read(torch.nn.GRU(**_settings(layer, x)), torch, layer, x, parameters)


def _simple_rnn(torch: Any, layer: Layer, x: Any, weights: dict[str, Any], is_training: bool) -> Any:
    assert isinstance(layer, SimpleRNN)
    parameters = {}
    for ours, theirs in _ways(layer):
        parameters[f"weight_ih{theirs}"] = weights[f"{ours}kernel"].T
        parameters[f"weight_hh{theirs}"] = weights[f"{ours}recurrent_kernel"].T
        parameters[f"bias_ih{theirs}"] = weights[f"{ours}bias"]
        parameters[f"bias_hh{theirs}"] = torch.zeros_like(weights[f"{ours}bias"])
    module = torch.nn.RNN(**_settings(layer, x), nonlinearity=layer.activation.tag())
    return _read(module, torch, layer, x, parameters)


def _embedding(torch: Any, layer: Layer, x: Any, weights: dict[str, Any], is_training: bool) -> Any:
    return torch.nn.functional.embedding(x.long(), weights["table"])


PEERS = {LSTM: _lstm, GRU: _gru, SimpleRNN: _simple_rnn, Embedding: _embedding}
WITHOUT_PEER: set[type[Layer]] = set()

_sizes: SearchStrategy[Shape] = st.one_of(
    st.tuples(st.integers(1, 5)), st.tuples(st.integers(1, 5), st.integers(1, 4))
)
_common: dict[str, Any] = {
    "units": st.integers(1, 5),
    "returns": st.sampled_from(["last", "all"]),
    "direction": st.sampled_from(["forward", "backward", "both"]),
}
_VOCABULARY = 7
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    LSTM: st.tuples(st.builds(LSTM, **_common), _sizes),
    GRU: st.tuples(st.builds(GRU, **_common), _sizes),
    SimpleRNN: st.tuples(
        st.builds(SimpleRNN, activation=st.sampled_from([Tanh(), ReLU()]), **_common), _sizes
    ),
    Embedding: st.tuples(
        st.builds(Embedding, vocabulary=st.integers(_VOCABULARY, 9), dimensions=st.integers(1, 4)), _sizes
    ),
}
INDEX_INPUTS: dict[type[Layer], int] = {Embedding: _VOCABULARY}
