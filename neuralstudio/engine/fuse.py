"""Tiny layers in fewer NumPy calls: where the call costs more than the arithmetic, the bias joins the kernel.

x·W + b is (x, 1)·(W, b): one product instead of a product and a repeated addition, and (x, 1)ᵀ·δ is the
gradient of both. For that, x gets memory of its own with ones at its edge. So that x is still one stretch of
memory, which NumPy takes the quick way through, small activations are *turned*: (units, batch), ones in the
last row. What follows of them element by element is turned as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralstudio.engine.alike import Group, groups, ones
from neuralstudio.engine.graph import Array, Leaf, Op, Parameter, Tensor, apply, topological
from neuralstudio.engine.ops.elementwise import Add, Pairwise, ReluGradient, Single
from neuralstudio.engine.ops.linear import MatMul
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.ops.shape import Copy, Transpose, View

SMALL = 4096
"""Numbers in a layer's input and output below which all this pays: beyond, arithmetic outweighs the calls."""


class _Edged(View):
    """(columns, rows) with a row of ones below: the memory that its input is put into."""

    is_unique = True

    def infer(self, *inputs: Tensor) -> tuple[int, ...]:
        columns, rows = inputs[0].shape
        return columns + 1, rows

    def formula(self, *names: str) -> str:
        return f"({names[0]}, 1)"


@dataclass
class Graph:
    """What is to be compiled: results, nodes with the array they are written into, arrays by node's id."""

    roots: list[Tensor]
    targets: list[tuple[Tensor, Array]]
    given: dict[int, Array]


@dataclass(frozen=True)
class _Layer:
    """x·W + b, with W and b one behind the other in memory."""

    x: Tensor
    kernel: Tensor


def fused(graph: Graph, dtype: np.dtype[Any]) -> Graph:
    """The same results in fewer calls; the graph itself where no layer is small enough."""
    order = topological([*graph.roots, *(node for node, _ in graph.targets)])
    given = dict(graph.given)
    layers = _layers(order, given)
    return _Rewriting(order, layers, given, dtype).of(graph) if layers else graph


def _layers(order: list[Tensor], given: dict[int, Array]) -> dict[int, _Layer]:
    """By the id of the addition. Adds the arrays of the joined weights to ``given``."""
    found: dict[int, _Layer] = {}
    kernels: dict[int, Tensor] = {}
    for node in order:
        if not isinstance(node.op, Add) or not isinstance(node.inputs[0].op, MatMul):
            continue
        (x, kernel), bias = node.inputs[0].inputs, node.inputs[1]
        is_weights = isinstance(kernel.op, Parameter) and isinstance(bias.op, Parameter)
        if not is_weights or bias.shape != kernel.shape[1:] or max(x.size, node.size) >= SMALL:
            continue
        both = _joined(given.get(id(kernel)), given.get(id(bias)))
        if both is None:
            continue
        joined = kernels.setdefault(id(kernel), Tensor(Parameter(), (), both.shape, f"{kernel.name}, bias"))
        given[id(joined)] = both
        found[id(node)] = _Layer(x, joined)
    return found


def _joined(above: Array | None, below: Array | None) -> Array | None:
    """A matrix and the row that follows it in the same memory, as one matrix; None where it does not."""
    if above is None or below is None or above.base is not below.base:
        return None
    if not isinstance(above.base, np.ndarray) or not above.base.flags.c_contiguous:
        return None
    memory = above.base.reshape(-1).view(np.uint8)
    start = above.ctypes.data - memory.ctypes.data
    is_dense = above.flags.c_contiguous and below.flags.c_contiguous
    if not is_dense or start + above.nbytes != below.ctypes.data - memory.ctypes.data:
        return None
    bytes_of_both = memory[start : start + above.nbytes + below.nbytes]
    return bytes_of_both.view(above.dtype).reshape(-1, above.shape[1])


def _like(node: Tensor) -> list[Tensor]:
    """The inputs that go into a matrix number by number; none where the op does not work that way."""
    if not isinstance(node.op, Pairwise | Single | ReluGradient) or len(node.shape) != 2:
        return []
    if any(source.shape not in (node.shape, ()) for source in node.inputs):
        return []
    if node.op.is_unique or node.op.side_shapes(*node.inputs):
        return []
    return [source for source in node.inputs if source.shape == node.shape]


def _turn(node: Tensor) -> Tensor:
    if isinstance(node.op, Transpose):
        return node.inputs[0]
    return _owned(apply(Transpose(), node), node)


def _owned(node: Tensor, original: Tensor) -> Tensor:
    node.owner = original.owner
    return node


class _Rewriting:
    """Builds the graph anew, node by node; each either as it was or turned."""

    def __init__(
        self,
        order: list[Tensor],
        layers: Mapping[int, _Layer],
        given: dict[int, Array],
        dtype: np.dtype[Any],
    ) -> None:
        self._order = order
        self._dtype = dtype
        self._layers = layers
        self._given = given
        self._inputs = {id(layer.x) for layer in layers.values()}
        self._turned = self._wanted()
        self._placed: dict[int, Group] = {}
        self._tops: dict[int, Group] = {}
        self._images: dict[int, tuple[Tensor, bool]] = {}
        self._edged: dict[int, Tensor] = {}
        self._edges: list[tuple[Tensor, Array]] = []

    def _wanted(self) -> set[int]:
        """The nodes to be turned: inputs of small layers, and what goes element by element with them."""
        wanted = set(self._inputs)
        for _ in range(2):
            for node in reversed(self._order):
                if id(node) in wanted:
                    wanted.update(map(id, _like(node)))
            for node in self._order:
                if any(id(source) in wanted for source in _like(node)):
                    wanted.add(id(node))
        return wanted

    def of(self, graph: Graph) -> Graph:
        """The graph in its new form."""
        self._gather(graph)
        for node in self._order:
            image = self._images[id(node)] = self._image(node)
            group = self._placed.get(id(node))
            if group is not None and id(node) not in self._inputs:
                self._edges.append((image[0], group.part(node, image[0].shape)))
        for group in self._tops.values():
            if group.row is not None:
                self._given[id(group.row)] = group.memory
        roots = [self._plain(node) for node in graph.roots]
        # First the edged ones: they must be computed in their place, not copied there in the end.
        targets = self._targets(graph.targets)
        return Graph(roots, [*self._edges, *targets], self._given)

    def _gather(self, graph: Graph) -> None:
        """Finds what is computed alike of the layers' activations."""
        values = {
            id(node): node.size + (node.shape[0] if id(node) in self._inputs else 0)
            for node in self._order
            if isinstance(node.op, Single) and _like(node) and id(node.inputs[0]) in self._layers
        }
        results = {id(node) for node in (*graph.roots, *(node for node, _ in graph.targets))}
        for group in groups(self._order, values, results, self._dtype):
            self._placed |= dict.fromkeys(group.places, group)
            self._tops |= dict.fromkeys(group.tops, group)

    def _plain(self, node: Tensor) -> Tensor:
        image, is_turned = self._images[id(node)]
        return _turn(image) if is_turned else image

    def _sideways(self, node: Tensor) -> Tensor:
        image, is_turned = self._images[id(node)]
        return image if is_turned else _turn(image)

    def _image(self, node: Tensor) -> tuple[Tensor, bool]:
        """A node in its new form, and whether that is turned."""
        is_turned = id(node) in self._turned
        group = self._tops.get(id(node))
        if group is not None:
            value = group.tops[id(node)]
            image = group.image(node, lambda each: self._images[id(each)][0])
            return _owned(image, node), self._images[id(value)][1]
        layer = self._layers.get(id(node))
        if layer is not None:
            x, kernel = self._with_edge(layer.x, node), layer.kernel
            product = _turn(kernel) @ x if is_turned else _turn(x) @ kernel
            return _owned(product, node), is_turned
        if is_turned and _like(node):
            shape = node.shape[::-1]
            inputs = [self._sideways(each) if each.shape else self._plain(each) for each in node.inputs]
            return _owned(Tensor(node.op, tuple(inputs), shape, node.name), node), True
        if is_turned and isinstance(node.op, MatMul):
            a, b = map(self._sideways, node.inputs)
            return _owned(b @ a, node), True
        if isinstance(node.op, Transpose):
            return self._sideways(node.inputs[0]), False
        inputs = [self._plain(each) for each in node.inputs]
        if all(map(lambda new, old: new is old, inputs, node.inputs)):
            return node, False
        return _owned(Tensor(node.op, tuple(inputs), node.shape, node.name), node), False

    def _with_edge(self, x: Tensor, reader: Tensor) -> Tensor:
        """A layer's input, turned, in memory of its own with a row of ones below."""
        if id(x) not in self._edged:
            inner = self._sideways(x)
            if inner.op.is_view or isinstance(inner.op, Leaf):
                inner = _owned(apply(Copy(), inner), reader)
            edged = self._edged[id(x)] = _owned(apply(_Edged(), inner, name="(x, 1)"), x)
            group = self._placed.get(id(x))
            memory = group.part(x, edged.shape) if group else ones(edged.shape, self._dtype)
            self._given[id(edged)] = memory
            self._edges.append((inner, memory[:-1]))
        return self._edged[id(x)]

    def _targets(self, targets: list[tuple[Tensor, Array]]) -> list[tuple[Tensor, Array]]:
        """Gradients of kernel and bias that lie one behind the other become those of the joined weights."""
        kernels = {
            id(node.inputs[1]): (node, array)
            for node, array in targets
            if self._is_kernel_gradient(node.op, node)
        }
        joined: dict[int, tuple[Tensor, Array]] = {}
        for node, array in targets:
            if node.op == Sum((0,)) and id(node.inputs[0]) in kernels:
                kernel, above = kernels[id(node.inputs[0])]
                both = _joined(above, array)
                if both is not None:
                    x = self._edged[id(kernel.inputs[0].inputs[0])]
                    gradient = _owned(x @ self._plain(node.inputs[0]), kernel)
                    joined[id(above)] = joined[id(array)] = gradient, both
        kept = [(self._plain(node), array) for node, array in targets if id(array) not in joined]
        return [*kept, *{id(both): (node, both) for node, both in joined.values()}.values()]

    def _is_kernel_gradient(self, op: Op, node: Tensor) -> bool:
        if not isinstance(op, MatMul) or not isinstance(node.inputs[0].op, Transpose):
            return False
        return id(node.inputs[0].inputs[0]) in self._edged
