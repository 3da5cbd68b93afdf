"""Optimisers: how weights follow their gradients. A step is a list of in-place calls on small blocks.

They compute what PyTorch's of the same name compute. Only the default of ε differs: it is 10⁻⁷, as in Keras
(PyTorch: 10⁻⁸). In the formulas g is the gradient, w the weight, η the learning rate (times the factors of
schedule and layer) and t the step, counted from 1. The kinds with step lengths of their own for every weight
are in ``adaptive.py``, the machine that runs them in ``updater.py``.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.adaptive import Adadelta, Adagrad, Adam, AdamW, Nadam, RMSProp
from neuralstudio.engine.graph import Call
from neuralstudio.engine.updater import BLOCK, NEGLIGIBLE_MEAN, Block, Fading, OptimiserKind, Updater

__all__ = [
    "BLOCK", "OPTIMISERS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Momentum", "Nadam", "Nesterov",
    "Optimiser", "OptimiserKind", "RMSProp", "Updater",
]  # fmt: skip

_Momentum = Annotated[
    float, Meta(ge=0, lt=1, title="Momentum", description="How much of the last step is kept in the next.")
]


class SGD(OptimiserKind, tag="sgd"):
    """w ← w − η·g: straight down the slope.

    Source: Robbins and Monro 1951; Goodfellow et al. 2016, algorithm 8.1.
    """

    title = "SGD"

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"rate": rate}

    def calls(self, at: Block) -> Iterator[Call]:
        yield np.multiply, (at.gradient, at.number["rate"], at.scratch)
        yield np.subtract, (at.weights, at.scratch, at.weights)


class Momentum(OptimiserKind, tag="momentum"):
    """v ← μ·v + g, w ← w − η·v: a ball that rolls on through small dips.

    Source: Polyak 1964; the form of PyTorch, where a change of η acts at once on the whole velocity (in Keras
    it is part of the velocity).
    """

    title = "Momentum"
    slots = ("velocity",)
    momentum: _Momentum = 0.9

    def fading(self) -> Mapping[str, Fading]:
        return {"velocity": Fading(self.momentum, NEGLIGIBLE_MEAN)}

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"rate": rate, "momentum": self.momentum}

    def calls(self, at: Block) -> Iterator[Call]:
        (velocity,) = at.slots
        yield np.multiply, (velocity, at.number["momentum"], velocity)
        yield np.add, (velocity, at.gradient, velocity)
        yield np.multiply, (velocity, at.number["rate"], at.scratch)
        yield np.subtract, (at.weights, at.scratch, at.weights)


class Nesterov(OptimiserKind, tag="nesterov"):
    """v ← μ·v + g, w ← w − η·(g + μ·v): momentum that looks one step ahead.

    Source: Nesterov 1983; Sutskever et al. 2013, §2, rewritten for the weights looked ahead to, as in PyTorch
    and Keras (which keeps η in the velocity).
    """

    title = "Nesterov momentum"
    slots = ("velocity",)
    momentum: _Momentum = 0.9

    def fading(self) -> Mapping[str, Fading]:
        return {"velocity": Fading(self.momentum, NEGLIGIBLE_MEAN)}

    def coefficients(self, rate: float, step: int) -> Mapping[str, float]:  # noqa: ARG002
        return {"rate": rate, "momentum": self.momentum}

    def calls(self, at: Block) -> Iterator[Call]:
        (velocity,) = at.slots
        yield np.multiply, (velocity, at.number["momentum"], velocity)
        yield np.add, (velocity, at.gradient, velocity)
        yield np.multiply, (velocity, at.number["momentum"], at.scratch)
        yield np.add, (at.scratch, at.gradient, at.scratch)
        yield np.multiply, (at.scratch, at.number["rate"], at.scratch)
        yield np.subtract, (at.weights, at.scratch, at.weights)


Optimiser = SGD | Momentum | Nesterov | RMSProp | Adagrad | Adadelta | Adam | AdamW | Nadam
OPTIMISERS: tuple[type[OptimiserKind], ...] = get_args(Optimiser)
