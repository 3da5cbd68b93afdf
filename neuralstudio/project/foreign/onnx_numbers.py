"""Operations of ONNX that change each number by itself: they become formulas and activations."""

from dataclasses import replace

import numpy as np

from neuralstudio.engine.activations import ELU, GELU, SELU, ActivationFunction, LeakyReLU, Swish
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dropout import Dropout
from neuralstudio.project.foreign import elementwise
from neuralstudio.project.foreign.draft import layer
from neuralstudio.project.foreign.elementwise import X, call, composed, limited
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_reader import Reader, reads, real, word
from neuralstudio.project.foreign.onnx_shapes import folded
from neuralstudio.project.foreign.onnx_signals import Signal
from neuralstudio.schema.expression import Expression, Number


@reads(*elementwise.UNARY, "HardSwish", "Mish", "Reciprocal", "Softsign")
def unary(reader: Reader, node: Node) -> None:
    if not isinstance(reader.given(node, 0), Signal):
        reader.put(node, folded(reader, node, [reader.array(node, 0)]))
        return
    x = ready(reader, node, reader.signal(node))
    tree = composed(node.op, x.tree) or call(elementwise.UNARY.get(node.op, ""), x.tree)
    extend(reader, node, x, tree)


@reads("HardSigmoid", "Clip", "PRelu")
def limiting(reader: Reader, node: Node) -> None:
    x = ready(reader, node, reader.signal(node))
    if node.op == "HardSigmoid":
        slope, shift = real(node.attributes.get("alpha"), 0.2), real(node.attributes.get("beta"), 0.5)
        tree = call("+", call("*", x.tree, Number(slope)), Number(shift))
        extend(reader, node, x, limited(call("max", tree, Number(0.0)), None, 1.0))
        return
    if node.op == "PRelu":
        alpha = _one_number(reader, node, 1)
        if alpha is None or not 0 <= alpha <= 1:
            raise reader.refusal(node, "its slope is not one number from 0 to 1")
        _activate(reader, node, layer(Activation, function=LeakyReLU(alpha)).function)
        return
    low = (
        real(node.attributes.get("min"), np.nan) if not reader.has(node, 1) else _one_number(reader, node, 1)
    )
    high = (
        real(node.attributes.get("max"), np.nan) if not reader.has(node, 2) else _one_number(reader, node, 2)
    )
    extend(reader, node, x, limited(x.tree, _finite(low), _finite(high)))


def _finite(value: float | None) -> float | None:
    """A limit, or None where it limits nothing."""
    return None if value is None or not abs(value) < 3e38 else value


def _one_number(reader: Reader, node: Node, place: int) -> float | None:
    array = reader.array(node, place)
    return float(array.ravel()[0]) if array.size == 1 and array.dtype.kind in "iuf" else None


@reads("LeakyRelu", "Elu", "Selu", "Gelu", "Swish")
def activation(reader: Reader, node: Node) -> None:
    settings = node.attributes
    function: ActivationFunction
    match node.op:
        case "LeakyRelu":
            function = LeakyReLU(round(real(settings.get("alpha"), 0.01), 7))
        case "Elu":
            function = ELU(round(real(settings.get("alpha"), 1.0), 7))
        case "Selu":
            if abs(real(settings.get("alpha"), 1.6732632) - 1.6732632) > 1e-5:
                raise reader.refusal(node, "it has another slope")
            function = SELU()
        case "Gelu":
            function = GELU("tanh" if word(settings.get("approximate"), "none") == "tanh" else "none")
        case _:
            if real(settings.get("alpha"), 1.0) != 1:
                raise reader.refusal(node, "it has another slope")
            function = Swish()
    _activate(reader, node, function)


def _activate(reader: Reader, node: Node, function: ActivationFunction) -> None:
    checked = layer(Activation, function=function)
    x = reader.settled(ready(reader, node, reader.signal(node)))
    name = reader.draft.add(checked, (x.source,), name=reader.owner(node))
    reader.put(node, replace(x, source=name))


@reads("Dropout")
def dropout(reader: Reader, node: Node) -> None:
    x = reader.settled(ready(reader, node, reader.signal(node)))
    rate = real(node.attributes.get("ratio"), 0.5)
    if reader.has(node, 1):
        rate = float(_one_number(reader, node, 1) or 0)
    kind = layer(Dropout, rate=round(rate, 7))
    reader.put(node, replace(x, source=reader.draft.add(kind, (x.source,), name=reader.owner(node))))


@reads("GreaterOrEqual", "Greater", "LessOrEqual", "Less")
def comparison(reader: Reader, node: Node) -> None:
    x = ready(reader, node, reader.signal(node))
    limit = _one_number(reader, node, 1)
    if limit is None:
        raise reader.refusal(node, "it compares with more than one number")
    above = x.tree if limit == 0 else call("-", x.tree, Number(limit))
    if node.op in ("GreaterOrEqual", "Less"):
        tree = call("step", above)
    else:
        tree = call("step", call("negative", above))
    is_turned = node.op in ("Greater", "Less")
    extend(reader, node, x, call("-", Number(1.0), tree) if is_turned else tree)


def ready(reader: Reader, node: Node, x: Signal) -> Signal:
    """The signal for an operation on its numbers: what belongs to another layer is made that layer first."""
    if x.is_token:
        raise reader.refusal(node, "it computes with tokens")
    if x.tree == X:
        return reader.shaped(x)
    is_another = reader.is_ours and x.owner != reader.owner(node)
    return reader.shaped(reader.settled(x)) if is_another else x


def extend(reader: Reader, node: Node, x: Signal, tree: Expression) -> None:
    """The signal with a larger formula; where that grows too large, it is cut and begun anew."""
    if elementwise.parts(tree) > elementwise.MOST_PARTS:
        raise reader.refusal(node, "it is part of a formula too long to be read")
    reader.put(node, replace(x, tree=tree, owner=reader.owner(node)))
