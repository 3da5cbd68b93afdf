"""An optimiser at work: its calls, bound once to small blocks of the flat vectors, are run in every step."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from msgspec import Meta

from neuralstudio.engine.clipping import ClippingKind, NoClipping
from neuralstudio.engine.graph import Array, Call
from neuralstudio.engine.memory import aligned_zeros
from neuralstudio.engine.shrinking import Shrinker
from neuralstudio.schema.kind import Kind

BLOCK = 16384
"""Numbers a block: five float32 arrays of this length stay in a core's own cache."""

NEGLIGIBLE_MEAN = 1e-20
"""Smaller running means of gradients than this are set to zero; no step would notice them."""

NEGLIGIBLE_SQUARE = 1e-30
"""The same for running means of squares: the root is far below the smallest epsilon."""

LearningRate = Annotated[
    float,
    Meta(
        gt=0,
        le=10,
        title="Learning rate",
        description="How far each step goes. Too small learns slowly, too large diverges.",
        extra={"scale": "log"},
    ),
]

Part = tuple[slice, float]
"""A stretch of the flat vector and the factor on its learning rate; 0 freezes it."""


class Fading(NamedTuple):
    """A slot shrinks by ``factor`` in every step without gradient; below ``negligible`` it may become 0."""

    factor: float
    negligible: float


@dataclass(frozen=True)
class Block:
    """What the calls of one block work on, all of shape (numbers,).

    ``slots`` come in the order the kind names them; ``scratch`` and ``spare`` hold what they like between two
    calls; ``number`` holds the coefficients by name, 0-dimensional.
    """

    weights: Array
    gradient: Array
    slots: tuple[Array, ...]
    scratch: Array
    spare: Array
    number: Mapping[str, Array]


class OptimiserKind(Kind):
    """An update rule. ``slots`` names the state vectors it keeps, a number for each weight."""

    slots: ClassVar[tuple[str, ...]] = ()
    learning_rate: LearningRate = 0.01

    def fading(self) -> Mapping[str, Fading]:
        """The slots that fade away while a weight gets no gradient."""
        return {}

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:
        """The numbers of a step (``step`` counts from 1), by name."""
        raise NotImplementedError

    def calls(self, at: Block) -> Iterator[Call]:
        """The calls that update one block in place. The gradient is only read."""
        raise NotImplementedError


class Updater:
    """An optimiser at work on one flat vector of weights.

    weights, gradients: (size,). ``parts`` gives stretches a learning rate of their own: a factor each, and
    with factor 0 neither weights nor slots are touched, nor does the clipping see their gradient; the same
    holds for what no part covers. Without parts, everything is one of factor 1. Neighbours of equal factor
    become one part, so let a part reach up to the start of the next. A ``shrinker`` has its turn after the
    optimiser. Between steps, ``learning_rate`` and ``factor`` (a schedule's; the two are multiplied) may be
    changed. Raises ``ValueError`` for parts that overlap.
    """

    def __init__(
        self,
        optimiser: OptimiserKind,
        weights: Array,
        gradients: Array,
        parts: Sequence[Part] | None = None,
        clipping: ClippingKind = NoClipping(),  # noqa: B008 - a frozen value
        shrinker: Shrinker | None = None,
    ) -> None:
        self.optimiser = optimiser
        self.learning_rate = optimiser.learning_rate
        self.factor = 1.0
        self.steps = 0
        self.slots = {name: aligned_zeros(weights.size, weights.dtype) for name in optimiser.slots}
        trained = _joined([(slice(None), 1.0)] if parts is None else parts, weights.size)
        names, later = (optimiser.coefficients(optimiser.learning_rate, step) for step in (1, 2))
        self._depends_on_step = names != later  # else they are worked out only for a new rate
        self._rate_of_numbers = -1.0
        self._numbers = {
            factor: {name: np.zeros((), weights.dtype) for name in names} for _, _, factor in trained
        }
        length = min(BLOCK, weights.size)
        scratch, spare = (aligned_zeros(length, weights.dtype) for _ in range(2))
        blocks: list[Block] = []
        for start, stop, factor in trained:
            for at in (slice(first, min(first + BLOCK, stop)) for first in range(start, stop, BLOCK)):
                count = at.stop - at.start
                slots = tuple(slot[at] for slot in self.slots.values())
                number = self._numbers[factor]
                blocks.append(
                    Block(weights[at], gradients[at], slots, scratch[:count], spare[:count], number)
                )
        self._calls: tuple[Call, ...] = (
            *clipping.calls([block.gradient for block in blocks]),
            *(call for block in blocks for call in optimiser.calls(block)),
            *(shrinker.calls if shrinker else ()),
        )
        self._shrinker = shrinker
        self.slots |= shrinker.slots if shrinker else {}
        flags = np.empty(length, np.bool_)
        self._flushes = [
            (_steps_until_denormal(fading), tuple(_flush(fading.negligible, index, blocks, flags)))
            for name, fading in optimiser.fading().items()
            for index in [optimiser.slots.index(name)]
        ]

    def step(self) -> None:
        """One update of all weights from the gradients."""
        self.steps += 1
        rate = self.learning_rate * self.factor
        if self._depends_on_step or rate != self._rate_of_numbers:
            if self._shrinker is not None and rate != self._rate_of_numbers:
                self._shrinker.use(rate)
            self._rate_of_numbers = rate
            for factor, numbers in self._numbers.items():
                for name, value in self.optimiser.coefficients(rate * factor, self.steps).items():
                    numbers[name][()] = value
        for function, arguments in self._calls:
            function(*arguments)
        for every, calls in self._flushes:
            if self.steps % every == 0:
                for function, arguments in calls:
                    function(*arguments)

    def reset(self) -> None:
        """Forgets all past gradients: the next step is a first one."""
        self.steps = 0
        for slot in self.slots.values():
            slot[...] = 0


def _joined(parts: Sequence[Part], size: int) -> list[tuple[int, int, float]]:
    """Start, stop and factor of the stretches to be trained, in order; neighbours of equal factor are one."""
    stretches = sorted((*place.indices(size)[:2], factor) for place, factor in parts)
    joined: list[tuple[int, int, float]] = []
    reached = 0
    for start, stop, factor in stretches:
        if start < reached:
            raise ValueError(f"parts overlap: one starts at {start}, another ends at {reached}")
        reached = max(stop, start)
        if factor == 0 or stop <= start:
            continue
        if joined and joined[-1][1:] == (start, factor):
            joined[-1] = (joined[-1][0], stop, factor)
        else:
            joined.append((start, stop, factor))
    return joined


def _flush(negligible: float, slot: int, blocks: Iterable[Block], flags: Array) -> Iterator[Call]:
    # The mean of a weight that gets no gradient (a pixel that is always black) fades into denormal
    # numbers, which this family of processors computes some twenty times more slowly.
    for block in blocks:
        values, limit = block.slots[slot], np.asarray(negligible, block.weights.dtype)
        is_kept = flags[: values.size]
        yield np.absolute, (values, block.scratch)
        yield np.greater, (block.scratch, limit, is_kept)
        yield np.multiply, (values, is_kept, values)


def _steps_until_denormal(fading: Fading) -> int:
    """How many multiplications keep what is not negligible within float32's normal range."""
    if not 0 < fading.factor < 1:
        return 1000
    steps = log(float(np.finfo(np.float32).tiny) / fading.negligible) / log(fading.factor)
    return max(1, min(1000, int(steps)))
