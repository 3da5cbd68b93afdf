"""What every layer promises: exact gradients, determinism, PyTorch's numbers, a word for exporters.

A new layer is found by itself. It needs a peer (or word that PyTorch has none) in ``peers/``, and settings to
be compared on there where shapes matter.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Emitter, Layer
from neuralstudio.layers.registry import LAYERS
from neuralstudio.schema.fields import fields, replaced
from tests.contracts.peers import PEERS, SETTINGS, WITHOUT_PEER
from tests.contracts.trial import BATCH, Trial, trial
from tests.engine.gradients import gradient_errors, relative_error

SIZES: list[Shape] = [(6,), (6, 4), (6, 4, 3), (2,)]
"""Inputs, without the batch, that layers are tried on: a row, an image, an image with channels, a point."""
SMALL = {"units": 5, "filters": 2, "kernel_size": 2, "vocabulary": 7, "dimensions": 3}


def variants(kind: type[Layer]) -> list[Layer]:
    """A layer with its defaults (but few units), and with each choice that any of its fields may hold."""
    names = {field.name for field in fields(kind)}
    plain = replaced(kind(), **{name: value for name, value in SMALL.items() if name in names})
    found = [plain]
    for field in fields(kind):
        found += [replaced(plain, **{field.name: choice()}) for choice in field.kinds]
        if field.editor == "several":
            found += [replaced(plain, **{field.name: (choice,)}) for choice in field.choices]
            found.append(replaced(plain, **{field.name: field.choices}))
        else:
            found += [replaced(plain, **{field.name: choice}) for choice in field.choices]
    return found


LAYER_VARIANTS = [layer for kind in LAYERS for layer in variants(kind)]
layers = pytest.mark.parametrize("layer", LAYER_VARIANTS, ids=repr)
kinds = pytest.mark.parametrize("kind", list(LAYERS), ids=lambda kind: kind.__name__)
few = settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))


def trials(layer: Layer, *, is_training: bool = True) -> list[Trial]:
    """The layer on each of the usual inputs that it takes."""
    count = 2 if layer.takes_several else 1
    found = (trial(layer, (size,) * count, is_training=is_training) for size in SIZES)
    return [each for each in found if each]


@kinds
def test_a_layer_tells_its_shapes_and_its_card(kind: type[Layer]) -> None:
    assert "Shapes:" in (kind.__doc__ or "")
    assert kind().formula.startswith("y = ")
    assert isinstance(kind().caption, str)
    assert kind.group


@layers
def test_a_layer_takes_some_input_and_keeps_the_batch(layer: Layer) -> None:
    assert trials(layer)
    for each in trials(layer):
        assert each.output.shape[0] == BATCH


@layers
def test_gradients_of_weights_and_inputs_equal_finite_differences(layer: Layer) -> None:
    for each in trials(layer):
        if each.is_straight_through or not each.asked:
            continue
        random = np.random.default_rng(2)
        errors = gradient_errors(each.output, each.arrays, each.asked, random, before_each=same_noise)
        assert max(errors.values()) <= 1e-6, (each.inputs, errors)


def same_noise(noise: np.random.Generator) -> None:
    noise.bit_generator.state = np.random.default_rng(9).bit_generator.state


@layers
@pytest.mark.parametrize("is_training", [True, False])
def test_the_same_seed_gives_the_same_output(layer: Layer, is_training: bool) -> None:
    for each in trials(layer, is_training=is_training):
        np.testing.assert_array_equal(each.run(), each.run())


@layers
def test_prediction_is_not_random(layer: Layer) -> None:
    for each in trials(layer, is_training=False):
        assert not each.is_random
        np.testing.assert_array_equal(each.run(seed=1), each.run(seed=2))


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


@kinds
def test_a_layer_has_a_peer_or_is_known_to_have_none(kind: type[Layer]) -> None:
    assert (kind in PEERS) != (kind in WITHOUT_PEER)


_RATE = 0.001
"""Small enough that no weight reaches 0 in ten steps: of it, only rounding would be left to compare."""
TOLERANCES = {"float64": 1e-10, "float32": 1e-5}
precisions = pytest.mark.parametrize("precision", list(TOLERANCES))


def compared(each: Trial, precision: str, *, is_training: bool) -> None:
    """Output, gradients, and the weights after ten steps of gradient descent, ours against PyTorch's."""
    torch = pytest.importorskip("torch")
    tolerance, dtype = TOLERANCES[precision], getattr(np, precision)
    given_arrays = each.typed(dtype)
    theirs = {id(node): torch.tensor(given_arrays[id(node)]) for node in each.arrays}
    for node in each.asked:
        theirs[id(node)].requires_grad_()
    xs = [theirs[id(x)] for x in each.inputs]
    named = each.scope.weights | each.scope.states
    weights = {name.rpartition("/")[2]: theirs[id(weight)] for name, weight in named.items()}
    weighting = np.random.default_rng(3).uniform(0.5, 1.5, each.output.shape)
    program, found = each.gradient_program(weighting, given_arrays, dtype)
    trained = list(each.weights.values())
    optimiser = torch.optim.SGD([theirs[id(weight)] for weight in trained], _RATE) if trained else None
    x = xs if each.layer.takes_several else xs[0]
    for _ in range(10 if trained else 1):
        program.run()
        y = PEERS[type(each.layer)](torch, each.layer, x, weights, is_training)
        assert tuple(y.shape) == each.output.shape
        assert relative_error(program.outputs["y"], y.detach().numpy()) <= tolerance
        if not each.asked:
            return
        for node in each.asked:
            theirs[id(node)].grad = None
        (0.5 * (y * y * torch.tensor(weighting.astype(dtype))).sum()).backward()
        for node, gradient in zip(each.asked, found, strict=True):
            peer = theirs[id(node)].grad
            expected = np.zeros_like(gradient) if peer is None else peer.numpy()
            # Cancelling sums leave noise of the size of their terms, not of the result.
            scale = max(float(np.abs(found[0]).max(initial=0)), 1e-3)
            error = float(np.abs(gradient - expected).max(initial=0))
            assert error <= tolerance * max(scale, float(np.abs(expected).max(initial=0))), node
        for weight in trained:
            given_arrays[id(weight)] -= dtype(_RATE) * found[each.asked.index(weight)]
        if optimiser:
            optimiser.step()
    for weight in trained:
        assert relative_error(given_arrays[id(weight)], theirs[id(weight)].detach().numpy()) <= tolerance


@pytest.mark.peers
@precisions
@layers
def test_prediction_equals_pytorch(layer: Layer, precision: str) -> None:
    if type(layer) in WITHOUT_PEER:
        return
    for each in trials(layer, is_training=False):
        compared(each, precision, is_training=False)


@pytest.mark.peers
@precisions
@pytest.mark.parametrize("kind", list(SETTINGS), ids=lambda kind: kind.__name__)
@few
@given(data=st.data())
def test_training_equals_pytorch_for_all_sorts_of_settings(
    kind: type[Layer], precision: str, data: st.DataObject
) -> None:
    layer, size = data.draw(SETTINGS[kind])
    sizes = size if layer.takes_several else (size,)
    each = trial(layer, sizes)
    assert each, f"{layer} does not take {size}"
    is_training = not each.is_random
    if not is_training:
        each = trial(layer, sizes, is_training=False)
        assert each
    compared(each, precision, is_training=is_training)
