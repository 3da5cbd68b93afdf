"""An ONNX graph in the making: its operations, the numbers it begins with, and how values lie in memory."""

from dataclasses import dataclass, replace

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.project.foreign.onnx_model import Attribute, Node

Order = tuple[int, ...]
"""Which of our axes each axis of a value is. Ours are (batch, …, channels)."""
TIME_FIRST: Order = (1, 0, 2)
"""(steps, batch, features), as ONNX's recurrent operations want it."""


def plain(axes: int) -> Order:
    """Ours."""
    return tuple(range(axes))


def channels_first(axes: int) -> Order:
    """(batch, channels, …), as ONNX's convolutions want it."""
    return (0, axes - 1, *range(1, axes - 1)) if axes > 1 else plain(axes)


@dataclass(frozen=True)
class Value:
    """A tensor of the graph by name, and the order of its axes."""

    name: str
    order: Order


class GraphBuilder:
    """Collects operations. Names begin with ``owner``, the id of the layer that is being written."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.tensors: dict[str, Array] = {}
        self.owner = ""
        self._names: set[str] = {"x", "y"}
        self._turned: dict[tuple[str, Order], str] = {}

    def add(self, op: str, *inputs: str, **attributes: Attribute) -> str:
        """The name of an operation's result."""
        return self.add_several(op, 1, *inputs, **attributes)[0]

    def add_several(self, op: str, count: int, *inputs: str, **attributes: Attribute) -> tuple[str, ...]:
        """The names of an operation's results."""
        name = self._fresh(op)
        outputs = tuple(name if not number else self._fresh(f"{op}-side") for number in range(count))
        self.nodes.append(Node(op, inputs, outputs, attributes, name))
        return outputs

    def tensor(self, name: str, array: Array) -> str:
        """The name of a tensor of constant numbers."""
        full = self._fresh(name)
        self.tensors[full] = array
        return full

    def number(self, value: float) -> str:
        return self.tensor("number", np.array(value, np.float32))

    def integers(self, name: str, *values: int) -> str:
        return self.tensor(name, np.array(values, np.int64))

    def turned(self, value: Value, order: Order) -> str:
        """The value with its axes in another order. Turning twice, or back, costs nothing."""
        if value.order == order:
            return value.name
        key = value.name, order
        if key not in self._turned:
            axes = tuple(value.order.index(axis) for axis in order)
            self._turned[key] = self.add("Transpose", value.name, perm=axes)
            self._turned[self._turned[key], value.order] = value.name
        return self._turned[key]

    def end(self, name: str) -> None:
        """Makes a value the graph's output "y"."""
        if not any(name in node.outputs for node in self.nodes):
            self.nodes.append(Node("Identity", (name,), ("y",), name="y"))
            return
        for number, node in enumerate(self.nodes):
            inputs, outputs = _renamed(node.inputs, name), _renamed(node.outputs, name)
            self.nodes[number] = replace(node, inputs=inputs, outputs=outputs)

    def _fresh(self, name: str) -> str:
        full, number = f"{self.owner}/{name}", 1
        while full in self._names:
            number += 1
            full = f"{self.owner}/{name}-{number}"
        self._names.add(full)
        return full


def _renamed(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple("y" if each == name else each for each in names)
