"""ONNX operations with two inputs: layers that join, and constants that become part of a layer or formula."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.multiply import Multiply
from neuralstudio.project.foreign import elementwise
from neuralstudio.project.foreign.elementwise import X, call
from neuralstudio.project.foreign.onnx_dense import radial
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_normalising import normalised
from neuralstudio.project.foreign.onnx_numbers import extend, ready
from neuralstudio.project.foreign.onnx_reader import Reader, TurnedError, number, reads
from neuralstudio.project.foreign.onnx_shapes import folded, joined
from neuralstudio.project.foreign.onnx_signals import Signal, fresh, placed
from neuralstudio.schema.expression import Call, Number


@reads("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum")
def arithmetic(reader: Reader, node: Node) -> None:
    values = [reader.given(node, place) for place in range(len(node.inputs))]
    signals = [value for value in values if isinstance(value, Signal)]
    if not signals:
        arrays = [value for value in values if not isinstance(value, Signal)]
        reader.put(node, folded(reader, node, arrays))
    elif len(values) != 2 and node.op != "Sum":
        raise reader.refusal(node, "it joins another number of inputs than two")
    elif len(signals) == len(values):
        _merge(reader, node, signals)
    else:
        _with_constant(reader, node, values)


def _with_constant(reader: Reader, node: Node, values: Sequence[Signal | Array]) -> None:
    is_first = isinstance(values[0], Signal)
    x, constant = (values[0], values[1]) if is_first else (values[1], values[0])
    assert isinstance(x, Signal)
    assert not isinstance(constant, Signal)
    if node.op == "Sub" and radial(reader, node, x, constant):
        return
    if constant.size != 1 or constant.ndim > len(x.axes):
        if not _bias(reader, node, x, constant):
            _per_channel(reader, node, x, constant, is_first=is_first)
        return
    x = ready(reader, node, x)
    if elementwise.parts(x.tree) + 2 > elementwise.MOST_PARTS:
        x = reader.settled(x)
    value = Number(float(constant.ravel()[0]))
    if not np.isfinite(value.value):
        raise reader.refusal(node, "it computes with a number that is not finite")
    both = (x.tree, value) if is_first else (value, x.tree)
    function = elementwise.BINARY.get(node.op, "+")
    is_relu = function == "max" and value == Number(0.0)
    extend(reader, node, x, call("relu", x.tree) if is_relu else call(function, *both))


def _bias(reader: Reader, node: Node, x: Signal, constant: Array) -> bool:
    """Takes a row that is added to a dense layer as its bias."""
    part = reader.draft.parts.get(x.source)
    is_row = constant.size == constant.shape[-1] == x.shape[-1] if constant.ndim else False
    is_dense = part is not None and isinstance(part.layer, Dense) and not reader.draft.readers(x.source)
    is_whole = x.tree == X and x.axes[-1] == x.atoms[-1:] and constant.ndim <= len(x.axes)
    if node.op != "Add" or part is None or not (is_row and is_dense and is_whole):
        return False
    is_used_once = reader.uses.get(next(name for name in node.inputs if reader.value(name) is x), 0) == 1
    is_same_layer = not reader.is_ours or part.name == reader.owner(node)
    if not (is_used_once and is_same_layer) or constant.dtype.kind != "f":
        return False
    part.weights["bias"] = np.asarray(part.weights["bias"] + constant.ravel(), np.float32)
    if not np.isfinite(part.weights["bias"]).all():
        raise reader.refusal(node, "its weights are not all finite numbers")
    reader.put(node, x)
    return True


def _per_channel(reader: Reader, node: Node, x: Signal, constant: Array, *, is_first: bool) -> None:
    """A scale or shift for each channel: a batch norm that never saw a batch."""
    shape = (1,) * (len(x.axes) - constant.ndim) + constant.shape
    longer = [place for place, length in enumerate(shape) if length > 1]
    is_usual = node.op in ("Add", "Sub", "Mul", "Div") and (is_first or node.op in ("Add", "Mul"))
    if len(shape) != len(x.axes) or len(longer) != 1 or not is_usual or constant.dtype.kind != "f":
        raise reader.refusal(
            node, "it computes with constants of another form than a number for each channel"
        )
    ones, zeros = np.ones(constant.size), np.zeros(constant.size)
    row = constant.ravel().astype(np.float64)
    with np.errstate(all="ignore"):
        scale = {"Mul": row, "Div": 1 / row}.get(node.op, ones)
    shift = {"Add": row, "Sub": -row}.get(node.op, zeros)
    scale = scale * np.sqrt(1 + BatchNorm().epsilon)
    normalised(reader, node, x, longer[0], BatchNorm(), (scale, shift, zeros, ones))


def _merge(reader: Reader, node: Node, signals: Sequence[Signal]) -> None:
    first = signals[0]
    function = elementwise.BINARY.get(node.op, "+")
    if len(signals) == 2 and _are_one(reader, node, *signals):
        tree = Call(function, tuple(each.tree for each in signals))
        if elementwise.parts(tree) <= elementwise.MOST_PARTS:
            extend(reader, node, first, tree)
            return
    signals = [ready(reader, node, each) for each in signals]
    if node.op in ("Sub", "Div"):
        second = signals[1]
        other = call("negative", second.tree) if node.op == "Sub" else call("/", Number(1.0), second.tree)
        signals = [signals[0], replace(second, tree=other)]
    kinds: dict[str, Layer] = {"Add": Add(), "Sum": Add(), "Sub": Add(), "Mul": Multiply(), "Div": Multiply()}
    if node.op not in kinds:
        raise reader.refusal(node, "no layer here joins two inputs so")
    if len({each.sizes(each.others) for each in signals}) > 1:
        raise reader.refusal(node, "it joins inputs of different shapes")
    if not _joins_more(reader, node, kinds[node.op], signals):
        _joined(reader, node, kinds[node.op], signals, None)


def _joins_more(reader: Reader, node: Node, kind: Layer, signals: Sequence[Signal]) -> bool:
    """Our sums of several inputs are written two by two: the next of them goes to the same layer."""
    first, second = signals
    part = reader.draft.parts.get(first.source)
    if part is None or not reader.is_ours or part.name != reader.owner(node) or part.layer != kind:
        return False
    order = [first.axes.index((atom,)) for atom in first.atoms if (atom,) in first.axes]
    if first.along(order) != first.atoms or len(order) != len(first.shape):
        return False
    source, shape = reader.feed(second, order)
    part.inputs = (*part.inputs, source)
    reader.draft.to_end(first.source)
    reader.put(node, first)
    return shape == first.shape


def _are_one(reader: Reader, node: Node, first: Signal, second: Signal) -> bool:
    """Whether both are formulas of one layer's numbers, such as x·sigmoid(x)."""
    is_same = first.source == second.source and first.axes == second.axes and not first.is_token
    owner = reader.owner(node)
    is_plain = all(each.tree == X or each.owner == owner for each in (first, second))
    return is_same and is_plain and (first.tree, second.tree) != (X, X)


def _joined(reader: Reader, node: Node, kind: Layer, signals: Sequence[Signal], last: int | None) -> None:
    """A layer that reads all of them, their axes in an order in which all can be read; ``last``: ends it."""
    others = signals[0].others
    if any(each.batch != signals[0].batch or len(each.axes) != len(signals[0].axes) for each in signals):
        raise reader.refusal(node, "it joins inputs of different shapes")
    orders = [others, [*others[1:], others[0]]] if others else [others]
    if last is not None:
        orders = [[*(place for place in others if place != last), last]]
    for order in orders:
        if all(each.along(order) == each.atoms for each in map(reader.settled, signals)):
            break
    else:
        raise TurnedError("It joins inputs whose axes lie in different orders")
    fed = [reader.feed(each, order) for each in signals]
    name = reader.draft.add(kind, tuple(source for source, _ in fed), name=reader.owner(node))
    shape = fed[0][1]
    if last is not None:
        shape = (*shape[:-1], sum(each[-1] for _, each in fed))
    reader.put(node, fresh(name, shape, placed(signals[0], order)))


@reads("Concat")
def concatenation(reader: Reader, node: Node) -> None:
    values = [reader.given(node, place) for place in range(len(node.inputs))]
    axis = number(node.attributes.get("axis"), -1)
    arrays = [value for value in values if not isinstance(value, Signal)]
    if len(arrays) == len(values):
        reader.put(node, joined(reader, node, arrays, axis))
        return
    signals = [ready(reader, node, value) for value in values if isinstance(value, Signal)]
    if arrays or not -len(signals[0].axes) <= axis < len(signals[0].axes):
        raise reader.refusal(node, "it puts constants beside its input")
    place = axis % len(signals[0].axes)
    if signals[0].batch == place:
        raise reader.refusal(node, "it joins samples")
    if len(signals) == 1:
        reader.put(node, signals[0])
        return
    others = [each for each in signals[0].others if each != place]
    is_flat = len(signals[0].axes) == 2
    if any(len(each.axes) != len(signals[0].axes) for each in signals) or (
        not is_flat and len({each.sizes(others) for each in signals}) > 1
    ):
        raise reader.refusal(node, "it joins inputs of different shapes")
    _joined(reader, node, Concatenate(), signals, place)
