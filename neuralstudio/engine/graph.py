"""Symbolic tensors: what is to be computed, with shapes, before any number is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Dtype = Literal["float", "index", "flag"]
Array = NDArray[Any]
Call = tuple[Callable[..., object], tuple[Any, ...]]


class ShapeError(Exception):
    """Shapes that do not go together; the sentence names them all. ``remedy`` is a sentence: what helps."""

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.remedy = remedy


def dimensions(shape: Shape) -> str:
    """A shape for people: "28×28", "784", "a single number"."""
    return "×".join(map(str, shape)) or "a single number"


class Workspace(Protocol):
    """What an op may ask for while it is bound to its arrays."""

    dtype: np.dtype[Any]
    """Precision of the program's floats."""
    sides: list[Array]

    @property
    def noise(self) -> np.random.Generator:
        """Where random numbers come from."""
        ...

    def number(self, value: float) -> Array:
        """A constant as a 0-dimensional array of the program's precision (cheaper to pass than a float)."""
        ...

    def scratch(self, *shapes: Shape, dtype: Dtype = "float") -> list[Array]:
        """Arrays that live for the length of this one instruction."""
        ...


class Op(ABC):
    """A primitive: shape rule, NumPy kernel, gradient in terms of other ops, cost and formula."""

    is_view: ClassVar[bool] = False
    """The output is the first input's memory seen in another shape: nothing is computed."""
    is_unique: ClassVar[bool] = False
    """Two equal-looking nodes differ all the same (leaves, random numbers): never merged."""
    overwrites: ClassVar[tuple[int, ...]] = ()
    """Inputs whose memory the output may take when nobody reads them afterwards."""
    dtype: ClassVar[Dtype] = "float"
    least_rows: ClassVar[int] = 1
    """Samples below which the kernel wastes its time: a batch is not cut into smaller shards."""
    is_chatty: ClassVar[bool] = False
    """Many short calls: each lets go of Python's lock, so that threads keep waking each other."""

    @abstractmethod
    def infer(self, *inputs: Tensor) -> Shape:
        """Shape of the output; raises ``ShapeError``."""

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:  # noqa: ARG002 - most ops have none
        """Shapes of further results the kernel leaves behind (read with :class:`Side`)."""
        return ()

    @abstractmethod
    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        """The NumPy calls that compute the op into ``out``; side results are ``work.sides``."""

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:  # noqa: ARG002 - the default
        """Gradient with respect to each input, given that of the output (None: does not depend)."""
        raise TypeError(f"{type(self).__name__} has no gradient (asked for {node})")

    def flops(self, node: Tensor) -> int:
        """Floating-point operations, by the usual count (a multiply-add is two)."""
        return node.size

    def formula(self, *names: str) -> str:
        """One line of mathematics for people, given the names of the inputs."""
        return f"{type(self).__name__.lower()}({', '.join(names)})"


class Tensor:
    """A node: an op applied to other nodes. ``shape`` includes the batch; ``owner`` is the layer's id."""

    __slots__ = ("inputs", "name", "op", "owner", "shape")

    def __init__(self, op: Op, inputs: tuple[Tensor, ...], shape: Shape, name: str = "") -> None:
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.name = name
        self.owner = ""

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def dtype(self) -> Dtype:
        return self.op.dtype

    def __repr__(self) -> str:
        return f"{self.name or type(self.op).__name__}{list(self.shape)}"

    # Operators build nodes. The import is late because ops are made of tensors.
    def __add__(self, other: Tensor | float) -> Tensor:
        return _elementwise("Add", self, other)

    def __radd__(self, other: float) -> Tensor:
        return _elementwise("Add", other, self)

    def __sub__(self, other: Tensor | float) -> Tensor:
        return _elementwise("Subtract", self, other)

    def __rsub__(self, other: float) -> Tensor:
        return _elementwise("Subtract", other, self)

    def __mul__(self, other: Tensor | float) -> Tensor:
        return _elementwise("Multiply", self, other)

    def __rmul__(self, other: float) -> Tensor:
        return _elementwise("Multiply", other, self)

    def __truediv__(self, other: Tensor | float) -> Tensor:
        return _elementwise("Divide", self, other)

    def __neg__(self) -> Tensor:
        return _elementwise("Multiply", self, -1.0)

    def __matmul__(self, other: Tensor) -> Tensor:
        from neuralstudio.engine.ops.linear import MatMul

        return apply(MatMul(), self, other)


def apply(op: Op, *inputs: Tensor, name: str = "") -> Tensor:
    """A new node. Raises ``ShapeError`` where the inputs do not fit the op."""
    return Tensor(op, inputs, op.infer(*inputs), name)


def _elementwise(name: str, left: Tensor | float, right: Tensor | float) -> Tensor:
    from neuralstudio.engine.ops import elementwise

    op: Op = getattr(elementwise, name)()
    return apply(op, *(side if isinstance(side, Tensor) else constant(side) for side in (left, right)))


# ── leaves ───────────────────────────────────────────────────────────────────────────────────────────


class Leaf(Op):
    """Something given, not computed."""

    is_unique = True

    def infer(self, *inputs: Tensor) -> Shape:
        raise TypeError(f"a leaf is not applied to anything: {inputs}")

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        return ()

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0

    def formula(self, *names: str) -> str:  # noqa: ARG002
        return "given"


@dataclass(frozen=True, eq=False)
class Input(Leaf):
    """A batch of data, written into the program's input array before each run."""


@dataclass(frozen=True, eq=False)
class IndexInput(Leaf):
    """A batch of whole numbers (class labels, token numbers)."""

    dtype = "index"


@dataclass(frozen=True, eq=False)
class Parameter(Leaf):
    """A weight: a view into the flat parameter vector."""


@dataclass(frozen=True)
class Constant(Leaf):
    """A number known when the graph is built."""

    value: float
    is_unique = False


@dataclass(frozen=True)
class Side(Op):
    """The ``index``-th side result of a node, for its gradient."""

    index: int
    is_view = True

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].op.side_shapes(*inputs[0].inputs)[self.index]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        return ()

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0


def placeholder(name: str, shape: Shape, dtype: Dtype = "float") -> Tensor:
    """An input of the program."""
    return Tensor(IndexInput() if dtype == "index" else Input(), (), shape, name)


def parameter(name: str, shape: Shape) -> Tensor:
    """A weight of the network."""
    return Tensor(Parameter(), (), shape, name)


def constant(value: float) -> Tensor:
    """A number."""
    return Tensor(Constant(float(value)), (), (), f"{value:g}")


def topological(outputs: Iterable[Tensor]) -> list[Tensor]:
    """All nodes the outputs depend on, each after its inputs. Iterative: deep graphs are common."""
    order: list[Tensor] = []
    seen: set[int] = set()
    for output in outputs:
        stack: list[tuple[Tensor, Iterator[Tensor]]] = [(output, iter(output.inputs))]
        if id(output) in seen:
            continue
        seen.add(id(output))
        while stack:
            node, pending = stack[-1]
            for source in pending:
                if id(source) not in seen:
                    seen.add(id(source))
                    stack.append((source, iter(source.inputs)))
                    break
            else:
                order.append(node)
                stack.pop()
    return order


def claim(output: Tensor, owner: str) -> None:
    """Marks all nodes behind ``output`` that nobody owns yet as belonging to ``owner``."""
    stack = [output]
    while stack:
        node = stack.pop()
        if not node.owner:
            node.owner = owner
            stack.extend(node.inputs)
