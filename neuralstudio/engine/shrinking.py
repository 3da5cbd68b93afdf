"""Shrinking: makes weights smaller after each step, by themselves and not by way of the loss. In place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array, Call
from neuralstudio.engine.memory import aligned_zeros
from neuralstudio.schema.kind import Kind

_Rate = Annotated[
    float,
    Meta(
        ge=0,
        le=10,
        title="Shrinking rate",
        description="How strongly; it is multiplied with the learning rate. 0 is none.",
        extra={"scale": "log"},
    ),
]


@dataclass(frozen=True)
class Shrunk:
    """What the calls of one block work on, all of shape (numbers,).

    ``steps``: the learning rate of each weight, 0 where it is exempt. ``slots`` come in the order the kind
    names them, 0 at first; ``scratch``, ``spare`` and the booleans ``flags`` hold what they like in between.
    """

    weights: Array
    steps: Array
    slots: tuple[Array, ...]
    scratch: Array
    spare: Array
    flags: Array


class ShrinkingKind(Kind):
    """A way to make weights smaller. ``slots`` names the vectors it keeps, a number for each weight."""

    slots: ClassVar[tuple[str, ...]] = ()

    @property
    def strength(self) -> float:
        """What the learning rate is multiplied with to give the ``steps``."""
        return 0.0

    def calls(self, at: Shrunk) -> Iterator[Call]:
        """The calls that shrink one block in place."""
        raise NotImplementedError


class NoShrinking(ShrinkingKind, tag="none"):
    """w ← w: weights are left as the step made them."""

    title = "None"

    def calls(self, at: Shrunk) -> Iterator[Call]:  # noqa: ARG002 - nothing to do
        return iter(())


class ShrinkL1(ShrinkingKind, tag="l1"):
    """w ← w − η·λ·sign w: every weight the same bit nearer to zero, where it stays for good.

    A weight that would cross zero becomes zero and learns no more, so that few connections are left. Biases
    are exempt. Source: the proximal step of Duchi and Singer 2009, §2, with weights that stay at zero.
    """

    title = "L1"
    slots = ("stopped",)
    rate: _Rate = 0.001

    @property
    def strength(self) -> float:
        return self.rate

    def calls(self, at: Shrunk) -> Iterator[Call]:
        (stopped,) = at.slots
        zero, one = (np.asarray(value, at.weights.dtype) for value in (0, 1))
        yield np.sign, (at.weights, at.scratch)
        yield np.multiply, (at.scratch, at.steps, at.scratch)
        yield np.subtract, (at.weights, at.scratch, at.scratch)
        yield np.multiply, (at.weights, at.scratch, at.spare)
        yield np.less, (at.spare, zero, at.flags)
        yield partial(np.maximum, out=stopped), (stopped, at.flags)
        yield np.subtract, (one, stopped, at.spare)
        yield np.multiply, (at.scratch, at.spare, at.weights)


class ShrinkL2(ShrinkingKind, tag="l2"):
    """w ← w − η·λ·w: every weight smaller by the same share; the large ones lose most.

    Biases are exempt. Also called decoupled weight decay: Loshchilov and Hutter 2019, §2.
    """

    title = "L2"
    rate: _Rate = 0.001

    @property
    def strength(self) -> float:
        return self.rate

    def calls(self, at: Shrunk) -> Iterator[Call]:
        yield np.multiply, (at.weights, at.steps, at.scratch)
        yield np.subtract, (at.weights, at.scratch, at.weights)


Shrinking = NoShrinking | ShrinkL1 | ShrinkL2
SHRINKINGS: tuple[type[ShrinkingKind], ...] = get_args(Shrinking)

_BLOCK = 16384
"""Numbers a block, so that all its vectors stay in a core's own cache."""


class Shrinker:
    """A kind of shrinking at work on a flat vector of weights.

    weights: (size,). ``parts`` are the stretches it applies to, each with its factor on the learning rate.
    ``calls`` do one step; ``slots`` are the vectors it keeps.
    """

    def __init__(
        self, shrinking: ShrinkingKind, weights: Array, parts: Sequence[tuple[slice, float]]
    ) -> None:
        self._shrinking = shrinking
        self._factors, self._steps = (aligned_zeros(weights.size, weights.dtype) for _ in range(2))
        for place, factor in parts:
            self._factors[place] = factor
        self.slots = {name: aligned_zeros(weights.size, weights.dtype) for name in shrinking.slots}
        length = min(_BLOCK, weights.size)
        scratch, spare = (np.empty(length, weights.dtype) for _ in range(2))
        flags = np.empty(length, np.bool_)
        blocks = []
        for start in range(0, weights.size, _BLOCK):
            at = slice(start, min(start + _BLOCK, weights.size))
            own = slice(0, at.stop - at.start)
            slots = tuple(slot[at] for slot in self.slots.values())
            blocks.append(Shrunk(weights[at], self._steps[at], slots, scratch[own], spare[own], flags[own]))
        self.calls = tuple(call for block in blocks for call in shrinking.calls(block))

    def use(self, rate: float) -> None:
        """Shrinks with this learning rate from now on."""
        np.multiply(self._factors, rate * self._shrinking.strength, self._steps)
