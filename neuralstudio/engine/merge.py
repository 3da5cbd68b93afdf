"""Nodes that are equal become one, so that nothing is computed twice."""

from collections.abc import Sequence

import numpy as np

from neuralstudio.engine.graph import Constant, Tensor, constant, topological
from neuralstudio.engine.ops.elementwise import Multiply, Pairwise
from neuralstudio.engine.ops.shape import Copy, Reshape, View


def merged_nodes(roots: Sequence[Tensor]) -> dict[int, Tensor]:
    """Common-subexpression elimination: maps each node's id to the one node that stands for all equal ones.

    Also drops multiplications by one (the gradient of the loss with respect to itself), and copies what a
    reshape cannot view as it lies.
    """
    merged: dict[int, Tensor] = {}
    known: dict[tuple[object, ...], Tensor] = {}
    for node in topological(roots):
        inputs = tuple(merged[id(source)] for source in node.inputs)
        if isinstance(node.op, Reshape) and _is_scattered(inputs[0]):
            inputs = (known.setdefault((Copy, id(inputs[0])), _copy(inputs[0])),)
        simple = _without_one(node, inputs) or _folded(
            node, inputs
        )  # both: what a loss's own gradient brings
        if simple is not None:
            merged[id(node)] = simple
            continue
        if not node.op.is_unique:
            key = (type(node.op), node.op, *map(id, inputs))
            if key in known:
                merged[id(node)] = known[key]
                continue
        if inputs != node.inputs:
            fresh = Tensor(node.op, inputs, node.shape, node.name)
            fresh.owner = node.owner
        else:
            fresh = node
        merged[id(node)] = fresh
        if not node.op.is_unique:
            known[key] = fresh
    return merged


def _is_scattered(node: Tensor) -> bool:
    """Whether a node's numbers do not lie one behind the other: a transposed or repeated view."""
    while isinstance(node.op, Reshape):
        node = node.inputs[0]
    return isinstance(node.op, View)


def _copy(source: Tensor) -> Tensor:
    node = Tensor(Copy(), (source,), source.shape)
    node.owner = source.owner
    return node


def _without_one(node: Tensor, inputs: tuple[Tensor, ...]) -> Tensor | None:
    if isinstance(node.op, Multiply):
        for one, other in (inputs, inputs[::-1]):
            if one.op == Constant(1.0) and other.shape == node.shape:
                return other
    return None


def _folded(node: Tensor, inputs: tuple[Tensor, ...]) -> Tensor | None:
    """A number computed from numbers alone is computed now."""
    values = [source.op.value for source in inputs if isinstance(source.op, Constant)]
    if not isinstance(node.op, Pairwise) or len(values) != len(inputs):
        return None
    with np.errstate(all="ignore"):
        return constant(float(node.op.ufunc(*map(np.float64, values))))
