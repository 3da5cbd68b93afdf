"""One run of a program, kept instruction by instruction, to be walked through forwards and backwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.engine.program import Program


@dataclass(frozen=True)
class Moment:
    """What one instruction did: its name, its formula, whose it is, what went in and what came out.

    ``owner`` is the id of the layer ("" for what belongs to none). ``value`` and ``inputs`` are copies.
    """

    name: str
    formula: str
    owner: str
    shape: Shape
    value: Array
    inputs: tuple[Array, ...]
    flops: int


class Recording(Sequence[Moment]):
    """The moments of one run, in order: index, slice, iterate, reverse."""

    def __init__(self, program: Program) -> None:
        """Runs the program once with the inputs it holds. Weights are not changed; gradients are written."""
        self._moments = tuple(_moments(program))

    def __len__(self) -> int:
        return len(self._moments)

    @overload
    def __getitem__(self, place: int) -> Moment: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Moment, ...]: ...

    def __getitem__(self, place: int | slice) -> Moment | tuple[Moment, ...]:
        return self._moments[place]

    def of(self, owner: str) -> tuple[Moment, ...]:
        """The moments of one layer, forwards first and then backwards."""
        return tuple(moment for moment in self._moments if moment.owner == owner)


def _moments(program: Program) -> Iterator[Moment]:
    for instruction in program.instructions:
        inputs = tuple(array.copy() for array in instruction.arguments)
        instruction.run()
        node = instruction.node
        yield Moment(
            instruction.name,
            instruction.formula,
            node.owner,
            node.shape,
            instruction.result.copy(),
            inputs,
            node.op.flops(node),
        )
