"""What is computed alike from several small activations is computed at once: 1 − y² of all tanh layers.

For that, the activations lie one behind the other in memory.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from neuralstudio.engine.graph import Array, Constant, Op, Shape, Tensor, apply, constant
from neuralstudio.engine.memory import aligned_zeros
from neuralstudio.engine.ops.elementwise import Add, Multiply, Square, Subtract
from neuralstudio.engine.ops.shape import View

_POLYNOMIALS = (Add, Subtract, Multiply, Square)
"""Finite wherever their inputs are: the memory may hold a little more than the activations."""

_ITSELF = 0
"""The recipe that an activation is of itself."""


class _Recipes:
    """How nodes come from activations, each way under a number of its own.

    Numbers, since a node that reads its input twice would make a nested description twice as long each time.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {(): _ITSELF}
        self._made_of: list[tuple[Any, ...]] = [()]

    def number(self, *made_of: Any) -> int:
        """The number of what an op makes of other recipes, (op, number, …), or of a constant, (value,)."""
        if made_of not in self._numbers:
            self._numbers[made_of] = len(self._made_of)
            self._made_of.append(made_of)
        return self._numbers[made_of]

    def followed(self, recipe: int, row: Tensor, owner: str) -> Tensor:
        """A recipe followed with a whole row."""
        wanted = {recipe}
        for number in range(recipe, _ITSELF, -1):  # what a recipe is made of was numbered before it
            if number in wanted:
                wanted.update(self._made_of[number][1:])
        nodes = {_ITSELF: row}
        for number in sorted(wanted - {_ITSELF}):
            op, *parts = self._made_of[number]
            if isinstance(op, Op):
                nodes[number] = apply(op, *(nodes[part] for part in parts))
                nodes[number].owner = owner
            else:
                nodes[number] = constant(op)
        return nodes[recipe]


def ones(shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Aligned as all memory is, so that every run computes the same bits."""
    memory = aligned_zeros(prod(shape), dtype)
    memory.fill(1)
    return memory.reshape(shape)


class _Together(View):
    """The memory that all of its inputs lie in, as one row."""

    is_unique = True

    def infer(self, *inputs: Tensor) -> Shape:
        return (sum(each.size for each in inputs),)


class _Stretch(View):
    """Some of a row's numbers, in shape."""

    is_unique = True

    def __init__(self, start: int, shape: Shape) -> None:
        self.start = start
        self.shape = shape

    def infer(self, *inputs: Tensor) -> Shape:  # noqa: ARG002 - the row is as long as it must be
        return self.shape

    def view(self, x: Array) -> Array:
        return x[self.start : self.start + prod(self.shape)].reshape(self.shape)


class Group:
    """Activations that lie together, and the nodes (``tops``) that are computed alike from them.

    ``memory`` holds ones where no activation lies. ``places`` says where each begins, by id.
    """

    def __init__(
        self,
        follow: Callable[[Tensor, str], Tensor],
        tops: Mapping[int, Tensor],
        sizes: Mapping[int, int],
        dtype: np.dtype[Any],
    ) -> None:
        self.tops = tops
        self._follow = follow
        self.places: dict[int, int] = {}
        start = 0
        for value in tops.values():
            self.places[id(value)] = start
            start += sizes[id(value)]
        self.memory = ones((start,), dtype)
        self.row: Tensor | None = None
        self._result: Tensor | None = None

    def part(self, value: Tensor, shape: Shape) -> Array:
        """The memory of one activation, in the shape it has (with its edge)."""
        start = self.places[id(value)]
        return self.memory[start : start + prod(shape)].reshape(shape)

    def image(self, top: Tensor, image_of: Callable[[Tensor], Tensor]) -> Tensor:
        """What stands for a top, given the activations' images: a stretch of what is computed of all."""
        if self._result is None:
            images = tuple(image_of(value) for value in self.tops.values())
            self.row = Tensor(_Together(), images, self.memory.shape)
            self._result = self._follow(self.row, top.owner)
        value = self.tops[id(top)]
        return apply(_Stretch(self.places[id(value)], image_of(value).shape), self._result)


def groups(
    order: Sequence[Tensor],
    values: Mapping[int, int],
    results: Collection[int],
    dtype: np.dtype[Any],
) -> list[Group]:
    """The groups among activations (ids with the numbers each takes); ``results``: ids of what is wanted."""
    book = _Recipes()
    recipes: dict[int, tuple[Tensor, int]] = {}
    tops: dict[int, Tensor] = {}
    for node in order:
        found = (node, _ITSELF) if id(node) in values else _recipe(node, recipes, book)
        if found is not None:
            recipes[id(node)] = found
        if found is None:
            tops |= {id(each): each for each in node.inputs if id(each) in recipes}
        elif id(node) in results:
            tops[id(node)] = node
    alike: dict[int, dict[int, Tensor]] = {}
    for key in tops:
        value, recipe = recipes[key]
        if recipe != _ITSELF and value not in alike.setdefault(recipe, {}).values():
            alike[recipe][key] = value
    positions = {id(node): position for position, node in enumerate(order)}
    found_groups: list[Group] = []
    for recipe, members in alike.items():
        # No activation may depend on what is computed of all.
        is_after = max(positions[id(value)] for value in members.values()) < min(
            map(positions.__getitem__, members)
        )
        is_free = not any(id(value) in group.places for group in found_groups for value in members.values())
        if len(members) > 1 and is_after and is_free:
            found_groups.append(Group(partial(book.followed, recipe), members, values, dtype))
    return found_groups


def _recipe(
    node: Tensor, known: Mapping[int, tuple[Tensor, int]], book: _Recipes
) -> tuple[Tensor, int] | None:
    """The activation a node comes from alone, and how; None where there is more to it."""
    sources = [source for source in node.inputs if not isinstance(source.op, Constant)]
    if not isinstance(node.op, _POLYNOMIALS) or not all(id(source) in known for source in sources):
        return None
    values = {id(known[id(source)][0]) for source in sources}
    if len(values) != 1 or any(source.shape != node.shape for source in sources):
        return None
    parts = [
        book.number(source.op.value) if isinstance(source.op, Constant) else known[id(source)][1]
        for source in node.inputs
    ]
    return known[id(sources[0])][0], book.number(node.op, *parts)
