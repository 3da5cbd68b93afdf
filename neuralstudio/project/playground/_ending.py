"""The end of a playground's network, which follows the data: output layer and loss."""

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import ActivationFunction, Linear, Sigmoid, Softmax, Tanh
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    HalfSquaredError,
    HuberLoss,
    LogCoshLoss,
    LossFunction,
    MeanAbsoluteLoss,
    MeanSquaredError,
)
from neuralstudio.layers.dense import Dense
from neuralstudio.project.document import Project
from neuralstudio.project.playground._stack import stack_of
from neuralstudio.project.playground._writing import new_problems, with_layer, with_trainer
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import Problem, ProblemError, errors

_COMPARING = HalfSquaredError | MeanSquaredError | MeanAbsoluteLoss | HuberLoss | LogCoshLoss
"""Losses that compare number with number: they serve numbers to predict and two classes alike."""


def following(project: Project, before: Signature) -> Project:
    """The project with an end that fits its data; kept as it is where it still does.

    before: what the end was made for.
    """
    now = project.dataset.signature
    is_alike = (len(before.classes), before.numbers) == (len(now.classes), now.numbers)
    if is_alike and not errors(project.check().problems):
        return project
    loss, dense = project.loss, _output(project)
    if not now.classes:
        loss = loss if isinstance(loss, _COMPARING) else HalfSquaredError()
        return _ended(project, dense, now.numbers, Linear(), loss)
    if len(now.classes) > 2:
        return _ended(project, dense, len(now.classes), Softmax(), CategoricalCrossEntropy())
    if isinstance(loss, BinaryCrossEntropy):
        return _ended(project, dense, 1, Sigmoid(), loss)
    loss = loss if isinstance(loss, HalfSquaredError | MeanSquaredError) else HalfSquaredError()
    return _ended(project, dense, 1, Tanh(), loss)


def with_output_activation(project: Project, activation: ActivationFunction) -> Project:
    """The project with another activation at its output, and the loss that goes with it.

    Raises ``ProblemError`` where it could not tell the classes or the numbers apart.
    """
    classes, dense = len(project.dataset.signature.classes), _output(project)
    loss: LossFunction = project.loss
    units = dense.units
    if isinstance(activation, Softmax) and classes:
        loss, units = CategoricalCrossEntropy(), classes
    elif isinstance(activation, Sigmoid) and classes == 2:
        loss, units = BinaryCrossEntropy(), 1
    elif classes in (0, 2):
        loss = loss if isinstance(loss, _COMPARING) else HalfSquaredError()
        units = 1 if classes else units
    changed = _ended(project, dense, units, activation, loss)
    wrong = new_problems(project, changed)
    if wrong:
        where = f"Output · {activation.title}"
        raise ProblemError(Problem(where, wrong[0].what, "Choose another activation for the output."))
    return changed


def _output(project: Project) -> Dense:
    return stack_of(project).output.dense


def _ended(
    project: Project, dense: Dense, units: int, activation: ActivationFunction, loss: LossFunction
) -> Project:
    output = stack_of(project).output
    layer = replaced(dense, units=units, activation=activation)
    return with_trainer(with_layer(project, output, layer), loss=loss)
