"""What every layer promises: exact gradients, determinism, PyTorch's numbers, a word for exporters.

A new layer needs a shape to try it on only where the general ones do not fit it, and a peer where PyTorch
has the layer.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any, cast

import numpy as np
import pytest

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, ShapeError, Tensor, placeholder
from neuralstudio.engine.random import stream
from neuralstudio.layers._base import Emitter, Layer, Scope
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.registry import LAYERS
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.problem import ProblemError
from tests.engine.gradients import gradient_errors

BATCH = 4
SHAPES = [(6,), (5, 4), (5, 4, 3)]
"""Inputs, without the batch, that layers are tried on: a row, an image, an image with channels."""


def variants(kind: type[Layer]) -> list[Layer]:
    """A layer with its defaults (but few units), and with each kind that any of its fields may hold."""
    small = {field.name: 5 for field in fields(kind) if field.name == "units"}
    plain = replaced(kind(), **small)
    return [plain] + [
        replaced(plain, **{field.name: choice()}) for field in fields(kind) for choice in field.kinds
    ]


LAYER_VARIANTS = [layer for kind in LAYERS for layer in variants(kind)]
layers = pytest.mark.parametrize("layer", LAYER_VARIANTS, ids=repr)
kinds = pytest.mark.parametrize("kind", list(LAYERS), ids=lambda kind: kind.__name__)


def traced(
    layer: Layer, size: tuple[int, ...], is_training: bool = True
) -> tuple[Tensor, Tensor, Scope] | None:
    """Input, output and scope of a layer on inputs of a shape; None where it does not take them."""
    x = placeholder("x", (BATCH, *size))
    scope = Scope("layer-1", is_training)
    try:
        return x, layer.build(x, scope), scope
    except (ShapeError, ProblemError):
        return None


def taken(layer: Layer) -> list[tuple[int, ...]]:
    return [size for size in SHAPES if traced(layer, size)]


def start(scope: Scope, seed: int = 1) -> dict[Tensor, Array]:
    """Weights away from zero, so that biases are tried as well."""
    return {
        weight: stream(seed, name).normal(0.1, 0.6, weight.shape) for name, weight in scope.weights.items()
    }


def output(layer: Layer, values: Array, *, is_training: bool, seed: int = 1) -> Array:
    found = traced(layer, values.shape[1:], is_training)
    assert found is not None
    _, y, scope = found
    arrays = {id(weight): array for weight, array in start(scope, seed).items()}
    program = compile_program({"y": y}, arrays, dtype=np.float64, noise=np.random.default_rng(seed))
    program.inputs["x"][...] = values
    program.run()
    return program.outputs["y"].copy()


def values(size: tuple[int, ...]) -> Array:
    return np.random.default_rng(5).normal(0, 1, (BATCH, *size))


@kinds
def test_a_layer_tells_its_shapes_and_its_card(kind: type[Layer]) -> None:
    assert "Shapes:" in (kind.__doc__ or "")
    assert kind().formula.startswith("y = ")
    assert isinstance(kind().caption, str)
    assert kind.group


@layers
def test_a_layer_takes_some_input_and_keeps_the_batch(layer: Layer) -> None:
    assert taken(layer)
    for size in taken(layer):
        found = traced(layer, size)
        assert found is not None
        assert found[1].shape[0] == BATCH


@layers
def test_gradients_of_weights_and_inputs_equal_finite_differences(layer: Layer) -> None:
    for size in taken(layer):
        found = traced(layer, size)
        assert found is not None
        x, y, scope = found
        weights = start(scope)
        arrays = weights | {x: values(size)}
        random = np.random.default_rng(2)
        errors = gradient_errors(y, arrays, (x, *weights), random, before_each=same_noise)
        assert max(errors.values()) <= 1e-6, (size, errors)


def same_noise(noise: np.random.Generator) -> None:
    noise.bit_generator.state = np.random.default_rng(9).bit_generator.state


@layers
@pytest.mark.parametrize("is_training", [True, False])
def test_the_same_seed_gives_the_same_output(layer: Layer, is_training: bool) -> None:
    for size in taken(layer):
        first, second = (output(layer, values(size), is_training=is_training) for _ in range(2))
        np.testing.assert_array_equal(first, second)


@layers
def test_prediction_is_not_random(layer: Layer) -> None:
    (size, *_) = taken(layer)
    found = traced(layer, size, is_training=False)
    assert found is not None
    x, y, scope = found
    arrays = {id(weight): array for weight, array in start(scope).items()}
    results = []
    for seed in (1, 2):
        program = compile_program({"y": y}, arrays, dtype=np.float64, noise=np.random.default_rng(seed))
        program.inputs["x"][...] = values(size)
        program.run()
        results.append(program.outputs["y"].copy())
    assert x.shape[0] == BATCH
    np.testing.assert_array_equal(results[0], results[1])


class Listener:
    """An exporter that understands every word there is and writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        words = signature(getattr(Emitter, name))  # an AttributeError where no exporter knows the word

        def hear(*arguments: Any, **settings: Any) -> None:
            said = words.bind(self, *arguments, **settings).arguments
            self.heard.append((name, {word: value for word, value in said.items() if word != "self"}))

        return hear


@layers
def test_an_exporter_hears_of_the_layer_and_all_its_settings(layer: Layer) -> None:
    listener = Listener()
    layer.emit(cast(Emitter, listener))
    ((_, settings),) = listener.heard
    said = list(settings.values())
    assert all(getattr(layer, field.name) in said for field in fields(type(layer)))


# ── the same numbers as PyTorch ──────────────────────────────────────────────────────────────────────


def torch_activation(torch: Any, activation: Any) -> Any:
    names = {"linear": "Identity", "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU"}
    if activation.tag() == "softmax":
        return torch.nn.Softmax(-1)
    return getattr(torch.nn, names[activation.tag()])()


def dense_peer(torch: Any, layer: Layer, x: Array, weights: list[Array]) -> Any:
    assert isinstance(layer, Dense)
    kernel, bias = (torch.tensor(weight) for weight in weights)
    linear = torch.nn.functional.linear(torch.tensor(x), kernel.T, bias)
    return torch_activation(torch, layer.activation)(linear)


def activation_peer(torch: Any, layer: Layer, x: Array, _: list[Array]) -> Any:
    assert isinstance(layer, Activation)
    return torch_activation(torch, layer.function)(torch.tensor(x))


PEERS: dict[type[Layer], Callable[[Any, Layer, Array, list[Array]], Any]] = {
    Dense: dense_peer,
    Activation: activation_peer,
    Flatten: lambda torch, _layer, x, _weights: torch.nn.Flatten()(torch.tensor(x)),
    Dropout: lambda torch, layer, x, _weights: torch.nn.Dropout(layer.rate).eval()(torch.tensor(x)),  # type: ignore[attr-defined]
}
WITHOUT_PEER: frozenset[type[Layer]] = frozenset()
"""Layers PyTorch does not have."""


@kinds
def test_a_layer_has_a_peer_or_is_known_to_have_none(kind: type[Layer]) -> None:
    assert (kind in PEERS) != (kind in WITHOUT_PEER)


@pytest.mark.peers
@layers
def test_prediction_equals_pytorch(layer: Layer) -> None:
    torch = pytest.importorskip("torch")
    for size in taken(layer):
        found = traced(layer, size)
        assert found is not None
        weights = list(start(found[2]).values())
        theirs = PEERS[type(layer)](torch, layer, values(size), weights).numpy()
        ours = output(layer, values(size), is_training=False)
        np.testing.assert_allclose(ours, theirs, 1e-12, 1e-13)
