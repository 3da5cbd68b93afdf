"""What the card of a neuron says is true of the whole network, not only of what is on the screen."""

import numpy as np
import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Softmax, Tanh
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.layers._base import Layer
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.session.signal import SignalPath
from neuralstudio.views import network
from neuralstudio.views.network import Window
from neuralstudio.views.network.focus import Focus, focus

IMAGES = Signature((6, 6), classes=("a", "b", "c"))
LAST = Dense(units=3, activation=Softmax())


def _model(*layers: Layer) -> Model:
    model = Model(stack(*layers, LAST), IMAGES, CategoricalCrossEntropy())
    random = np.random.default_rng(4)
    model.parameters.values[...] += random.normal(scale=0.1, size=model.parameters.values.shape)
    return model


def _focus(model: Model, place: tuple[int, int], count: int = 4) -> Focus:
    choice = network.choose(model)
    image = np.random.default_rng(2).random((6, 6)).astype(np.float32)
    signal = SignalPath(model).follow(image, np.asarray(2))
    windows = [Window(0, count)] * len(choice.columns)
    graph = network.compute(model, choice, windows, signal)
    return focus(model, choice, graph, place, signal)


@pytest.fixture
def dense() -> Model:
    return _model(Flatten(), Dense(units=9, activation=Tanh()))


def test_a_card_has_activation_error_and_bias(dense: Model) -> None:
    found = _focus(dense, (2, 1))
    image = np.random.default_rng(2).random((6, 6)).astype(np.float32)
    signal = SignalPath(dense).follow(image, np.asarray(2))
    assert found.name == "Output · b"
    assert found.activation == pytest.approx(signal.outputs["dense-2"][1])
    assert found.error == pytest.approx(signal.errors["dense-2"][1])
    assert found.bias == pytest.approx(dense.parameters.value("dense-2/bias")[1])


def test_the_strongest_inputs_are_found_beyond_the_window(dense: Model) -> None:
    kernel = dense.parameters.value("dense-2/kernel")
    kernel[8, 1], kernel[0, 1] = -9, 5
    found = _focus(dense, (2, 1))
    assert [(each.name, each.weight) for each in found.inputs[:2]] == [
        ("Dense 1 · 9", -9),
        ("Dense 1 · 1", 5),
    ]
    assert (len(found.inputs), found.read) == (5, 9)


def test_activations_come_from_weighted_inputs_and_bias(dense: Model) -> None:
    dense.parameters.value("dense-2/kernel")[5:] = 0
    cards = [_focus(dense, (2, unit)) for unit in range(3)]
    sums = np.array(
        [
            sum(each.weight * (each.activation or 0) for each in card.inputs) + (card.bias or 0)
            for card in cards
        ]
    )
    shares = np.exp(sums) / np.exp(sums).sum()
    assert [card.activation for card in cards] == pytest.approx(shares.tolist(), rel=1e-5)


def test_connections_lead_to_what_is_on_the_screen(dense: Model) -> None:
    found = _focus(dense, (1, 2))
    (edges,) = found.edges
    assert (edges.source, edges.target) == (1, 2)
    assert edges.starts.tolist() == [2, 2, 2]
    np.testing.assert_array_equal(edges.weights, dense.parameters.value("dense-2/kernel")[2])


def test_weights_to_pixels_lie_over_the_picture(dense: Model) -> None:
    found = _focus(dense, (1, 2))
    kernel = dense.parameters.value("dense-1/kernel")[:, 2].reshape(6, 6)
    np.testing.assert_allclose(found.overlays[0], kernel / np.abs(kernel).max(), rtol=1e-6)


def test_a_neuron_outside_the_window_has_a_card_but_no_connections(dense: Model) -> None:
    found = _focus(dense, (1, 8))
    assert found.name == "Dense 1 · 9"
    assert found.inputs
    assert not found.edges


def test_a_pixel_is_named_by_its_place(dense: Model) -> None:
    found = _focus(dense, (0, 8))
    assert found.name == "Input · row 2, column 3"
    assert not found.inputs
    assert found.bias is None


def test_a_filter_shows_what_it_looks_for() -> None:
    model = _model(Conv2D(filters=3), Conv2D(filters=2), Flatten())
    found = _focus(model, (2, 1))
    kernel = model.parameters.value("conv2d-2/kernel")[..., 1]
    strengths = np.abs(kernel).mean(axis=(0, 1))
    best = int(strengths.argmax())
    assert found.inputs[0].name == f"Conv 2D 1 · {best + 1}"
    assert found.inputs[0].weight == pytest.approx(strengths[best], rel=1e-5)
    pattern = found.inputs[0].pattern
    assert pattern is not None
    np.testing.assert_allclose(pattern, kernel[:, :, best] / np.abs(kernel).max(), rtol=1e-5)
