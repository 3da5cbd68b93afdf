"""What each op means, gathered from the families: what kernels and compiled programs are held to."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import numpy as np

from neuralstudio.engine import ops
from neuralstudio.engine.graph import Array, Constant, Leaf, Op, Shape, Side, Tensor, topological
from tests.engine import families
from tests.engine.families._base import Draw
from tests.engine.families.loss import softmax


def _modules() -> list[ModuleType]:
    names = [module.name for module in iter_modules(families.__path__)]
    return [import_module(f"{families.__name__}.{name}") for name in names if not name.startswith("_")]


FORMULAS: dict[type[Op], Callable[..., Array]] = {}
EXAMPLES: dict[type[Op], Draw] = {}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {}
TAKES_ANY_SHAPE: set[type[Op]] = set()
RANDOM: set[type[Op]] = set()
"""Ops whose value is drawn: they have tests of their own."""
STRAIGHT_THROUGH: set[type[Op]] = set()
"""Ops whose gradient is not that of the function, on purpose."""
for _module in _modules():
    FORMULAS |= _module.FORMULAS
    EXAMPLES |= _module.EXAMPLES
    MISFITS |= _module.MISFITS
    TAKES_ANY_SHAPE |= _module.TAKES_ANY_SHAPE
    RANDOM |= getattr(_module, "RANDOM", set())
    STRAIGHT_THROUGH |= getattr(_module, "STRAIGHT_THROUGH", set())


def value(op: Op, *arrays: Array) -> Array:
    """An op's value by its formula."""
    return np.asarray(FORMULAS[type(op)](op, *arrays))


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
