"""Walks an ONNX graph and makes layers of it. What each operation means stands in the ``onnx_…`` files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network.spec import DATA
from neuralstudio.project.foreign.draft import Draft, layer
from neuralstudio.project.foreign.elementwise import X, functions
from neuralstudio.project.foreign.onnx_model import Attribute, Graph, Node
from neuralstudio.project.foreign.onnx_signals import Signal, fresh
from neuralstudio.project.foreign.refusal import RefusalError, shown
from neuralstudio.schema.expression import Expression

MOST_FOLDED = 1 << 26
"""Numbers that may be worked out from constants, all operations together."""
MOST_LENGTH = 1 << 24


class TurnedError(RefusalError):
    """Axes lie in an order no layer of ours can read; perhaps they do not if the input is turned."""


Handler = Callable[["Reader", Node], None]
HANDLERS: dict[str, Handler] = {}


def reads(*ops: str) -> Callable[[Handler], Handler]:
    """Declares what makes layers of some operations."""

    def declare(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(ops, handler))
        return handler

    return declare


class Reader:
    """The graph so far: ``values`` has each tensor by name, constants as arrays.

    is_ours: the file was written here, so operations are named after the layers they belong to.
    """

    def __init__(self, graph: Graph, opset: int, order: Sequence[int], *, is_ours: bool) -> None:
        self.opset = opset
        self.is_ours = is_ours
        self.draft = Draft(kept=frozenset(map(self.owner, graph.nodes)))
        self.notes: list[str] = []
        self.values: dict[str, Signal | Array] = dict(graph.tensors)
        self.by_step: set[str] = set()
        """Dense layers that work on each step of a sequence."""
        self.vocabulary = 0
        self.fixed_batch = 1
        self.done: set[int] = set()
        """Operations that were read together with an earlier one."""
        self.cut_short: dict[str, Shape] = {}
        """What recurrent layers put out after it was found that only their last step is used."""
        self.shape_of_output: Shape = ()
        self._fed: dict[tuple[str, Shape], str] = {}
        self._settled: dict[tuple[str, Expression], str] = {}
        self._folded = 0
        self._graph = graph
        self._begin(order)
        self.readers: dict[str, list[Node]] = {}
        for node in graph.nodes:
            for name in node.inputs:
                self.readers.setdefault(name, []).append(node)
        self.uses = {name: len(nodes) for name, nodes in self.readers.items()}
        output = graph.outputs[0].name
        self.uses[output] = self.uses.get(output, 0) + 1

    def _begin(self, order: Sequence[int]) -> None:
        port = next(port for port in self._graph.inputs if port.name not in self._graph.tensors)
        shape = port.shape or ()
        own = [shape[order.index(axis)] for axis in range(1, len(shape))]
        if any(length is None or length < 1 for length in own):
            raise RefusalError("The size of its input is left open", "Export it for inputs of one size.")
        self.input_shape = tuple(length or 0 for length in own)
        if prod(self.input_shape) > MOST_LENGTH:
            raise RefusalError("Its input is larger than any that can be used here")
        self.fixed_batch = shape[order.index(0)] or 1
        signal = fresh(DATA, self.input_shape, order)
        self.values[port.name] = replace(signal, is_token=port.type in (6, 7))

    def run(self) -> str:
        """Reads all operations the first output depends on; the id of the layer that makes it."""
        for node in self._graph.nodes:
            if id(node) not in self.done:
                HANDLERS[node.op](self, node)
        output = self.value(self._graph.outputs[0].name)
        if not isinstance(output, Signal):
            raise RefusalError("Its output does not depend on its input")
        if output.is_in_order or not self._is_turned_only(output):
            source, self.shape_of_output = self.feed(output, output.others)
            return source
        self.notes.append("What it puts out has its channels last here.")
        self.shape_of_output = output.shape
        return self.settled(output).source

    def _is_turned_only(self, signal: Signal) -> bool:
        sizes = sorted(length for length in signal.sizes(signal.others) if length > 1)
        return sizes == sorted(length for length in signal.shape if length > 1)

    # ── what a handler asks ──────────────────────────────────────────────────────────────────────

    def value(self, name: str) -> Signal | Array:
        if name not in self.values:
            raise RefusalError(f"An operation reads {shown(name)}, which nothing before it makes")
        return self.values[name]

    def signal(self, node: Node, place: int = 0) -> Signal:
        value = self.given(node, place)
        if not isinstance(value, Signal):
            raise self.refusal(node, "its input does not depend on the network's")
        return value

    def array(self, node: Node, place: int) -> Array:
        value = self.given(node, place)
        if isinstance(value, Signal):
            raise self.refusal(node, "it computes with weights that are not constant")
        return value

    def weight(self, node: Node, place: int, rank: int) -> Array:
        """A constant of so many axes."""
        array = self.array(node, place)
        if array.ndim != rank or array.dtype.kind != "f" or not array.size:
            raise self.refusal(node, f"its weights have not the {rank} axes they should have")
        return array

    def given(self, node: Node, place: int) -> Signal | Array:
        if not self.has(node, place):
            raise self.refusal(node, "one of its inputs is missing")
        return self.value(node.inputs[place])

    def has(self, node: Node, place: int) -> bool:
        return place < len(node.inputs) and bool(node.inputs[place])

    def integers(self, node: Node, place: int, attribute: str) -> list[int] | None:
        """Whole numbers that later versions of ONNX give as an input, earlier ones as an attribute."""
        if self.has(node, place):
            array = self.array(node, place)
            if array.dtype.kind not in "iu" or array.size > 64:
                raise self.refusal(node, "whole numbers were expected")
            return [int(each) for each in array.ravel()]
        found = node.attributes.get(attribute)
        if found is None:
            return None
        return list(whole(found)) if isinstance(found, tuple) else [number(found)]

    def owner(self, node: Node) -> str:
        """The id of the layer an operation belongs to, where that is known."""
        return node.name.partition("/")[0] if self.is_ours else ""

    def refusal(self, node: Node, reason: str) -> RefusalError:
        name = f" ({shown(node.name)})" if node.name else ""
        return RefusalError(f"Its operation {node.op}{name} cannot be read: {reason}")

    def put(self, node: Node, value: Signal | Array) -> None:
        """Makes a value the operation's (first) result."""
        if not node.outputs:
            raise self.refusal(node, "it has no output")
        self.values[node.outputs[0]] = value

    def fold(self, numbers: int) -> None:
        """Counts numbers that are about to be worked out from constants."""
        self._folded += numbers
        if self._folded > MOST_FOLDED:
            raise RefusalError("It computes more from constants than can be done here")

    # ── from signals to layers ───────────────────────────────────────────────────────────────────

    def settled(self, signal: Signal) -> Signal:
        """The signal with its formula made layers."""
        if self.cut_short.get(signal.source, signal.shape) != signal.shape:
            raise RefusalError("It uses all steps of a recurrent layer, and its last step by itself")
        if signal.tree == X:
            return signal
        key = signal.source, signal.tree
        if key not in self._settled:
            source = signal.source
            for function in functions(signal.tree):
                kind = layer(Activation, function=function)
                source = self.draft.add(kind, (source,), name=signal.owner)
            self._settled[key] = source
        return replace(signal, source=self._settled[key], tree=X, owner="")

    def shaped(self, signal: Signal) -> Signal:
        """The signal with its reshaping made a layer, where that is all it takes."""
        sizes = signal.sizes(signal.others)
        is_same = [each for each in sizes if each > 1] == [each for each in signal.shape if each > 1]
        if is_same or not signal.is_in_order or signal.batch:
            return signal
        source, _ = self.feed(signal, signal.others)
        return replace(fresh(source, sizes, range(len(signal.axes))), is_token=signal.is_token)

    def feed(
        self, signal: Signal, axes: Sequence[int], *, is_channel_open: bool = False
    ) -> tuple[str, Shape]:
        """Has a layer read a signal with its axes in this order: the id of what it reads, and the shape.

        is_channel_open: the layer takes inputs without their last axis, if it has length 1.
        Raises ``TurnedError`` where the numbers do not lie in that order.
        """
        settled = self.settled(signal)
        wanted = settled.sizes(axes)
        if settled.along(axes) != settled.atoms:
            raise TurnedError("It turns axes in a way that no layer here does")
        if wanted == settled.shape or (is_channel_open and (*settled.shape, 1) == wanted):
            return settled.source, wanted
        key = settled.source, wanted
        if key not in self._fed:
            text = "×".join(map(str, wanted))
            shaper = Flatten() if len(wanted) == 1 else layer(Reshape, shape=text)
            self._fed[key] = self.draft.add(shaper, (settled.source,), name=settled.via)
        return self._fed[key], wanted


def number(value: Attribute | None, default: int = 0) -> int:
    """A whole number of an attribute."""
    if value is None:
        return default
    if isinstance(value, int):
        return value
    raise RefusalError("One of its operations has a setting that is no whole number")


def real(value: Attribute | None, default: float) -> float:
    """A number of an attribute."""
    if value is None:
        return default
    if isinstance(value, int | float) and np.isfinite(value):
        return float(value)
    raise RefusalError("One of its operations has a setting that is no number")


def word(value: Attribute | None, default: str) -> str:
    """A text of an attribute."""
    return value if isinstance(value, str) else default


def whole(value: Attribute | None) -> tuple[int, ...]:
    """Whole numbers of an attribute; none where it is missing."""
    if value is None:
        return ()
    if isinstance(value, tuple) and all(isinstance(each, int) for each in value):
        return tuple(int(each) for each in value)
    raise RefusalError("One of its operations has a setting that is no list of whole numbers")


def unknown_operations(graph: Graph) -> list[str]:
    """The names of the operations nothing is known of, each once."""
    from_elsewhere = (node for node in graph.nodes if node.domain not in ("", "ai.onnx"))
    named = [f"{node.domain}.{node.op}" for node in from_elsewhere]
    named += [node.op for node in graph.nodes if node.domain in ("", "ai.onnx") and node.op not in HANDLERS]
    return list(dict.fromkeys(name if name.isprintable() else shown(name) for name in named))


def needed(graph: Graph, outputs: Mapping[str, object]) -> Graph:
    """The graph without the operations that these outputs do not depend on."""
    wanted, kept = set(outputs), []
    for node in reversed(graph.nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(node.inputs)
    return replace(graph, nodes=tuple(reversed(kept)))
