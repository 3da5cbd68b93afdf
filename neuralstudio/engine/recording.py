"""One run of a program, kept instruction by instruction, to be walked through forwards and backwards."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from neuralstudio.engine.graph import Array, Shape, Tensor, topological
from neuralstudio.engine.program import Program


@dataclass(frozen=True)
class Moment:
    """What one instruction did: its name, its formula, whose it is, what went in and what came out.

    ``title`` says what the value is where it has a name: "loss", "output of Dense 1", "gradient of
    dense-1/kernel"; else it is empty. ``owner`` is the id of the layer ("" for what belongs to none).
    ``is_backward``: no output comes from it, but a gradient or a running mean. ``value`` and ``inputs`` are
    copies.
    """

    name: str
    formula: str
    owner: str
    shape: Shape
    value: Array
    inputs: tuple[Array, ...]
    flops: int
    title: str = ""
    is_backward: bool = False


class Recording(Sequence[Moment]):
    """The moments of one run, in order: index, slice, iterate, reverse."""

    def __init__(
        self,
        program: Program,
        titles: Mapping[str, str] | None = None,
        places: Mapping[int, str] | None = None,
    ) -> None:
        """Runs the program once with the inputs and the random numbers it holds.

        All that it writes is written: gradients, and running means of a program that trains. ``titles``: what
        owners are called; ``places``: what lies at an address of memory that the program writes into.
        """
        self._moments = tuple(_moments(program, titles or {}, places or {}))

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


def _moments(program: Program, titles: Mapping[str, str], places: Mapping[int, str]) -> Iterator[Moment]:
    results = _results(program)
    forward = {id(node) for node in topological(results.values())}
    names = _names(program, forward, titles) | {id(node): name for name, node in results.items()}
    for instruction in program.instructions:
        inputs = tuple(array.copy() for array in instruction.arguments)
        instruction.run()
        node = instruction.node
        yield Moment(
            instruction.name,
            instruction.formula_with(names),
            node.owner,
            node.shape,
            instruction.result.copy(),
            inputs,
            node.op.flops(node),
            places.get(instruction.result.ctypes.data) or names.get(id(node), ""),
            id(node) not in forward,
        )


def _results(program: Program) -> dict[str, Tensor]:
    """The nodes of the outputs: the last that were written there, as memory is used again."""
    written = {each.result.ctypes.data: each.node for each in program.instructions}
    places = {name: array.ctypes.data for name, array in program.outputs.items()}
    return {name: written[place] for name, place in places.items() if place in written}


def _names(program: Program, forward: Collection[int], titles: Mapping[str, str]) -> dict[int, str]:
    """What layers hand to one another, by the id of the node: outputs, and gradients on the way back."""
    names: dict[int, str] = {}
    for reader in topological(each.node for each in program.instructions):
        for node in reader.inputs:
            if not node.inputs or node.owner == reader.owner:
                continue
            if id(node) in forward:
                if id(reader) in forward and node.owner in titles:
                    names[id(node)] = f"output of {titles[node.owner]}"
            elif reader.owner in titles:
                names[id(node)] = f"gradient for {titles[reader.owner]}"
    return names
