"""The network's graph shows the strongest weights there are between the neurons it shows."""

from time import perf_counter

import numpy as np
import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import ReLU, Sigmoid, Softmax
from neuralstudio.engine.initialisers import Zeros
from neuralstudio.engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.project.examples import example
from neuralstudio.views import network

PLANE = Signature((2,), classes=("orange", "blue"), features=("X₁", "X₂"))
IMAGES = Signature((6, 6), classes=("a", "b", "c"))


def _plane_model() -> Model:
    spec = stack(Dense(units=3), Dropout(rate=0.2), Dense(units=1, activation=Sigmoid()))
    return Model(spec, PLANE, BinaryCrossEntropy())


def _image_model() -> Model:
    spec = stack(
        Flatten(), Dense(units=20, activation=ReLU()), Dense(units=3), Activation(function=Softmax())
    )
    return Model(spec, IMAGES, CategoricalCrossEntropy())


def _digits_model() -> Model:
    project = example("digits-mlp")
    return Model(project.network, project.dataset.signature, project.loss)


def test_a_small_network_is_shown_whole() -> None:
    graph = network.compute(_plane_model())
    assert [(layer.title, layer.total) for layer in graph.layers] == [
        ("Input", 2),
        ("Dense 1", 3),
        ("Output", 1),
    ]
    assert graph.layers[0].names == ("X₁", "X₂")
    assert graph.layers[-1].names == ("blue",)
    assert graph.note == "showing all 9 weights"


def test_each_edge_has_the_weight_of_its_two_neurons() -> None:
    model = _plane_model()
    edges = network.compute(model).edges[0]
    kernel = model.parameters.value("dense-1/kernel")
    for start, end, weight in zip(edges.starts, edges.ends, edges.weights, strict=True):
        assert weight == kernel[start, end]


def test_layers_without_weights_vanish_and_edges_pass_through_them() -> None:
    graph = network.compute(_image_model())
    assert [layer.title for layer in graph.layers] == ["Pixel (row, column)", "Dense 1", "Output"]
    assert [(edges.source, edges.target) for edges in graph.edges] == [(0, 1), (1, 2)]
    assert graph.layers[-1].names == ("a", "b", "c")


def test_no_more_neurons_than_asked_for_are_shown_the_strongest_of_them() -> None:
    model = _image_model()
    model.parameters.value("dense-1/kernel")[[3, 30]] = 5
    choice = network.choose(model, most=2)
    assert choice.columns[0].shown.tolist() == [3, 30]
    assert choice.columns[0].names == ("1, 4", "6, 1")
    assert [len(column.shown) for column in choice.columns] == [2, 2, 2]


def test_a_pixel_that_never_changes_is_not_chosen() -> None:
    model = _image_model()
    model.parameters.value("dense-1/kernel")[0] = 100
    inputs = np.random.default_rng(1).random((20, 6, 6)).astype(np.float32)
    inputs[:, 0, 0] = 0
    assert 0 in network.choose(model).columns[0].shown
    assert 0 not in network.choose(model, inputs).columns[0].shown


def test_only_the_strongest_edges_between_shown_neurons_are_kept() -> None:
    model = _digits_model()
    choice = network.choose(model)
    every = np.concatenate([np.abs(group.weights) for group in network.compute(model, choice).edges])
    some = np.concatenate([np.abs(group.weights) for group in network.compute(model, choice, most=100).edges])
    assert len(every) == 18 * 18 + 18 * 10
    assert np.sort(some) == pytest.approx(np.sort(every)[-100:])


def test_the_note_counts_against_all_weights_of_the_kernels() -> None:
    graph = network.compute(_digits_model(), most=100)
    assert graph.note == "showing 100 of 101,632 weights"
    assert [edges.total for edges in graph.edges] == [784 * 128, 128 * 10]


def test_the_chosen_neurons_stay_while_the_weights_move() -> None:
    model = _digits_model()
    choice = network.choose(model)
    before = network.compute(model, choice)
    model.parameters.values[...] *= -2
    after = network.compute(model, choice)
    assert after.layers is before.layers
    assert after.edges[0].weights == pytest.approx(-2 * before.edges[0].weights)
    assert after.limit == pytest.approx(2 * before.limit)


def test_one_outlier_does_not_set_the_limit() -> None:
    model = _digits_model()
    choice = network.choose(model)
    limit = network.compute(model, choice).limit
    row, column = choice.columns[0].shown[0], choice.columns[1].shown[0]
    model.parameters.value("dense-1/kernel")[row, column] = 1000
    assert network.compute(model, choice).limit < 2 * limit


def test_weights_that_are_all_zero_have_a_limit_to_divide_by() -> None:
    spec = stack(Dense(units=2, activation=Softmax(), initialiser=Zeros()))
    assert network.compute(Model(spec, PLANE, CategoricalCrossEntropy())).limit == 1.0


def test_the_digits_network_takes_less_than_a_frame_share() -> None:
    model = _digits_model()
    choice = network.choose(model)
    best = 1.0
    for _ in range(10):
        start = perf_counter()
        network.compute(model, choice)
        best = min(best, perf_counter() - start)
    assert best < 0.008
