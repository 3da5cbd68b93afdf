"""Clipping: keeps one wild batch from throwing the weights far off. In place, before the optimiser's step."""

from collections.abc import Iterator, Sequence
from functools import partial
from math import sqrt
from typing import Annotated, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array, Call
from neuralstudio.schema.kind import Kind

_GUARD = 1e-6
"""Added to the norm before the division, as PyTorch does it."""


class ClippingKind(Kind):
    """A limit put on the gradients of a step."""

    def calls(self, gradients: Sequence[Array]) -> Iterator[Call]:
        """The calls that limit the gradients in place.

        gradients: stretches (n,) of the flat vector that belong to weights which are trained.
        """
        raise NotImplementedError


class NoClipping(ClippingKind, tag="none"):
    """g ← g: the gradients are taken as they are."""

    title = "None"

    def calls(self, gradients: Sequence[Array]) -> Iterator[Call]:  # noqa: ARG002 - nothing to do
        return iter(())


class ClipByNorm(ClippingKind, tag="by-norm"):
    """g ← g · min(1, c / (‖g‖ + 10⁻⁶)): shortens the gradient and keeps its direction.

    ‖g‖ is the norm over all trained weights of the network together; frozen ones do not count.
    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1; as PyTorch's ``clip_grad_norm_`` (Keras's
    ``global_clipnorm``, without the 10⁻⁶; its ``clipnorm`` takes each weight array by itself).
    """

    title = "By norm"
    maximum: Annotated[
        float,
        Meta(
            ge=1e-6,
            le=1e6,
            title="Largest norm",
            description="A gradient longer than this is shortened to it.",
            extra={"scale": "log"},
        ),
    ] = 1.0

    def calls(self, gradients: Sequence[Array]) -> Iterator[Call]:
        if gradients:
            square, scale = (np.zeros((), gradients[0].dtype) for _ in range(2))
            yield _shorten, (tuple(gradients), self.maximum, square, scale)


class ClipByValue(ClippingKind, tag="by-value"):
    """g ← max(−c, min(c, g)): limits each number by itself, which may turn the direction.

    Source: Goodfellow et al. 2016, §10.11.1; as PyTorch's ``clip_grad_value_`` and Keras's ``clipvalue``.
    """

    title = "By value"
    limit: Annotated[
        float,
        Meta(
            ge=1e-6,
            le=1e6,
            title="Limit",
            description="No number of the gradient goes beyond this, up or down.",
            extra={"scale": "log"},
        ),
    ] = 0.5

    def calls(self, gradients: Sequence[Array]) -> Iterator[Call]:
        if gradients:
            highest = np.asarray(self.limit, gradients[0].dtype)
            lowest = -highest
        for gradient in gradients:
            yield partial(np.minimum, out=gradient), (gradient, highest)
            yield partial(np.maximum, out=gradient), (gradient, lowest)


Clipping = NoClipping | ClipByNorm | ClipByValue
CLIPPINGS: tuple[type[ClippingKind], ...] = get_args(Clipping)


def _shorten(gradients: tuple[Array, ...], maximum: float, square: Array, scale: Array) -> None:
    """Scales all gradients to a common norm of ``maximum`` at most. square, scale: (), for results."""
    total = 0.0
    for gradient in gradients:
        np.dot(gradient, gradient, square)
        total += float(square)
    share = maximum / (sqrt(total) + _GUARD)
    if not share >= 1:  # a norm that is not a number counts as too long, as in PyTorch
        scale[()] = share
        for gradient in gradients:
            np.multiply(gradient, scale, gradient)
