"""The network's graph: which columns there are, what their neurons say, and the strongest weights between."""

from time import thread_time

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Linear, ReLU, Sigmoid, Softmax
from neuralstudio.engine.initialisers import Zeros
from neuralstudio.engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import Features
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.project.examples import example
from neuralstudio.session.signal import Signal, SignalPath
from neuralstudio.views import network
from neuralstudio.views._base import Floats
from neuralstudio.views.network import Window

PLANE = Signature((2,), classes=("orange", "blue"), features=("X₁", "X₂"))
IMAGES = Signature((6, 6), classes=("a", "b", "c"))
LAST = Dense(units=3, activation=Softmax())


def _plane_model() -> Model:
    spec = stack(Dense(units=3), Dropout(rate=0.2), Dense(units=1, activation=Sigmoid()))
    return Model(spec, PLANE, BinaryCrossEntropy())


def _image_model() -> Model:
    spec = stack(
        Flatten(), Dense(units=20, activation=ReLU()), Dense(units=3), Activation(function=Softmax())
    )
    return Model(spec, IMAGES, CategoricalCrossEntropy())


def _cnn() -> Model:
    spec = stack(Conv2D(filters=8), MaxPool2D(), Conv2D(filters=7, kernel_size=1), Flatten(), LAST)
    return Model(spec, IMAGES, CategoricalCrossEntropy())


def _model_of(name: str) -> Model:
    project = example(name)
    return Model(project.network, project.dataset.signature, project.loss)


def _image(model: Model) -> NDArray[np.float32]:
    return np.random.default_rng(1).random(model.signature.input_shape).astype(np.float32)


def _signal(model: Model) -> Signal:
    return SignalPath(model).follow(_image(model), np.asarray(1))


def _known(values: Floats | None) -> NDArray[np.float64]:
    assert values is not None
    return np.asarray(values, dtype=np.float64)


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


def test_layers_that_leave_the_numbers_where_they_are_vanish() -> None:
    graph = network.compute(_image_model())
    assert [layer.title for layer in graph.layers] == ["Input", "Dense 1", "Output"]
    assert [(edges.source, edges.target) for edges in graph.edges] == [(0, 1), (1, 2)]
    assert graph.layers[-1].names == ("a", "b", "c")


def test_a_column_says_what_comes_out_behind_its_activation() -> None:
    model = _image_model()
    signal = _signal(model)
    output = network.compute(model, values=signal).layers[-1]
    np.testing.assert_allclose(_known(output.activations), signal.outputs["activation-1"], rtol=1e-6)
    assert output.texts == tuple(f"{100 * share:.1f} %" for share in signal.outputs["activation-1"])
    assert output.strongest == int(signal.outputs["activation-1"].argmax())


def test_pooling_is_a_column_whose_maps_are_handed_on_one_by_one() -> None:
    model = _cnn()
    choice = network.choose(model)
    assert [column.title for column in choice.columns] == [
        "Input",
        "Conv 2D 1",
        "Max pool 2D 1",
        "Conv 2D 2",
        "Output",
    ]
    (link,) = choice.into(2)
    every = np.arange(8)
    np.testing.assert_array_equal(link.weights(model.parameters.value, every, every), np.eye(8))


def test_of_many_connections_between_feature_maps_there_is_a_band() -> None:
    graph = network.compute(_cnn())
    assert [edges.is_band for edges in graph.edges] == [False, True, True, False]
    assert [len(edges.weights) for edges in graph.edges] == [8, 0, 56, 21]
    assert graph.note.startswith("showing all 85 connections")


@pytest.mark.parametrize("most", [12, 40])
def test_over_a_band_the_strongest_connections_are_drawn(most: int) -> None:
    model = _cnn()
    graph = network.compute(model, most=most)
    shown = [len(edges.weights) for edges in graph.edges]
    assert sum(shown) == most
    assert shown[1] == 0
    assert min(shown[2:]) >= most // 3, "each layer pair has its share"
    edges = graph.edges[2]
    assert edges.is_band
    means = np.abs(model.parameters.value("conv2d-2/kernel")).mean(axis=(0, 1))
    strongest = np.sort(means.ravel())[-len(edges.weights) :]
    np.testing.assert_allclose(np.sort(np.abs(edges.weights)), strongest, rtol=1e-6)
    assert graph.note.startswith(f"showing {most} of 85 connections · bands for the others")


@pytest.mark.parametrize(("name", "most"), [("digits-cnn", 60), ("digits-mlp", 300), ("xor", 300)])
def test_networks_with_maps_have_fewer_edges_by_themselves(name: str, most: int) -> None:
    assert network.natural_most(network.choose(_model_of(name))) == most


@pytest.mark.parametrize("first", [0, 3, 9])
def test_a_window_shows_its_stretch_of_the_column(first: int) -> None:
    model = _image_model()
    graph = network.compute(model, windows=[Window(0, 36), Window(first, 5), Window(0, 3)])
    column = graph.layers[1]
    assert (column.first, column.total) == (first, 20)
    assert column.shown.tolist() == list(range(first, first + 5))
    kernel = model.parameters.value("dense-2/kernel")
    edges = graph.edges[1]
    for start, end, weight in zip(edges.starts, edges.ends, edges.weights, strict=True):
        assert weight == kernel[first + start, end]


def test_a_window_beyond_the_end_shows_the_last_neurons() -> None:
    graph = network.compute(_image_model(), windows=[Window(0, 36), Window(99, 5), Window(0, 3)])
    assert graph.layers[1].shown.tolist() == [15, 16, 17, 18, 19]


def test_only_the_strongest_edges_are_kept_and_every_layer_has_its_share() -> None:
    model = _model_of("digits-mlp")
    windows = [Window(0, 784), Window(0, 10), Window(0, 10)]
    graph = network.compute(model, windows=windows, most=300)
    assert [len(edges.weights) for edges in graph.edges] == [200, 100]
    kernel = np.abs(model.parameters.value("dense-1/kernel")[:, :10])
    assert np.sort(np.abs(graph.edges[0].weights)) == pytest.approx(np.sort(kernel.ravel())[-200:])


def test_the_note_counts_against_all_weights_of_the_kernels() -> None:
    graph = network.compute(_model_of("digits-mlp"), most=100)
    assert graph.note == "showing 100 of 101,632 weights"
    assert [edges.total for edges in graph.edges] == [784 * 128, 128 * 10]


def test_the_shown_neurons_stay_while_the_weights_move() -> None:
    model = _model_of("digits-mlp")
    choice = network.choose(model)
    before = network.compute(model, choice)
    model.parameters.values[...] *= -2
    after = network.compute(model, choice)
    for one, other in zip(before.layers, after.layers, strict=True):
        np.testing.assert_array_equal(one.shown, other.shown)
    assert after.edges[0].weights == pytest.approx(-2 * before.edges[0].weights)
    assert after.edges[0].limit == pytest.approx(2 * before.edges[0].limit)


def test_one_outlier_does_not_set_the_limit() -> None:
    model = _model_of("digits-mlp")
    limit = network.compute(model).edges[0].limit
    model.parameters.value("dense-1/kernel")[5, 0] = 1000
    assert network.compute(model).edges[0].limit < 2 * limit


def test_weights_that_are_all_zero_have_a_limit_to_divide_by() -> None:
    spec = stack(Dense(units=2, activation=Softmax(), initialiser=Zeros()))
    graph = network.compute(Model(spec, PLANE, CategoricalCrossEntropy()))
    assert graph.edges[0].limit == 1.0


def test_neurons_that_read_pixels_show_their_weights_as_pictures() -> None:
    model = _image_model()
    kernel = model.parameters.value("dense-1/kernel")
    kernel[...] = 0
    kernel[7, 2] = -4
    column = network.compute(model, values=_signal(model)).layers[1]
    assert column.kind == "weights"
    assert column.tiles is not None
    assert column.tiles.shape == (18, 6, 6)
    assert np.argwhere(column.tiles).tolist() == [[2, 1, 1]]
    assert column.tiles[2, 1, 1] < 0


def test_an_autoencoder_shows_what_it_sees_and_what_it_draws() -> None:
    layers = (Flatten(), Dense(units=5), Dense(units=36, activation=Linear()))
    model = Model(stack(*layers), Signature((6, 6), numbers=36), MeanSquaredError())
    image = _image(model)
    signal = SignalPath(model).follow(image, image.reshape(-1))
    graph = network.compute(model, values=signal)
    assert [layer.kind for layer in graph.layers] == ["pixels", "weights", "pixels"]
    seen, drawn = graph.layers[0].tiles, graph.layers[2].tiles
    assert seen is not None
    assert drawn is not None
    np.testing.assert_array_equal(seen[0], image)
    np.testing.assert_allclose(drawn[0], np.clip(signal.outputs["dense-2"].reshape(6, 6), 0, 1))


def test_feature_maps_are_what_filters_say_all_over_the_sample() -> None:
    model = _cnn()
    signal = _signal(model)
    column = network.compute(model, values=signal).layers[1]
    maps = np.moveaxis(signal.outputs["conv2d-1"], -1, 0)
    np.testing.assert_allclose(_known(column.tiles), maps / np.abs(maps).max(), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(_known(column.activations), maps.mean(axis=(1, 2)), rtol=1e-5)


def test_kernels_can_be_shown_in_place_of_feature_maps() -> None:
    model = _cnn()
    column = network.compute(model, values=_signal(model), pictures="kernels").layers[1]
    kernel = model.parameters.value("conv2d-1/kernel")[:, :, 0].transpose(2, 0, 1)
    np.testing.assert_allclose(
        _known(column.tiles), kernel / np.abs(kernel).max(axis=(1, 2), keepdims=True), rtol=1e-5
    )


def test_a_network_on_two_numbers_shows_the_answers_of_its_neurons_over_the_plane() -> None:
    model = _plane_model()
    across, _, output = network.compute(model).layers
    assert across.tiles is not None
    assert output.tiles is not None
    assert across.tiles[0, 0, 0] < 0 < across.tiles[0, 0, -1], "x₁ grows to the right"
    assert across.tiles[1, 0, 0] > 0 > across.tiles[1, -1, 0], "x₂ grows upwards"
    model.parameters.value("dense-2/bias")[...] = -50
    drowned = network.compute(model).layers[-1].tiles
    assert drowned is not None
    assert drowned == pytest.approx(-1.0)


def test_features_of_the_plane_are_wired_to_the_numbers_they_are_made_of() -> None:
    spec = stack(Features(chosen=("x1", "x1-x2", "sin-x2")), Dense(units=1, activation=Sigmoid()))
    graph = network.compute(Model(spec, PLANE, BinaryCrossEntropy()))
    edges = graph.edges[0]
    assert graph.layers[1].names == ("x₁", "x₁x₂", "sin x₂")
    assert not edges.is_weighted
    pairs = sorted(zip(edges.starts.tolist(), edges.ends.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 1), (1, 1), (1, 2)]


def test_errors_and_gradients_are_those_of_the_sample() -> None:
    model = _image_model()
    signal = _signal(model)
    graph = network.compute(model, values=signal)
    np.testing.assert_array_equal(graph.layers[1].errors, signal.errors["dense-1"][:18])
    edges = graph.edges[1]
    assert edges.gradients is not None
    expected = signal.gradients["dense-2/kernel"][edges.starts, edges.ends]
    np.testing.assert_allclose(edges.gradients, expected)


def test_weights_that_are_no_numbers_do_not_break_the_picture() -> None:
    model = _cnn()
    model.parameters.values[...] = np.nan
    graph = network.compute(model, values=_signal(model))
    for layer in graph.layers:
        assert layer.tiles is None or np.isfinite(layer.tiles).all()
    assert all(np.isfinite(edges.weights).all() for edges in graph.edges)


@pytest.mark.parametrize("name", ["digits-mlp", "digits-cnn"])
def test_a_frame_takes_less_than_its_share(name: str) -> None:
    model = _model_of(name)
    choice, signal = network.choose(model), _signal(model)
    best = 1.0
    for _ in range(10):
        start = thread_time()
        network.compute(model, choice, values=signal)
        best = min(best, thread_time() - start)
    assert best < 0.008
