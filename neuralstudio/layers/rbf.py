"""Radial units: each answers to inputs near its centre."""

from collections.abc import Mapping
from math import log, sqrt
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from neuralstudio.engine.clustering import k_means, neighbour_distances
from neuralstudio.engine.graph import Array, ShapeError, Tensor, apply, dimensions
from neuralstudio.engine.initialisers import Constant, Uniform
from neuralstudio.engine.ops.distance import SquaredDistances
from neuralstudio.engine.ops.elementwise import Exp
from neuralstudio.layers._base import Emitter, Layer, Scope


class RBF(Layer, tag="rbf"):
    """Each unit answers with 1 at its centre and falls off around it like a Gaussian.

    y = exp(−|x − c|² / 2s²) with centres c and widths s, both trained. What is stored and trained is log s,
    so that a width stays positive and changes in proportion to itself.

    With "k-means" the centres start amid groups of samples, and each width is the mean distance to the two
    nearest other centres. With "random" (and until there are data) the centres are uniform between −1 and 1
    and each width is √inputs, about as far as they lie apart.

    Shapes: (batch, inputs) → (batch, units).   Source: Moody and Darken 1989; Bishop 1995, §5.9.
    """

    title = "RBF"
    units: Annotated[
        int, Meta(ge=1, le=4096, title="Units", description="Gaussian units, one output each.")
    ] = 16
    start: Annotated[
        Literal["k-means", "random"],
        Meta(title="Start", description="Where the centres start: among the data, or anywhere."),
    ] = "k-means"

    @property
    def caption(self) -> str:
        return f"{self.units} unit{'s' if self.units != 1 else ''}"

    @property
    def formula(self) -> str:
        return "y = exp(−|x − c|² / 2s²)"

    @property
    def begins_with_data(self) -> bool:
        return self.start == "k-means"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        if len(x.shape) != 2:
            given = dimensions(x.shape[1:])
            raise ShapeError(f"RBF needs a flat input, but gets {given}", "Insert Flatten before it.")
        inputs = x.shape[1]
        centres = scope.weight("centres", (self.units, inputs), Uniform(limit=1.0))
        log_widths = scope.weight("log_widths", (self.units,), Constant(value=log(sqrt(inputs))))
        return apply(Exp(), apply(SquaredDistances(), x, centres) * (apply(Exp(), log_widths * -2.0) * -0.5))

    def begin(self, inputs: Array, random: np.random.Generator) -> Mapping[str, Array]:
        samples = inputs[np.isfinite(inputs).all(1)]
        if not len(samples):  # the run itself will say what is wrong with such data
            return {}
        centres = k_means(samples, self.units, random)
        return {"centres": centres, "log_widths": np.log(neighbour_distances(centres, samples))}

    def emit(self, to: Emitter) -> None:
        to.rbf(units=self.units, start=self.start)
