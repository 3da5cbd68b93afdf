"""A sample's signal is what the network really computes, and its errors are the slopes of the loss."""

from time import perf_counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Linear, Sigmoid, Softmax, Tanh
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    LossFunction,
    MeanSquaredError,
)
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.add import Add
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA, NetworkSpec, Node, stack
from neuralstudio.session.signal import SignalPath

CLASSES = ("a", "b", "c")
LAST = Dense(units=3, activation=Softmax())
RESIDUAL = NetworkSpec(
    (
        Node("conv2d-1", Conv2D(filters=2, padding="same")),
        Node("conv2d-2", Conv2D(filters=2, padding="same", activation=Tanh()), ("conv2d-1",)),
        Node("add-1", Add(), ("conv2d-1", "conv2d-2")),
        Node("max-pool2d-1", MaxPool2D(), ("add-1",)),
        Node("flatten-1", Flatten(), ("max-pool2d-1",)),
        Node("dense-1", LAST, ("flatten-1",)),
    )
)
CASES: dict[str, tuple[NetworkSpec, Signature, LossFunction]] = {
    "dense": (
        stack(Dense(units=4, activation=Tanh()), Dropout(rate=0.5), LAST),
        Signature((5,), CLASSES),
        CategoricalCrossEntropy(),
    ),
    "softmax apart": (
        stack(Dense(units=3, activation=Linear()), Activation(function=Softmax())),
        Signature((5,), CLASSES),
        CategoricalCrossEntropy(),
    ),
    "binary": (
        stack(Dense(units=3), BatchNorm(), Dense(units=1, activation=Sigmoid())),
        Signature((2,), CLASSES[:2]),
        BinaryCrossEntropy(),
    ),
    "numbers": (
        stack(Dense(units=3, activation=Tanh()), Dense(units=2, activation=Linear())),
        Signature((4,), numbers=2),
        MeanSquaredError(),
    ),
    "residual": (RESIDUAL, Signature((6, 6), CLASSES), CategoricalCrossEntropy()),
    "pooled": (
        stack(Conv2D(filters=3), MaxPool2D(), Flatten(), LAST),
        Signature((8, 8), CLASSES),
        CategoricalCrossEntropy(),
    ),
    "text": (
        stack(Embedding(dimensions=3), LSTM(units=4, returns="all"), LAST),
        Signature((5,), CLASSES, vocabulary=3, steps=5),
        CategoricalCrossEntropy(),
    ),
}


def _case(name: str) -> tuple[Model, NDArray[Any], NDArray[Any]]:
    spec, signature, loss = CASES[name]
    model = Model(spec, signature, loss, dtype=np.float64)
    random = np.random.default_rng(3)
    values = model.parameters.values
    values += random.normal(scale=0.2, size=values.shape)
    if signature.vocabulary:
        return model, random.integers(3, size=5), random.integers(3, size=5)
    inputs = random.normal(size=signature.input_shape)
    return model, inputs, random.normal(size=2) if signature.numbers else np.asarray(1)


def _loss(model: Model, inputs: NDArray[Any], target: object) -> float:
    loss = SignalPath(model).follow(inputs, np.asarray(target)).loss
    assert loss is not None
    return loss


@pytest.mark.parametrize("name", list(CASES))
def test_outputs_are_those_of_predicting(name: str) -> None:
    model, inputs, target = _case(name)
    taps = [node.id for node in model.spec]
    program = model.prediction_program(1, taps)
    program.inputs["x"][...] = inputs[None]
    program.run()
    signal = SignalPath(model).follow(inputs, target)
    for tap in taps:
        np.testing.assert_allclose(signal.outputs[tap], program.outputs[tap][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(signal.outputs[DATA], inputs)


@pytest.mark.parametrize("name", list(CASES))
def test_gradients_of_weights_are_finite_differences_of_the_loss(name: str) -> None:
    model, inputs, target = _case(name)
    gradients = SignalPath(model).follow(inputs, target).gradients
    assert set(gradients) == set(model.parameters.trained)
    for weight in model.parameters.trained:
        array = model.parameters.value(weight)
        for place in list(np.ndindex(array.shape))[:: max(1, array.size // 5)]:
            array[place] += 1e-5
            above = _loss(model, inputs, target)
            array[place] -= 2e-5
            below = _loss(model, inputs, target)
            array[place] += 1e-5
            assert gradients[weight][place] == pytest.approx((above - below) / 2e-5, abs=1e-6), weight


@pytest.mark.parametrize("name", ["dense", "binary", "numbers", "residual", "pooled"])
def test_the_error_at_the_data_is_the_slope_of_the_loss(name: str) -> None:
    model, inputs, target = _case(name)
    errors = SignalPath(model).follow(inputs, target).errors
    assert set(errors) == {DATA, *(node.id for node in model.spec)}
    for place in np.ndindex(inputs.shape):
        moved = inputs.copy()
        moved[place] += 1e-5
        above = _loss(model, moved, target)
        moved[place] -= 2e-5
        slope = (above - _loss(model, moved, target)) / 2e-5
        assert errors[DATA][place] == pytest.approx(slope, abs=1e-6)


def test_the_error_of_a_hidden_layer_is_what_comes_back_through_the_weights_of_the_next() -> None:
    model, inputs, target = _case("dense")
    signal = SignalPath(model).follow(inputs, target)
    wrong = signal.outputs["dense-2"] - np.eye(3)[1]
    np.testing.assert_allclose(signal.errors["dense-2"], wrong, atol=1e-12)
    back = model.parameters.value("dense-2/kernel") @ wrong
    np.testing.assert_allclose(signal.errors["dense-1"], back, atol=1e-12)


def test_without_a_target_there_is_no_loss_and_no_error() -> None:
    model, inputs, _ = _case("dense")
    signal = SignalPath(model).follow(inputs)
    assert signal.loss is None
    assert not signal.errors
    assert signal.outputs["dense-2"].sum() == pytest.approx(1)


def test_a_sample_leaves_the_model_as_it_was() -> None:
    model, inputs, target = _case("residual")
    before = model.parameters.values.copy(), model.parameters.gradients.copy()
    SignalPath(model).follow(inputs, target)
    np.testing.assert_array_equal(model.parameters.values, before[0])
    np.testing.assert_array_equal(model.parameters.gradients, before[1])


def test_a_path_that_reaches_less_far_gives_less() -> None:
    model, inputs, target = _case("dense")
    whole = SignalPath(model).follow(inputs, target)
    errors = SignalPath(model, reach="errors").follow(inputs, target)
    outputs = SignalPath(model, reach="outputs").follow(inputs, target)
    assert whole.loss == errors.loss == outputs.loss
    assert not errors.gradients
    assert not outputs.errors
    for name, error in whole.errors.items():
        np.testing.assert_array_equal(errors.errors[name], error)


def test_a_network_of_two_hundred_layers_is_followed_at_once() -> None:
    layers = [Dense(units=3, activation=Tanh()) for _ in range(200)]
    model = Model(stack(*layers, LAST), Signature((3,), CLASSES), CategoricalCrossEntropy())
    begin = perf_counter()
    signal = SignalPath(model).follow(np.ones(3, np.float32), np.asarray(1))
    assert perf_counter() - begin < 3
    assert len(signal.errors) == 202
