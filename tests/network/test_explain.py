"""A recorded step shows what training computes, and leaves the network as it was."""

import numpy as np
import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import ReLU, Softmax
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.engine.program import Program
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.network.explain import record
from neuralstudio.network.model import Model
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.network.step import TrainingStep

END = Dense(units=3, activation=Softmax())
CONVOLUTION = Conv2D(filters=4, kernel_size=3, activation=ReLU())
BATCH = 6
NETWORKS: dict[str, tuple[NetworkSpec, tuple[int, ...]]] = {
    "cnn": (stack(CONVOLUTION, MaxPool2D(size=2), Flatten(), END), (6, 6, 2)),
    "transposed": (stack(ConvTranspose2D(filters=2, kernel_size=2), Flatten(), END), (3, 3, 2)),
    "batch norm": (stack(CONVOLUTION, BatchNorm(), Flatten(), END), (6, 6, 2)),
    "dropout": (stack(Dense(units=8), Dropout(rate=0.5), END), (5,)),
    "lstm": (stack(LSTM(units=4), END), (4, 2)),
}


def model(name: str) -> Model:
    spec, shape = NETWORKS[name]
    return Model(spec, Signature(shape, ("a", "b", "c")), CategoricalCrossEntropy())


def batch(of: Model) -> tuple[Array, Array]:
    random = np.random.default_rng(1)
    x = random.normal(0, 1, (BATCH, *of.signature.input_shape)).astype(np.float32)
    return x, random.integers(0, 3, BATCH)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_recorded_step_is_the_step_that_training_does(name: str) -> None:
    of = model(name)
    x, targets = batch(of)

    def fill(_: int, rows: slice, program: Program) -> None:
        program.inputs["x"][...] = x[rows]
        program.inputs["target"][...] = targets[rows]

    recorded = record(of, x, targets, 7)
    found = {moment.title: moment for moment in recorded if moment.title}
    loss, _ = TrainingStep(of, BATCH, 1).run(fill, 7)
    assert float(found["loss"].value) == pytest.approx(loss, rel=1e-6)
    for weight in of.parameters.trained:
        moment = found[f"gradient of {weight}"]
        assert moment.is_backward
        np.testing.assert_allclose(moment.value, of.parameters.gradient(weight), 1e-4, 1e-6)
    for state in set(of.parameters) - set(of.parameters.trained):
        np.testing.assert_allclose(found[f"new {state}"].value, of.parameters.value(state), 1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_recording_changes_nothing(name: str) -> None:
    of = model(name)
    of.parameters.gradients[...] = 3
    values, gradients = of.parameters.values.copy(), of.parameters.gradients.copy()
    first, again = (record(of, *batch(of), 2) for _ in range(2))
    np.testing.assert_array_equal(of.parameters.values, values)
    np.testing.assert_array_equal(of.parameters.gradients, gradients)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def test_another_chapter_drops_other_units() -> None:
    of = model("dropout")
    first, other = (
        next(moment for moment in record(of, *batch(of), chapter) if moment.name.startswith("KeepMask"))
        for chapter in (1, 2)
    )
    assert (first.value != other.value).any()


def test_layers_and_weights_are_called_by_their_names() -> None:
    of = model("batch norm")
    moments = {moment.name.partition(" ")[0]: moment for moment in record(of, *batch(of), 0)}
    assert moments["Convolution"].formula == "x ∗ kernel"
    assert moments["BatchNorm"].formula.startswith("gamma·(output of Conv 2D 1 − mean)")
    assert moments["BatchNorm"].title == "output of Batch norm 1"
    assert moments["ReluGradient"].formula.startswith("gradient for Conv 2D 1 where output of Conv 2D 1 > 0")
    assert moments["Side"].formula.startswith("side ")
