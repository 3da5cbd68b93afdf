"""Random numbers; they have tests of their own."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import noise
from tests.engine.families._base import Case, Draw

FORMULAS: dict[type[Op], Callable[..., Array]] = {}
EXAMPLES: dict[type[Op], Draw] = {
    noise.KeepMask: lambda _: Case(noise.KeepMask(0.25), [np.ones((2, 3))]),
    noise.NormalNoise: lambda _: Case(noise.NormalNoise(0.5), [np.ones((2, 3))]),
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {}
TAKES_ANY_SHAPE: set[type[Op]] = {noise.KeepMask, noise.NormalNoise}
RANDOM: set[type[Op]] = {noise.KeepMask, noise.NormalNoise}
