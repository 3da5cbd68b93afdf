"""How the axes of a tensor in an ONNX graph lie over the axes of our layers.

ONNX graphs turn, split and join axes all the time; our layers put their numbers out in one order, channels
last. A signal remembers which layer its numbers come from and where each axis stands, down to the pieces that
axes were made of. So turning and reshaping cost nothing and make no layers; a layer that reads a signal says
in which order it wants the axes, and learns whether the numbers are already in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.project.foreign.elementwise import X
from neuralstudio.project.foreign.refusal import RefusalError
from neuralstudio.schema.expression import Expression


@dataclass(frozen=True, eq=False)
class Atom:
    """A stretch of an axis that was never cut. Two of the same size are not the same."""

    size: int


BATCH = Atom(0)
"""The axis of the samples, however many they are."""
Axis = tuple[Atom, ...]
"""From the outermost atom to the innermost; none for an axis of length 1."""


@dataclass(frozen=True)
class Signal:
    """A tensor of the graph, as a view of what a layer puts out.

    source: that layer, which puts out ``shape`` (without the batch); ``atoms`` are its numbers in order.
    axes: the tensor's own. tree: a formula of each number that no layer computes yet, by ``owner``.
    """

    source: str
    shape: Shape
    atoms: tuple[Atom, ...]
    axes: tuple[Axis, ...]
    tree: Expression = X
    owner: str = ""
    is_token: bool = False
    via: str = ""
    """The name of the operation that reshaped it."""

    @property
    def batch(self) -> int:
        """Which axis the samples lie along."""
        return self.axes.index((BATCH,))

    @property
    def others(self) -> list[int]:
        """The axes of a sample."""
        return [place for place in range(len(self.axes)) if place != self.batch]

    def sizes(self, axes: Sequence[int]) -> Shape:
        return tuple(prod(atom.size for atom in self.axes[axis]) for axis in axes)

    def along(self, axes: Sequence[int]) -> tuple[Atom, ...]:
        return tuple(atom for axis in axes for atom in self.axes[axis])

    @property
    def is_in_order(self) -> bool:
        """Whether the numbers of a sample lie as the layer puts them out."""
        return self.along(self.others) == self.atoms


def fresh(source: str, shape: Shape, order: Sequence[int]) -> Signal:
    """What a layer puts out. order: for each axis of the tensor, which of (batch, *shape) it is."""
    parts: list[Axis] = [(BATCH,), *((Atom(length),) if length != 1 else () for length in shape)]
    atoms = tuple(atom for part in parts[1:] for atom in part)
    return Signal(source, shape, atoms, tuple(parts[place] for place in order))


def transposed(signal: Signal, order: Sequence[int]) -> Signal:
    """Raises ``RefusalError`` for what is no order of its axes."""
    if sorted(order) != list(range(len(signal.axes))):
        raise RefusalError("It turns axes that do not exist")
    return replace(signal, axes=tuple(signal.axes[place] for place in order))


def squeezed(signal: Signal, axes: Sequence[int]) -> Signal:
    """Without these axes, which have length 1; without all such axes if none is named."""
    gone = {axis % len(signal.axes) for axis in axes if -len(signal.axes) <= axis < len(signal.axes)}
    if len(gone) < len(axes) or any(signal.axes[axis] for axis in gone):
        raise RefusalError("It takes axes away that are longer than 1")
    if not axes:
        gone = {place for place, axis in enumerate(signal.axes) if not axis}
    return replace(signal, axes=tuple(axis for place, axis in enumerate(signal.axes) if place not in gone))


def unsqueezed(signal: Signal, axes: Sequence[int]) -> Signal:
    """With axes of length 1 at these places of the result."""
    rank = len(signal.axes) + len(axes)
    new = {axis % rank for axis in axes if -rank <= axis < rank}
    if len(new) < len(axes) or rank > 16:
        raise RefusalError("It adds axes at places that do not exist")
    old = iter(signal.axes)
    return replace(signal, axes=tuple(() if place in new else next(old) for place in range(rank)))


def reshaped(signal: Signal, lengths: Sequence[int], via: str = "", fixed_batch: int = 1) -> Signal:
    """In another shape, as ONNX writes it: 0 is the length there was, -1 whatever is left.

    fixed_batch: the number of samples the file was written for. Raises ``RefusalError``.
    """
    wanted: list[int | None] = list(lengths)
    for place, length in enumerate(lengths):
        if length == 0:
            if place >= len(signal.axes):
                raise RefusalError("It keeps the length of an axis that does not exist")
            wanted[place] = None if place == signal.batch else signal.sizes([place])[0]
    candidates = [place for place, length in enumerate(wanted) if length in (None, -1, fixed_batch)]
    candidates.sort(key=lambda place: wanted[place] is not None)
    for place in candidates:
        found = _regrouped(signal, wanted, place)
        if found is not None:
            return replace(found, via=via)
    raise RefusalError(f"It gives numbers the shape {tuple(lengths)}, which no layer here can follow")


def _regrouped(signal: Signal, wanted: Sequence[int | None], batch: int) -> Signal | None:
    """The signal in the wanted lengths, with the samples along axis ``batch``; None where it cannot be."""
    total = prod(atom.size for atom in signal.atoms)
    lengths = [length for place, length in enumerate(wanted) if place != batch]
    if any(length is None for length in lengths) or lengths.count(-1) > 1:
        return None
    known = prod(length for length in lengths if length is not None and length != -1)
    sizes = [total // max(known, 1) if length == -1 else length or 0 for length in lengths]
    if prod(sizes) != total or any(size < 1 for size in sizes):
        return None
    ahead = prod(signal.sizes(range(signal.batch)))
    if prod(sizes[:batch]) != ahead:
        return None
    cut = _cut(signal.along(signal.others), signal.atoms, sizes)
    if cut is not None:
        axes, atoms = cut
    elif signal.is_in_order:
        axes = [(Atom(size),) if size != 1 else () for size in sizes]
        atoms = tuple(atom for axis in axes for atom in axis)
    else:
        return None
    return replace(signal, atoms=atoms, axes=(*axes[:batch], (BATCH,), *axes[batch:]))


def _cut(
    line: Sequence[Atom], atoms: tuple[Atom, ...], sizes: Sequence[int]
) -> tuple[list[Axis], tuple[Atom, ...]] | None:
    """A row of atoms in stretches of these sizes; where a stretch ends within an atom, it is cut in two."""
    rest = list(line)
    axes: list[Axis] = []
    for size in sizes:
        axis: list[Atom] = []
        while size > 1:
            if not rest:
                return None
            atom = rest.pop(0)
            if atom.size > size and atom.size % size == 0:
                outer, inner = Atom(size), Atom(atom.size // size)
                rest.insert(0, inner)
                atoms = tuple(
                    part for each in atoms for part in ((outer, inner) if each is atom else (each,))
                )
                atom = outer
            elif size % atom.size:
                return None
            axis.append(atom)
            size //= atom.size
        axes.append(tuple(axis))
    return axes, atoms


def places(signal: Signal, axis: int) -> Array | None:
    """Where each number along an axis that holds a whole sample stands in the layer's order; else None."""
    here = signal.axes[axis]
    if len(here) != len(signal.atoms) or set(here) != set(signal.atoms):
        return None
    steps, step = {}, 1
    for atom in reversed(signal.atoms):
        steps[atom] = step
        step *= atom.size
    found = np.zeros(1, np.int64)
    for atom in here:
        found = (found[:, np.newaxis] + np.arange(atom.size) * steps[atom]).ravel()
    return found


def placed(signal: Signal, axes: Sequence[int]) -> list[int]:
    """For each axis of the tensor, which of (batch, *axes) it is."""
    return [0 if place == signal.batch else list(axes).index(place) + 1 for place in range(len(signal.axes))]


def back_in_order(rows: Array, places: Array) -> Array:
    """Rows that belong to places, in the order of these."""
    sorted_rows = np.empty_like(rows)
    sorted_rows[places] = rows
    return sorted_rows
