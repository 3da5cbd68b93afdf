"""How a recurrent layer is put together, whatever its cell: reading directions, input products, outputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from neuralstudio.engine.graph import ShapeError, Tensor, apply, dimensions
from neuralstudio.engine.ops.joining import Concatenate
from neuralstudio.engine.ops.lookup import Lookup
from neuralstudio.engine.ops.recurrent import GateProducts, TimeMajor
from neuralstudio.engine.ops.shape import Reshape

Direction = Literal["forward", "backward", "both"]
Returns = Literal["last", "all"]
Read = Callable[[str, bool], Tensor]
"""Builds one cell: gets the prefix of its weights' names and whether it reads backwards."""


@dataclass(frozen=True)
class Sequences:
    """What a recurrent layer reads: numbers (batch, steps, features), perhaps rows of a table."""

    values: Tensor

    @property
    def features(self) -> int:
        """Numbers in each step."""
        return self.values.shape[-1]

    def products(self, kernel: Tensor, bias: Tensor, gates: int) -> Tensor:
        """x_t·W + b of every step, gate-major: (gates, steps, batch, units).

        Where the sequences were just looked up in a table with fewer rows than there are steps to read,
        the table's rows are multiplied instead, and the products looked up: (T·W)[i] = T[i]·W.
        """
        offset = apply(Reshape((gates, 1, bias.size // gates)), bias)
        read = self.values.op
        if isinstance(read, Lookup) and not read.is_time_major:
            table, index = self.values.inputs
            if len(table.shape) == len(index.shape) == 2 and table.shape[0] <= index.size:
                rows = apply(GateProducts(gates), table, kernel) + offset
                return apply(Lookup(is_time_major=True), rows, index)
        steps = apply(TimeMajor(), self.values)
        offset = apply(Reshape((gates, 1, 1, bias.size // gates)), bias)
        return apply(GateProducts(gates), steps, kernel) + offset


def sequences(x: Tensor, title: str) -> Sequences:
    """The input of a recurrent layer. (batch, steps) is taken as one number a step. Raises ``ShapeError``."""
    if x.dtype == "index":
        raise ShapeError(f"{title} needs numbers, but gets tokens: put an Embedding layer in front of it")
    if len(x.shape) == 2:
        return Sequences(apply(Reshape((*x.shape, 1)), x))
    if len(x.shape) != 3:
        given = dimensions(x.shape[1:])
        raise ShapeError(f"{title} needs steps×features, but gets {given}", "Insert Reshape before it.")
    return Sequences(x)


def read(direction: Direction, returns: Returns, cell: Read) -> Tensor:
    """The output of a recurrent layer: (batch, steps, units) or (batch, units); both ways: twice the units.

    ``cell`` gives h of all steps (steps, batch, units), or that of the step it reads last. A backward cell's
    outputs stand at the steps they belong to. In "both", its weights' names begin with "backward_".
    """
    ways = {"forward": (False,), "backward": (True,), "both": (False, True)}[direction]
    outputs = [cell("backward_" if place else "", is_reversed) for place, is_reversed in enumerate(ways)]
    if returns == "all":
        outputs = [apply(TimeMajor(), each) for each in outputs]
    return outputs[0] if len(outputs) == 1 else apply(Concatenate(), *outputs)
