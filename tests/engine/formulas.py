"""What each op means, in plain NumPy with a fresh array for each result: what kernels are held to."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np

from neuralstudio.engine import ops
from neuralstudio.engine.graph import Array, Constant, Leaf, Op, Side, Tensor, topological
from neuralstudio.engine.ops import elementwise, linear, loss, noise, reduction, shape


def softmax(x: Array) -> Array:
    """eˣ / Σ eˣ over the last axis."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _cross_entropy(logits: Array, labels: Array) -> Array:
    return np.asarray(-np.log(softmax(logits)[np.arange(len(labels)), labels]).mean())


def _binary_cross_entropy(z: Array, t: Array) -> Array:
    y = 1 / (1 + np.exp(-z))
    return np.asarray(-(t * np.log(y) + (1 - t) * np.log(1 - y)).mean())


def _hits(said: Array, true: Array) -> Array:
    return np.asarray((said == true).mean())


_FORMULAS: Mapping[type[Op], Callable[..., Array]] = {
    elementwise.Add: lambda a, b: a + b,
    elementwise.Subtract: lambda a, b: a - b,
    elementwise.Multiply: lambda a, b: a * b,
    elementwise.Divide: lambda a, b: a / b,
    elementwise.Square: lambda x: x**2,
    elementwise.Absolute: lambda x: np.where(x < 0, -x, x),
    elementwise.Sign: lambda x: (x > 0) * 1.0 - (x < 0) * 1.0,
    elementwise.Exp: lambda x: np.e**x,
    elementwise.Log: lambda x: np.log(x),
    elementwise.Sigmoid: lambda x: 1 / (1 + np.exp(-x)),
    elementwise.Tanh: lambda x: 1 - 2 / (np.exp(2 * x) + 1),
    elementwise.Relu: lambda x: np.where(x > 0, x, 0 * x),
    elementwise.ReluGradient: lambda grad, y: np.where(y > 0, grad, 0 * grad),
    linear.MatMul: lambda a, b: (a[:, :, None] * b[None]).sum(1),
    shape.Copy: lambda x: x.copy(),
    shape.Transpose: lambda x: x.T,
    loss.Softmax: lambda x: softmax(x),
    loss.SoftmaxCrossEntropy: lambda z, t: _cross_entropy(z, t),
    loss.SoftmaxCrossEntropyGradient: lambda p, t, g: (p - np.eye(p.shape[1])[t]) * g / len(p),
    loss.SigmoidCrossEntropy: lambda z, t: _binary_cross_entropy(z, t),
    loss.ClassHits: lambda y, t: _hits(y.argmax(-1), t),
    loss.RowHits: lambda y, t: _hits(y.argmax(-1), t.argmax(-1)),
}
_FORMULAS_WITH_SETTINGS: Mapping[type[Op], Callable[..., Array]] = {
    reduction.Sum: lambda op, x: x.sum(op.axes, keepdims=op.keeps_axes),
    shape.Reshape: lambda op, x: x.reshape(op.shape),
    shape.BroadcastTo: lambda op, x: x + np.zeros(op.shape),
    loss.SideHits: lambda op, y, t: _hits(y > op.threshold, t > op.threshold),
}
HAVE_FORMULA = frozenset(_FORMULAS) | frozenset(_FORMULAS_WITH_SETTINGS)
RANDOM: frozenset[type[Op]] = frozenset({noise.KeepMask})
"""Random ops have tests of their own."""


def value(op: Op, *arrays: Array) -> Array:
    """An op's value by its formula."""
    if type(op) in _FORMULAS:
        return np.asarray(_FORMULAS[type(op)](*arrays))
    return np.asarray(_FORMULAS_WITH_SETTINGS[type(op)](op, *arrays))


def op_classes() -> list[type[Op]]:
    """Every final op there is, found by looking: dataclasses below ``Op``, leaves and ``Side`` aside."""
    for module in iter_modules(ops.__path__):
        import_module(f"{ops.__name__}.{module.name}")
    found: list[type[Op]] = []
    waiting: list[Any] = Op.__subclasses__()
    while waiting:
        each = waiting.pop()
        waiting.extend(each.__subclasses__())
        is_final = "__dataclass_fields__" in vars(each)
        if is_final and not issubclass(each, Leaf | Side) and each.__module__.startswith("neuralstudio."):
            found.append(each)
    return sorted(found, key=lambda op: op.__name__)


def evaluated(outputs: list[Tensor], values: Mapping[int, Array]) -> list[Array]:
    """The values of some nodes by the formulas alone: no sharing of memory, no merging. ``values``: by id."""
    known: dict[int, Array] = {}
    for node in topological(outputs):
        arrays = [known[id(source)] for source in node.inputs]
        if isinstance(node.op, Constant):
            known[id(node)] = np.asarray(node.op.value)
        elif isinstance(node.op, Leaf):
            known[id(node)] = values[id(node)].copy()
        elif isinstance(node.op, Side):
            known[id(node)] = softmax(known[id(node.inputs[0].inputs[0])])
        else:
            known[id(node)] = value(node.op, *arrays)
    return [known[id(node)] for node in outputs]
