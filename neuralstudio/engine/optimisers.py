"""Optimisers: how weights follow their gradients. A step is a list of in-place calls on small blocks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array, Call
from neuralstudio.schema.kind import Kind

BLOCK = 16384
"""Numbers a block: five float32 arrays of this length stay in a core's own cache."""

_NEGLIGIBLE = 1e-20
"""Smaller running means than this are set to zero; a step of the optimiser would not notice them."""

_Rate = Annotated[
    float,
    Meta(
        gt=0,
        le=10,
        title="Learning rate",
        description="How far each step goes. Too small learns slowly, too large diverges.",
        extra={"scale": "log"},
    ),
]
_Decay = Annotated[float, Meta(ge=0, lt=1)]
_Epsilon = Annotated[
    float,
    Meta(ge=1e-12, le=1, title="Epsilon", description="Keeps the division finite.", extra={"scale": "log"}),
]


class OptimiserKind(Kind):
    """An update rule. ``slots`` names the state vectors it keeps for each weight."""

    slots: ClassVar[tuple[str, ...]] = ()
    fading: ClassVar[tuple[str, ...]] = ()
    """Slots that decay by ``fading_factor`` in every step in which the gradient is zero."""
    learning_rate: _Rate = 0.01

    @property
    def fading_factor(self) -> float:
        return 0.0

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:
        """Numbers that change from step to step (``step`` counts from 1), by name."""
        raise NotImplementedError

    def calls(
        self,
        weights: Array,
        gradient: Array,
        slots: Sequence[Array],
        scratch: Array,
        number: Mapping[str, Array],
    ) -> Iterator[Call]:
        """The calls that update one block in place; ``number`` holds the coefficients, 0-dimensional."""
        raise NotImplementedError


class SGD(OptimiserKind, tag="sgd"):
    """w ← w − η·g: straight down the slope.

    Source: Robbins and Monro 1951; Goodfellow et al. 2016, algorithm 8.1.
    """

    title = "SGD"

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"rate": rate}

    def calls(
        self,
        weights: Array,
        gradient: Array,
        slots: Sequence[Array],  # noqa: ARG002
        scratch: Array,
        number: Mapping[str, Array],
    ) -> Iterator[Call]:
        yield np.multiply, (gradient, number["rate"], scratch)
        yield np.subtract, (weights, scratch, weights)


class Momentum(OptimiserKind, tag="momentum"):
    """v ← μ·v + g, w ← w − η·v: a ball that rolls on through small dips.

    Source: Polyak 1964; the form of PyTorch, where a change of η acts at once on the whole velocity.
    """

    title = "Momentum"
    slots = ("velocity",)
    fading = ("velocity",)
    momentum: Annotated[
        _Decay, Meta(title="Momentum", description="How much of the last step is kept in the next.")
    ] = 0.9

    @property
    def fading_factor(self) -> float:
        return self.momentum

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"rate": rate, "momentum": self.momentum}

    def calls(
        self,
        weights: Array,
        gradient: Array,
        slots: Sequence[Array],
        scratch: Array,
        number: Mapping[str, Array],
    ) -> Iterator[Call]:
        (velocity,) = slots
        yield np.multiply, (velocity, number["momentum"], velocity)
        yield np.add, (velocity, gradient, velocity)
        yield np.multiply, (velocity, number["rate"], scratch)
        yield np.subtract, (weights, scratch, weights)


class RMSProp(OptimiserKind, tag="rmsprop"):
    """s ← ρ·s + (1 − ρ)·g², w ← w − η·g / (√s + ε): every weight gets a step length of its own.

    Source: Tieleman and Hinton 2012, lecture 6.5; ε outside the root, as in PyTorch (Keras has it inside).
    """

    title = "RMSProp"
    slots = ("square",)
    learning_rate: _Rate = 0.001
    decay: Annotated[
        _Decay, Meta(title="Decay", description="How long squared gradients are remembered.")
    ] = 0.9
    epsilon: _Epsilon = 1e-7

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"decay": self.decay, "fresh": 1 - self.decay, "rate": rate, "epsilon": self.epsilon}

    def calls(
        self,
        weights: Array,
        gradient: Array,
        slots: Sequence[Array],
        scratch: Array,
        number: Mapping[str, Array],
    ) -> Iterator[Call]:
        (square,) = slots
        yield np.multiply, (gradient, gradient, scratch)
        yield np.multiply, (scratch, number["fresh"], scratch)
        yield np.multiply, (square, number["decay"], square)
        yield np.add, (square, scratch, square)
        yield np.sqrt, (square, scratch)
        yield np.add, (scratch, number["epsilon"], scratch)
        yield np.divide, (gradient, scratch, scratch)
        yield np.multiply, (scratch, number["rate"], scratch)
        yield np.subtract, (weights, scratch, weights)


class Adam(OptimiserKind, tag="adam"):
    """m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − η·m̂ / (√v̂ + ε): momentum and own step lengths.

    Source: Kingma and Ba 2015, algorithm 1, as in PyTorch (Keras adds ε to the root of the uncorrected v).
    The slots hold m / (1 − β₁) and v / (1 − β₂), which saves two passes; the factors go into coefficients.
    """

    title = "Adam"
    slots = ("mean", "square")
    fading = ("mean",)
    learning_rate: _Rate = 0.001
    beta_1: Annotated[_Decay, Meta(title="β₁", description="How long gradients are remembered.")] = 0.9
    beta_2: Annotated[_Decay, Meta(title="β₂", description="How long squared gradients are remembered.")] = (
        0.999
    )
    epsilon: _Epsilon = 1e-7

    @property
    def fading_factor(self) -> float:
        return self.beta_1

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:
        first = (1 - self.beta_1) / (1 - self.beta_1**step)
        second = np.sqrt((1 - self.beta_2) / (1 - self.beta_2**step))
        return {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon / second,
            "rate": rate * first / second,
        }

    def calls(
        self,
        weights: Array,
        gradient: Array,
        slots: Sequence[Array],
        scratch: Array,
        number: Mapping[str, Array],
    ) -> Iterator[Call]:
        mean, square = slots
        yield np.multiply, (mean, number["beta_1"], mean)
        yield np.add, (mean, gradient, mean)
        yield np.multiply, (gradient, gradient, scratch)
        yield np.multiply, (square, number["beta_2"], square)
        yield np.add, (square, scratch, square)
        yield np.sqrt, (square, scratch)
        yield np.add, (scratch, number["epsilon"], scratch)
        yield np.divide, (mean, scratch, scratch)
        yield np.multiply, (scratch, number["rate"], scratch)
        yield np.subtract, (weights, scratch, weights)


Optimiser = SGD | Momentum | RMSProp | Adam
OPTIMISERS: tuple[type[OptimiserKind], ...] = get_args(Optimiser)


class Updater:
    """An optimiser at work on one flat vector of weights. ``learning_rate`` may be changed between steps."""

    def __init__(self, optimiser: OptimiserKind, weights: Array, gradients: Array) -> None:
        self.optimiser = optimiser
        self.learning_rate = optimiser.learning_rate
        self.steps = 0
        self.slots = {name: np.zeros_like(weights) for name in optimiser.slots}
        self._fading = [self.slots[name] for name in optimiser.fading]
        self._flush_every = _steps_until_denormal(optimiser.fading_factor)
        self._magnitude = np.empty_like(weights) if self._fading else weights
        self._counts = np.empty(weights.shape, np.bool_)
        names = optimiser.coefficients(optimiser.learning_rate, 1)
        self._numbers = {name: np.zeros((), weights.dtype) for name in names}
        scratch = np.zeros(min(BLOCK, weights.size), weights.dtype)
        self._calls: tuple[Call, ...] = tuple(
            call
            for start in range(0, weights.size, BLOCK)
            for call in optimiser.calls(
                weights[start : start + BLOCK],
                gradients[start : start + BLOCK],
                [slot[start : start + BLOCK] for slot in self.slots.values()],
                scratch[: min(BLOCK, weights.size - start)],
                self._numbers,
            )
        )

    def step(self) -> None:
        """One update of all weights from the gradients."""
        self.steps += 1
        for name, value in self.optimiser.coefficients(self.learning_rate, self.steps).items():
            self._numbers[name][()] = value
        for function, arguments in self._calls:
            function(*arguments)
        if self.steps % self._flush_every == 0:
            for slot in self._fading:
                self._flush(slot)

    def reset(self) -> None:
        """Forgets all past gradients: the next step is a first one."""
        self.steps = 0
        for slot in self.slots.values():
            slot[...] = 0

    def _flush(self, slot: Array) -> None:
        # The mean of a weight that gets no gradient (a pixel that is always black) fades into denormal
        # numbers, which this family of processors computes some twenty times more slowly.
        np.absolute(slot, self._magnitude)
        np.greater(self._magnitude, _NEGLIGIBLE, self._counts)
        np.multiply(slot, self._counts, slot)


def _steps_until_denormal(factor: float) -> int:
    """How many multiplications by ``factor`` keep ``_NEGLIGIBLE`` within float32's normal range."""
    if not 0 < factor < 1:
        return 1000
    return max(1, min(1000, int(np.log(np.finfo(np.float32).tiny / _NEGLIGIBLE) / np.log(factor))))
