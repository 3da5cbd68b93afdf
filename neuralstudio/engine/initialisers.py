"""Where weights start. The scale decides whether signals neither die out nor blow up on their way."""

from typing import Annotated, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.schema.kind import Kind


def fans(shape: Shape) -> tuple[int, int]:
    """Inputs and outputs of a unit for a weight of this shape (inputs and outputs are the last two axes)."""
    if len(shape) < 2:
        return (shape[0] if shape else 1), (shape[0] if shape else 1)
    field = int(np.prod(shape[:-2]))
    return field * shape[-2], field * shape[-1]


class InitialiserKind(Kind):
    """Draws the initial values of a weight."""

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        """float64 array of ``shape``."""
        raise NotImplementedError


class Zeros(InitialiserKind, tag="zeros"):
    """All zero; right for biases, wrong for weights (all units would stay equal)."""

    title = "Zeros"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:  # noqa: ARG002
        return np.zeros(shape)


class Constant(InitialiserKind, tag="constant"):
    """All the same value; right for biases and running statistics, wrong for weights."""

    title = "Constant"
    value: Annotated[float, Meta(ge=-1000, le=1000, title="Value", description="The start value.")] = 0.0

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:  # noqa: ARG002
        return np.full(shape, self.value)


class Uniform(InitialiserKind, tag="uniform"):
    """Uniform between −limit and +limit."""

    title = "Uniform"
    limit: Annotated[float, Meta(gt=0, le=100, title="Limit", description="Largest start value.")] = 0.05

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        return random.uniform(-self.limit, self.limit, shape)


class Normal(InitialiserKind, tag="normal"):
    """Normal with mean 0 and a standard deviation."""

    title = "Normal"
    deviation: Annotated[
        float, Meta(gt=0, le=100, title="Deviation", description="Standard deviation of the start values.")
    ] = 0.05

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        return random.normal(0.0, self.deviation, shape)


class GlorotUniform(InitialiserKind, tag="glorot-uniform"):
    """Uniform with limit √(6 / (inputs + outputs)): keeps the variance for tanh and softmax.

    Source: Glorot and Bengio 2010, eq. 16.
    """

    title = "Glorot uniform"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        limit = np.sqrt(6.0 / sum(fans(shape)))
        return random.uniform(-limit, limit, shape)


class GlorotNormal(InitialiserKind, tag="glorot-normal"):
    """Normal with deviation √(2 / (inputs + outputs)).

    Source: Glorot and Bengio 2010, eq. 12. Not truncated (Keras truncates at two deviations).
    """

    title = "Glorot normal"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        return random.normal(0.0, np.sqrt(2.0 / sum(fans(shape))), shape)


class HeUniform(InitialiserKind, tag="he-uniform"):
    """Uniform with limit √(6 / inputs): keeps the variance for ReLU.

    Source: He et al. 2015, eq. 10.
    """

    title = "He uniform"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        limit = np.sqrt(6.0 / fans(shape)[0])
        return random.uniform(-limit, limit, shape)


class HeNormal(InitialiserKind, tag="he-normal"):
    """Normal with deviation √(2 / inputs): keeps the variance for ReLU.

    Source: He et al. 2015, eq. 10. Not truncated (Keras truncates at two deviations).
    """

    title = "He normal"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        return random.normal(0.0, np.sqrt(2.0 / fans(shape)[0]), shape)


class Orthogonal(InitialiserKind, tag="orthogonal"):
    """Rows (or columns, whichever are fewer) at right angles and of length 1: keeps a state's length.

    Source: Saxe et al. 2014. The last axis are the columns, all others together the rows.
    """

    title = "Orthogonal"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:
        columns = shape[-1] if shape else 1
        rows = int(np.prod(shape)) // columns
        normal = random.normal(0.0, 1.0, (max(rows, columns), min(rows, columns)))
        directions, triangle = np.linalg.qr(normal)
        directions = directions * np.where(np.diagonal(triangle) < 0, -1.0, 1.0)  # else not uniformly drawn
        return np.asarray((directions if rows >= columns else directions.T).reshape(shape))


class ForgetGateOpen(InitialiserKind, tag="forget-gate-open"):
    """An LSTM's bias: 1 for the forget gate, the second of four, else 0, so that the memory lasts at first.

    Source: Gers et al. 2000; Jozefowicz et al. 2015. Not among those to choose from.
    """

    title = "Forget gate open"

    def sample(self, random: np.random.Generator, shape: Shape) -> Array:  # noqa: ARG002
        return np.repeat([0.0, 1.0, 0.0, 0.0], shape[0] // 4)


Initialiser = (
    Zeros | Constant | Uniform | Normal | GlorotUniform | GlorotNormal | HeUniform | HeNormal | Orthogonal
)
BiasInitialiser = Zeros | Constant | Uniform | Normal
"""Those that make sense for a bias, which has no inputs to be scaled by."""
INITIALISERS: tuple[type[InitialiserKind], ...] = get_args(Initialiser)
