"""Optimisers that give every weight a step length of its own, from the squares of its past gradients.

``optimisers.py`` says what the letters mean.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import sqrt
from typing import Annotated

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array, Call
from neuralstudio.engine.updater import (
    NEGLIGIBLE_MEAN,
    NEGLIGIBLE_SQUARE,
    Block,
    Fading,
    LearningRate,
    OptimiserKind,
)

_Share = Annotated[float, Meta(ge=0, lt=1)]
_Decay = Annotated[_Share, Meta(title="Decay", description="How long squared gradients are remembered.")]
_Beta1 = Annotated[_Share, Meta(title="β₁", description="How long gradients are remembered.")]
_Beta2 = Annotated[_Share, Meta(title="β₂", description="How long squared gradients are remembered.")]
_Epsilon = Annotated[
    float,
    Meta(ge=1e-12, le=1, title="Epsilon", description="Keeps the division finite.", extra={"scale": "log"}),
]


class RMSProp(OptimiserKind, tag="rmsprop"):
    """s ← ρ·s + (1 − ρ)·g², w ← w − η·g / (√s + ε): every weight gets a step length of its own.

    Source: Tieleman and Hinton 2012, lecture 6.5; ε outside the root, as in PyTorch (Keras has it inside).
    The default ρ is the lecture's and Keras's 0.9 (PyTorch: 0.99).
    """

    title = "RMSProp"
    slots = ("square",)
    learning_rate: LearningRate = 0.001
    decay: _Decay = 0.9
    epsilon: _Epsilon = 1e-7

    def fading(self) -> Mapping[str, Fading]:
        return {"square": Fading(self.decay, NEGLIGIBLE_SQUARE)}

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"decay": self.decay, "fresh": 1 - self.decay, "rate": rate, "epsilon": self.epsilon}

    def calls(self, at: Block) -> Iterator[Call]:
        (square,) = at.slots
        yield np.multiply, (at.gradient, at.gradient, at.scratch)
        yield np.multiply, (at.scratch, at.number["fresh"], at.scratch)
        yield np.multiply, (square, at.number["decay"], square)
        yield np.add, (square, at.scratch, square)
        yield from _divided_step(at, square, at.gradient)


class Adagrad(OptimiserKind, tag="adagrad"):
    """s ← s + g², w ← w − η·g / (√s + ε): weights that rarely get a gradient take longer steps.

    Source: Duchi, Hazan and Singer 2011, the diagonal form; s starts at 0 and ε is outside the root, as in
    PyTorch (Keras starts at 0.1, with ε inside).
    """

    title = "Adagrad"
    slots = ("square",)
    epsilon: _Epsilon = 1e-7

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"rate": rate, "epsilon": self.epsilon}

    def calls(self, at: Block) -> Iterator[Call]:
        (square,) = at.slots
        yield np.multiply, (at.gradient, at.gradient, at.scratch)
        yield np.add, (square, at.scratch, square)
        yield from _divided_step(at, square, at.gradient)


class Adadelta(OptimiserKind, tag="adadelta"):
    """s ← ρ·s + (1 − ρ)·g², δ = g·√(d + ε) / √(s + ε), d ← ρ·d + (1 − ρ)·δ², w ← w − η·δ: no rate to tune.

    Source: Zeiler 2012, algorithm 1 (η = 1), as in PyTorch (in Keras η is 0.001 unless it is set). Here ε is
    no mere guard: it makes the first steps, so it is the paper's and PyTorch's 10⁻⁶.
    """

    title = "Adadelta"
    slots = ("square", "change")
    learning_rate: LearningRate = 1.0
    decay: _Decay = 0.9
    epsilon: _Epsilon = 1e-6

    def fading(self) -> Mapping[str, Fading]:
        return {name: Fading(self.decay, NEGLIGIBLE_SQUARE) for name in self.slots}

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"decay": self.decay, "fresh": 1 - self.decay, "rate": rate, "epsilon": self.epsilon}

    def calls(self, at: Block) -> Iterator[Call]:
        square, change = at.slots
        yield np.multiply, (at.gradient, at.gradient, at.scratch)
        yield np.multiply, (at.scratch, at.number["fresh"], at.scratch)
        yield np.multiply, (square, at.number["decay"], square)
        yield np.add, (square, at.scratch, square)
        yield np.add, (change, at.number["epsilon"], at.scratch)
        yield np.add, (square, at.number["epsilon"], at.spare)
        yield np.divide, (at.scratch, at.spare, at.scratch)
        yield np.sqrt, (at.scratch, at.scratch)
        yield np.multiply, (at.scratch, at.gradient, at.scratch)  # δ
        yield np.multiply, (at.scratch, at.number["rate"], at.spare)
        yield np.subtract, (at.weights, at.spare, at.weights)
        yield np.multiply, (at.scratch, at.scratch, at.scratch)
        yield np.multiply, (at.scratch, at.number["fresh"], at.scratch)
        yield np.multiply, (change, at.number["decay"], change)
        yield np.add, (change, at.scratch, change)


class Adam(OptimiserKind, tag="adam"):
    """m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − η·m̂ / (√v̂ + ε): momentum and own step lengths.

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). The slots hold m / (1 − β₁) and v / (1 − β₂), which saves two
    passes; the factors go into the coefficients.
    Source: Kingma and Ba 2015, algorithm 1, as in PyTorch (Keras adds ε to the root of the uncorrected v).
    """

    title = "Adam"
    slots = ("mean", "square")
    learning_rate: LearningRate = 0.001
    beta_1: _Beta1 = 0.9
    beta_2: _Beta2 = 0.999
    epsilon: _Epsilon = 1e-7

    def fading(self) -> Mapping[str, Fading]:
        return _moments_fading(self.beta_1, self.beta_2)

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:
        return _adam_coefficients(self, rate, step)

    def calls(self, at: Block) -> Iterator[Call]:
        mean, square = at.slots
        yield from _moments(at)
        yield from _divided_step(at, square, mean)


class AdamW(OptimiserKind, tag="adamw"):
    """w ← (1 − η·λ)·w, then a step of Adam: weight decay that the step lengths do not touch.

    Source: Loshchilov and Hutter 2019, algorithm 2, as in PyTorch: λ is multiplied by the learning rate, and
    all weights decay, biases too. The default λ is PyTorch's (Keras: 0.004). The slots are Adam's.
    """

    title = "AdamW"
    slots = ("mean", "square")
    learning_rate: LearningRate = 0.001
    beta_1: _Beta1 = 0.9
    beta_2: _Beta2 = 0.999
    epsilon: _Epsilon = 1e-7
    weight_decay: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Weight decay",
            description="How strongly weights are drawn to zero, times the learning rate.",
        ),
    ] = 0.01

    def fading(self) -> Mapping[str, Fading]:
        return _moments_fading(self.beta_1, self.beta_2)

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:
        return _adam_coefficients(self, rate, step) | {"kept": 1 - rate * self.weight_decay}

    def calls(self, at: Block) -> Iterator[Call]:
        mean, square = at.slots
        yield from _moments(at)
        yield np.multiply, (at.weights, at.number["kept"], at.weights)
        yield from _divided_step(at, square, mean)


class Nadam(OptimiserKind, tag="nadam"):
    """w ← w − η·((1 − μₜ)·g / (1 − Πμ) + μₜ₊₁·m / (1 − Πμ·μₜ₊₁)) / (√v̂ + ε): Adam that looks one step ahead.

    m, v and v̂ as in Adam; μₜ = β₁·(1 − ½·0.96^(ψt)) grows from half of β₁, and Πμ = μ₁·…·μₜ.
    Source: Dozat 2016, algorithm 2, as in PyTorch, with its ψ = 0.004. Keras has the same rule with ψ
    fixed at 1, so that μ is near β₁ after a hundred steps.
    """

    title = "Nadam"
    slots = ("mean", "square")
    learning_rate: LearningRate = 0.001
    beta_1: _Beta1 = 0.9
    beta_2: _Beta2 = 0.999
    epsilon: _Epsilon = 1e-7
    momentum_decay: Annotated[
        float, Meta(ge=0, le=1, title="Momentum decay", description="How soon the momentum reaches β₁.")
    ] = 0.004

    def fading(self) -> Mapping[str, Fading]:
        return _moments_fading(self.beta_1, self.beta_2)

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:
        mu, following = (_momentum(self.beta_1, self.momentum_decay, t) for t in (step, step + 1))
        product = 0.0
        if self.beta_1**step > np.finfo(np.float64).eps ** 2:  # else it is too small to matter
            # Twice as many as are needed, so that the table is seldom made anew.
            product = float(_products(self.beta_1, self.momentum_decay, 1 << step.bit_length())[step])
        second = sqrt((1 - self.beta_2) / (1 - self.beta_2**step))
        return {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon / second,
            "ahead": rate * (1 - mu) / (1 - product) / second,
            "behind": rate * following * (1 - self.beta_1) / (1 - product * following) / second,
        }

    def calls(self, at: Block) -> Iterator[Call]:
        mean, square = at.slots
        yield from _moments(at)
        yield np.sqrt, (square, at.scratch)
        yield np.add, (at.scratch, at.number["epsilon"], at.scratch)
        yield np.multiply, (mean, at.number["behind"], at.spare)
        yield np.divide, (at.spare, at.scratch, at.spare)
        yield np.subtract, (at.weights, at.spare, at.weights)
        yield np.multiply, (at.gradient, at.number["ahead"], at.spare)
        yield np.divide, (at.spare, at.scratch, at.spare)
        yield np.subtract, (at.weights, at.spare, at.weights)


def _moments_fading(beta_1: float, beta_2: float) -> Mapping[str, Fading]:
    return {"mean": Fading(beta_1, NEGLIGIBLE_MEAN), "square": Fading(beta_2, NEGLIGIBLE_SQUARE)}


def _adam_coefficients(kind: Adam | AdamW, rate: float, step: int) -> dict[str, float]:
    first = (1 - kind.beta_1) / (1 - kind.beta_1**step)
    second = sqrt((1 - kind.beta_2) / (1 - kind.beta_2**step))
    return {
        "beta_1": kind.beta_1,
        "beta_2": kind.beta_2,
        "epsilon": kind.epsilon / second,
        "rate": rate * first / second,
    }


def _moments(at: Block) -> Iterator[Call]:
    """m ← β₁·m + g and v ← β₂·v + g², the two moments of Adam without their common factors."""
    mean, square = at.slots
    yield np.multiply, (mean, at.number["beta_1"], mean)
    yield np.add, (mean, at.gradient, mean)
    yield np.multiply, (at.gradient, at.gradient, at.scratch)
    yield np.multiply, (square, at.number["beta_2"], square)
    yield np.add, (square, at.scratch, square)


def _divided_step(at: Block, square: Array, direction: Array) -> Iterator[Call]:
    """w ← w − η·direction / (√square + ε)."""
    yield np.sqrt, (square, at.scratch)
    yield np.add, (at.scratch, at.number["epsilon"], at.scratch)
    yield np.divide, (direction, at.scratch, at.scratch)
    yield np.multiply, (at.scratch, at.number["rate"], at.scratch)
    yield np.subtract, (at.weights, at.scratch, at.weights)


def _momentum(beta_1: float, decay: float, step: int) -> float:
    """μ of Nadam at a step."""
    return float(beta_1 * (1 - 0.5 * 0.96 ** (decay * step)))


@lru_cache(maxsize=8)
def _products(beta_1: float, decay: float, count: int) -> Array:
    """(count,) μ₁·…·μₜ of Nadam for t from 0."""
    factors = [1.0, *(_momentum(beta_1, decay, step) for step in range(1, count))]
    return np.cumprod(factors)
