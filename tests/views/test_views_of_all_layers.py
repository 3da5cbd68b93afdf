"""Every view shows every layer there is: convolutions, sequences, tokens, several inputs."""

from math import prod

import numpy as np
import pytest

from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.activations import Softmax
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.registry import LAYERS
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA, NetworkSpec, Node, stack
from neuralstudio.network.trace import trace
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.views import confusion, network, weights
from neuralstudio.views._base import Edges

CLASSES = ("a", "b", "c")
SIGNATURES = (
    Signature((4,), classes=CLASSES),
    Signature((6, 3), classes=CLASSES),
    Signature((8, 8), classes=CLASSES),
    Signature((8, 8, 3), classes=CLASSES),
    Signature((6,), classes=CLASSES, vocabulary=5),
    Signature((6,), classes=CLASSES, vocabulary=3, steps=6),
    Signature((2,), classes=CLASSES),
)
LAST = Dense(units=3, activation=Softmax())


def model_of(spec: NetworkSpec, signature: Signature) -> Model:
    return Model(spec, signature, CategoricalCrossEntropy())


def branches(join: Layer) -> NetworkSpec:
    return NetworkSpec(
        (
            Node("dense-1", Dense(units=2), (DATA,)),
            Node("dense-2", Dense(units=2), (DATA,)),
            Node("join-1", join, ("dense-1", "dense-2")),
            Node("dense-3", LAST, ("join-1",)),
        )
    )


def networks(kind: type[Layer]) -> list[tuple[NetworkSpec, Signature]]:
    """Networks that have such a layer with its usual settings, on all data it fits."""
    if kind.takes_several:
        return [(branches(kind()), SIGNATURES[0])]
    found = []
    for signature in SIGNATURES:
        for before in ((), (Embedding(vocabulary=5),)):
            for after in ((LAST,), (Flatten(), LAST)):
                spec = stack(*before, kind(), *after)
                if not errors(trace(spec, signature, 1, is_training=True).problems):
                    found.append((spec, signature))
    return found


def usable(spec: NetworkSpec, signature: Signature) -> Model | None:
    try:
        return model_of(spec, signature)
    except ProblemError:
        return None


@pytest.mark.parametrize("kind", list(LAYERS), ids=lambda kind: kind.tag())
def test_every_layer_is_shown_by_every_view(kind: type[Layer]) -> None:
    models = [model for spec, signature in networks(kind) if (model := usable(spec, signature))]
    assert models, f"no data fit {kind.title}"
    for model in models:
        graph = network.compute(model, network.choose(model))
        assert len(graph.edges) >= 1
        for edges in graph.edges:
            assert np.isfinite(edges.weights).all()
            assert len(edges.starts) == len(edges.ends) == len(edges.weights)
            assert len(edges.weights) <= edges.total or not edges.is_weighted
            assert edges.is_weighted == (edges.total > 0)
            assert edges.starts.max(initial=0) < len(graph.layers[edges.source].shown)
            assert edges.ends.max(initial=0) < len(graph.layers[edges.target].shown)
        for figure in weights.compute(model):
            assert figure.counts.sum() > 0
        assert confusion.counted(model, _samples(model.signature)).sum() == 4 * max(1, model.signature.steps)


def _samples(signature: Signature) -> Samples:
    random = np.random.default_rng(1)
    shape = (4, *signature.input_shape)
    targets = random.integers(3, size=(4, signature.steps) if signature.steps else 4)
    if signature.vocabulary:
        return Samples(random.integers(signature.vocabulary, size=shape), targets)
    return Samples(random.random(shape).astype(np.float32), targets)


def edges_of(model: Model, place: int) -> Edges:
    return network.compute(model).edges[place]


def matrix_of(edges: Edges, rows: int, columns: int) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    whole = np.zeros((rows, columns))
    whole[edges.starts, edges.ends] = edges.weights
    return whole


def test_a_filter_is_a_neuron_and_its_kernel_one_connection() -> None:
    model = model_of(stack(Conv2D(filters=4), MaxPool2D(), Flatten(), LAST), SIGNATURES[3])
    graph = network.compute(model)
    assert [(layer.title, layer.total) for layer in graph.layers] == [
        ("Channel", 3),
        ("Conv 2D 1", 4),
        ("Max pool 2D 1", 4),
        ("Output", 3),
    ]
    kernel = np.abs(model.parameters.value("conv2d-1/kernel")).mean(axis=(0, 1))
    np.testing.assert_allclose(matrix_of(graph.edges[0], 3, 4), kernel, rtol=1e-6)
    dense = np.abs(model.parameters.value("dense-1/kernel")).reshape(-1, 4, 3).mean(axis=0)
    np.testing.assert_allclose(matrix_of(graph.edges[2], 4, 3), dense, rtol=1e-6)
    assert graph.note == "showing all 24 connections · of several weights the mean |w|"


def test_channels_of_different_groups_are_not_connected() -> None:
    model = model_of(stack(Conv2D(filters=6, kernel_size=1, groups=3), Flatten(), LAST), SIGNATURES[3])
    edges = edges_of(model, 0)
    assert {(start, end // 2) for start, end in zip(edges.starts, edges.ends, strict=True)} == {
        (0, 0),
        (1, 1),
        (2, 2),
    }
    assert edges.total == 6


def test_a_recurrent_unit_has_the_mean_of_its_gates_and_each_way_has_units_of_its_own() -> None:
    model = model_of(stack(LSTM(units=4, direction="both"), LAST), SIGNATURES[1])
    graph = network.compute(model)
    assert [layer.total for layer in graph.layers] == [3, 8, 3]
    kernels = [model.parameters.value(f"lstm-1/{name}kernel") for name in ("", "backward_")]
    means = [np.abs(kernel).reshape(3, 4, 4).mean(axis=1) for kernel in kernels]
    np.testing.assert_allclose(matrix_of(graph.edges[0], 3, 8), np.concatenate(means, axis=1), rtol=1e-6)


def test_tokens_are_neurons_with_names() -> None:
    layers = (Embedding(vocabulary=3, dimensions=4), LSTM(units=4, returns="all"), LAST)
    model = model_of(stack(*layers), SIGNATURES[5])
    column = network.compute(model).layers[0]
    assert (column.title, column.total, column.names) == ("Token", 3, CLASSES)


def joined(join: Layer) -> Model:
    return model_of(branches(join), SIGNATURES[0])


def test_a_join_is_a_column_that_gathers_its_sources_one_by_one() -> None:
    side_by_side = np.eye(2, 4), np.eye(2, 4, 2)
    upon_one_another = np.eye(2), np.eye(2)
    for join, pairs in ((Concatenate(), side_by_side), (Add(), upon_one_another)):
        model = joined(join)
        graph = network.compute(model)
        assert [(edges.source, edges.target) for edges in graph.edges] == [
            (0, 1),
            (0, 2),
            (1, 3),
            (2, 3),
            (3, 4),
        ]
        width = graph.layers[3].total
        for place, expected in zip((2, 3), pairs, strict=True):
            np.testing.assert_array_equal(matrix_of(graph.edges[place], 2, width), expected)
            assert not graph.edges[place].is_weighted
        kernel = model.parameters.value("dense-3/kernel")
        np.testing.assert_array_equal(matrix_of(graph.edges[4], width, 3), kernel)


def test_branches_lie_above_one_another() -> None:
    layers = network.compute(joined(Add())).layers
    assert [(layer.depth, layer.lane, layer.lanes) for layer in layers] == [
        (0, 0, 1),
        (1, 0, 2),
        (1, 1, 2),
        (2, 0, 1),
        (3, 0, 1),
    ]


def test_a_row_made_an_image_keeps_its_channels() -> None:
    layers = (Dense(units=16), Reshape(shape="2×2×4"), ConvTranspose2D(filters=2), Flatten(), LAST)
    model = model_of(stack(*layers), SIGNATURES[0])
    edges = edges_of(model, 1)
    kernel = np.abs(model.parameters.value("conv-transpose2d-1/kernel")).mean(axis=(0, 1)).T
    assert kernel.shape == (4, 2)
    np.testing.assert_allclose(matrix_of(edges, 16, 2), np.tile(kernel, (4, 1)), rtol=1e-6)
    assert edges.total == prod((16, 2))


def test_of_very_many_classes_those_with_most_mistakes_are_shown() -> None:
    counts = np.diag(np.full(40, 10))
    counts[7, 0] = counts[33, 1] = 5
    bars = confusion.by_class(counts, [str(number) for number in range(40)])
    assert len(bars.values) == confusion.MOST_BARS
    assert {"7", "33"} <= set(bars.labels)
