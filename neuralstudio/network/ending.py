"""Whether last layer, loss and data go together: what cannot be trained, and what had better not be."""

from collections.abc import Mapping
from math import inf

from msgspec.structs import replace

from neuralstudio.data._base import Quantity, Signature
from neuralstudio.engine.graph import Op, Tensor, dimensions
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    Encoding,
    Hinge,
    HuberLoss,
    LogCoshLoss,
    LossFunction,
    MeanAbsoluteLoss,
    MeanSquaredError,
)
from neuralstudio.engine.ops.activation import HardSigmoid, Softplus, Softsign, Step
from neuralstudio.engine.ops.elementwise import Relu, Sigmoid, Tanh
from neuralstudio.engine.ops.loss import Softmax
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.reshape import Reshape as ReshapeLayer
from neuralstudio.layers.temperature import Temperature
from neuralstudio.network.spec import Node, display_name
from neuralstudio.network.trace import Trace
from neuralstudio.schema.problem import Problem, ProblemError, errors

_FOR_DISTANCES = MeanSquaredError | MeanAbsoluteLoss | HuberLoss | LogCoshLoss
"""Losses that compare number with number."""
_NEAR = 1e-6
_SPANS: dict[type[Op], tuple[str, float, float]] = {
    Sigmoid: ("sigmoid", 0, 1),
    HardSigmoid: ("hard sigmoid", 0, 1),
    Step: ("step", 0, 1),
    Tanh: ("tanh", -1, 1),
    Softsign: ("softsign", -1, 1),
    Softplus: ("softplus", 0, inf),
    Relu: ("ReLU", 0, inf),
}
"""What an output ends with, and between which numbers it answers."""
_DISTURBING = Dropout | GaussianNoise
_FINISHING = Activation | Temperature | Flatten | ReshapeLayer
"""Layers that turn an answer into its final form."""


def ending_problems(
    last: Node, nodes: Mapping[str, Node], traced: Trace, signature: Signature, loss: LossFunction
) -> list[Problem]:
    """What does not fit between the network's output and what is to be learnt."""
    found = _misfits(last, traced.tensors[last.id], signature, loss)
    noise = _noise_behind(last, nodes)
    if noise is None or traced.tensors[noise.id] is traced.tensors[noise.inputs[0]]:
        return found
    problem = _disturbed(noise)
    if errors(found):
        # The noise itself may be what hides the output's softmax or sigmoid from the loss.
        source = nodes[noise.inputs[0]]
        found = _misfits(source, traced.tensors[source.id], signature, loss)
        if not errors(found):
            problem = replace(problem, severity="error")
    return [problem, *found]


def _noise_behind(last: Node, nodes: Mapping[str, Node]) -> Node | None:
    """The layer that disturbs the answer itself, where nothing with weights comes behind it."""
    node: Node | None = last
    while node is not None and isinstance(node.layer, _FINISHING):
        node = nodes.get(node.inputs[0])
    is_noise = node is not None and isinstance(node.layer, _DISTURBING) and node.inputs[0] in nodes
    return node if is_noise else None


def _disturbed(noise: Node) -> Problem:
    what = "It disturbs the answer itself, as no layer with weights comes behind it"
    remedy = "Move it before the last layer with weights, or remove it."
    return Problem(display_name(noise), what, remedy, "warning", noise.id)


def _misfits(last: Node, output: Tensor, signature: Signature, loss: LossFunction) -> list[Problem]:
    steps = output.shape[1:-1]
    if steps != ((signature.steps,) if signature.steps else ()) or len(output.shape) < 2:
        return [_wrong_form(last, output, signature)]
    try:
        encoding = loss.encoding(output, len(signature.classes))
    except ProblemError as error:
        return [replace(each, node=last.id) for each in error.problems]
    name, width = display_name(last), output.shape[-1]
    final = _final_op(output)
    if width == 1 and isinstance(final, Softmax):
        what = "A softmax over a single unit is always 1"
        remedy = "Use another one, or a unit for each class." if signature.classes else "Use linear."
        return [Problem(name, what, remedy, node=last.id, field="activation")]
    if encoding == "numbers" and width != signature.numbers:
        verb = "is" if signature.numbers == 1 else "are"
        what = f"The last layer's output is {width} wide, but {signature.numbers} {verb} to be predicted"
        remedy = f"Let the last layer have as many units as numbers to predict: {signature.numbers}."
        return [Problem(name, what, remedy, node=last.id, field="units")]
    if encoding in ("numbers", "signed"):
        doubt = _out_of_reach(last, final, signature, loss, encoding)
        if doubt is not None:
            return [doubt]
    return _doubts(last, final, width, loss, encoding)


def _out_of_reach(
    last: Node, final: Op, signature: Signature, loss: LossFunction, encoding: Encoding
) -> Problem | None:
    """An output that cannot say what is to be said; None also where nobody knows what that is."""
    title, low, high = _SPANS.get(type(final), ("", -inf, inf))
    if encoding == "signed":
        if low < 0 or isinstance(loss, Hinge):
            return None
        what = f"Its {title} answers with nothing below 0, but one of the classes is −1"
    else:
        wanted = [float(quantity.scaled(end)) for quantity in signature.predicted for end in _ends(quantity)]
        if not wanted or (low - _NEAR <= min(wanted) and max(wanted) <= high + _NEAR):
            return None
        said = f"from {low:g} to {high:g}" if high < inf else f"with nothing below {low:g}"
        lowest, highest = (f"{number:.3g}".replace("-", "−") for number in (min(wanted), max(wanted)))
        said = said.replace("-", "−")
        what = f"Its {title} answers {said}, but the numbers to predict go from {lowest} to {highest}"
    return Problem(display_name(last), what, "Use linear.", "warning", last.id, "activation")


def _ends(quantity: Quantity) -> tuple[float, float]:
    return quantity.low, quantity.high


def _wrong_form(last: Node, output: Tensor, signature: Signature) -> Problem:
    """The problem of an output that has not the form of a target."""
    shape = dimensions(output.shape[1:])
    if signature.steps:
        what = (
            f"The last layer's output is {shape}, but each of {signature.steps} steps needs a row of numbers"
        )
        remedy = "Let recurrent layers return all steps, and end with Dense."
    else:
        what = f"The last layer's output is {shape}, but a row of numbers is needed"
        remedy = "Insert Flatten, then Dense."
    return Problem(display_name(last), what, remedy, node=last.id, field="outputs")


def _doubts(last: Node, final: Op, width: int, loss: LossFunction, encoding: Encoding) -> list[Problem]:
    """An output that can be trained with this loss, but had better not be."""
    name = display_name(last)
    is_squeezed = isinstance(final, Softmax | Sigmoid)
    if encoding == "numbers":
        if isinstance(final, Softmax) and isinstance(loss, _FOR_DISTANCES):
            what = "Its outputs add up to 1, but the numbers to predict may be any"
            return [Problem(name, what, "Use linear.", "warning", last.id, "activation")]
    elif isinstance(loss, _FOR_DISTANCES) and is_squeezed:
        squeezing = "softmax" if isinstance(final, Softmax) else "sigmoid"
        what = f"Behind a {squeezing} it learns slowly where the network is most wrong"
        remedy = "Use softmax and categorical cross-entropy."
        if width == 1 or squeezing == "softmax":
            remedy = f"Use {'binary' if width == 1 else 'categorical'} cross-entropy."
        return [Problem(loss.title, what, remedy, "warning", last.id, "loss")]
    elif isinstance(loss, BinaryCrossEntropy) and width > 1:
        what = f"Its {width} sigmoids answer each for itself, though every sample has one class only"
        remedy = "Use one unit" if width == 2 else "Use softmax and categorical cross-entropy"
        return [Problem(name, what, f"{remedy}.", "warning", last.id, "activation")]
    elif isinstance(loss, Hinge) and isinstance(final, Relu):
        what = "Its ReLU gives no scores below 0, which hinge asks of a wrong class"
        return [Problem(name, what, "Use linear.", "warning", last.id, "activation")]
    return []


def _final_op(output: Tensor) -> Op:
    """What computes the output's numbers, looking through reshapes."""
    while isinstance(output.op, Reshape):
        output = output.inputs[0]
    return output.op
