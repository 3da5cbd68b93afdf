"""Losses, activations and metrics by their definitions, and equal to PyTorch where it has them."""

from typing import Any

import numpy as np
import pytest

from neuralstudio.engine.activations import (
    ACTIVATIONS,
    ActivationFunction,
    Linear,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Tensor, placeholder
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Encoding,
    LossFunction,
    MeanSquaredError,
)
from neuralstudio.engine.metrics import Accuracy, MeanAbsoluteError, usual_metric
from neuralstudio.schema.problem import ProblemError

Z = np.random.default_rng(0).normal(0, 3, (6, 4))
TARGETS: dict[Encoding, Array] = {
    "index": np.array([0, 3, 1, 2, 2, 0]),
    "numbers": np.random.default_rng(1).normal(size=(6, 4)),
    "one_hot": np.eye(4)[[0, 3, 1, 2, 2, 0]],
}


def measured(
    loss: LossFunction, activation: ActivationFunction, encoding: Encoding, logits: Array = Z
) -> tuple[float, Array]:
    """The loss behind an activation, and its gradient with respect to the logits."""
    z = placeholder("z", logits.shape)
    target = placeholder("target", TARGETS[encoding].shape, "index" if encoding == "index" else "float")
    cost = loss.build(activation.build(z), target)
    (slope,) = gradients(cost, [z])
    assert slope is not None
    into = np.zeros_like(logits)
    program = compile_program({"loss": cost}, {}, [(slope, into)], dtype=np.float64)
    program.inputs["z"][...] = logits
    program.inputs["target"][...] = TARGETS[encoding]
    program.run()
    return float(program.outputs["loss"]), into


@pytest.mark.peers
@pytest.mark.parametrize(
    ("loss", "activation", "encoding", "name"),
    [
        (MeanSquaredError(), Linear(), "numbers", "mse_loss"),
        (BinaryCrossEntropy(), Sigmoid(), "one_hot", "binary_cross_entropy_with_logits"),
        (CategoricalCrossEntropy(), Softmax(), "index", "cross_entropy"),
    ],
)
def test_loss_and_gradient_equal_pytorch(
    loss: LossFunction, activation: ActivationFunction, encoding: Encoding, name: str
) -> None:
    torch: Any = pytest.importorskip("torch")
    z = torch.tensor(Z, requires_grad=True)
    theirs = getattr(torch.nn.functional, name)(z, torch.tensor(TARGETS[encoding]))
    theirs.backward()
    value, slope = measured(loss, activation, encoding)
    assert value == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(slope, z.grad.numpy(), 1e-10, 1e-14)


@pytest.mark.peers
@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.tag())
def test_activation_equals_pytorch(kind: type[ActivationFunction]) -> None:
    torch: Any = pytest.importorskip("torch")
    x = torch.tensor(Z)
    theirs = {Linear: x, Sigmoid: x.sigmoid(), Tanh: x.tanh(), ReLU: x.relu(), Softmax: x.softmax(-1)}[kind]
    program = compile_program({"y": kind().build(placeholder("x", Z.shape))}, dtype=np.float64)
    program.inputs["x"][...] = Z
    program.run()
    np.testing.assert_allclose(program.outputs["y"], theirs.numpy(), 1e-12, 1e-14)


def share(target: Array, encoding: Encoding, output: Array, activation: ActivationFunction) -> float:
    z = placeholder("z", output.shape)
    goal = placeholder("target", target.shape, "index" if encoding == "index" else "float")
    program = compile_program({"metric": Accuracy().build(activation.build(z), goal, encoding)})
    program.inputs["z"][...] = output
    program.inputs["target"][...] = target
    program.run()
    return float(program.outputs["metric"])


def test_accuracy_counts_right_classes_in_every_encoding() -> None:
    said = np.array([[0.1, 2, 0], [3, 1, 0], [0, 1, 5], [2, 0, 0]])
    labels = np.array([1, 0, 2, 1])
    assert share(labels, "index", said, Softmax()) == 0.75
    assert share(np.eye(3)[labels], "one_hot", said, Sigmoid()) == 0.75
    column = np.array([[2.0], [-1.0], [0.5], [-3.0]])
    assert share(np.array([[1.0], [0.0], [0.0], [0.0]]), "binary", column, Sigmoid()) == 0.75
    assert share(np.array([[1.0], [-1.0], [-1.0], [1.0]]), "signed", column, Tanh()) == 0.5


def test_mean_absolute_error_is_the_mean_distance() -> None:
    y, t = placeholder("y", (2, 1)), placeholder("t", (2, 1))
    program = compile_program({"metric": MeanAbsoluteError().build(y, t, "numbers")})
    program.inputs["y"][...] = [[1], [5]]
    program.inputs["t"][...] = [[2], [2]]
    program.run()
    assert float(program.outputs["metric"]) == 2


def test_people_look_at_accuracy_for_classes_and_at_distance_for_numbers() -> None:
    assert usual_metric(10) == Accuracy()
    assert usual_metric(0) == MeanAbsoluteError()


def ending(activation: ActivationFunction, units: int) -> Tensor:
    return activation.build(placeholder("z", (1, units)))


@pytest.mark.parametrize(
    ("loss", "activation", "units", "classes", "encoding"),
    [
        (CategoricalCrossEntropy(), Softmax(), 10, 10, "index"),
        (BinaryCrossEntropy(), Sigmoid(), 1, 2, "binary"),
        (BinaryCrossEntropy(), Sigmoid(), 10, 10, "one_hot"),
        (MeanSquaredError(), Tanh(), 1, 2, "signed"),
        (MeanSquaredError(), Sigmoid(), 1, 2, "binary"),
        (MeanSquaredError(), Softmax(), 10, 10, "one_hot"),
        (MeanSquaredError(), Linear(), 3, 0, "numbers"),
    ],
)
def test_targets_are_encoded_as_loss_and_last_layer_want_them(
    loss: LossFunction, activation: ActivationFunction, units: int, classes: int, encoding: Encoding
) -> None:
    assert loss.encoding(ending(activation, units), classes) == encoding


@pytest.mark.parametrize(
    ("loss", "activation", "units", "classes", "words"),
    [
        (CategoricalCrossEntropy(), Linear(), 10, 10, "softmax"),
        (CategoricalCrossEntropy(), Softmax(), 9, 10, "9 units.*10 classes"),
        (CategoricalCrossEntropy(), Softmax(), 1, 0, "numbers to predict"),
        (BinaryCrossEntropy(), Softmax(), 10, 10, "sigmoid"),
        (BinaryCrossEntropy(), Sigmoid(), 1, 10, "1 unit, .*10 classes"),
        (BinaryCrossEntropy(), Sigmoid(), 1, 0, "numbers to predict"),
        (MeanSquaredError(), Linear(), 3, 10, "3 units.*10 classes"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused_with_a_remedy(
    loss: LossFunction, activation: ActivationFunction, units: int, classes: int, words: str
) -> None:
    with pytest.raises(ProblemError, match=words) as refusal:
        loss.encoding(ending(activation, units), classes)
    (problem,) = refusal.value.problems
    assert problem.remedy
    assert problem.field == "loss"
