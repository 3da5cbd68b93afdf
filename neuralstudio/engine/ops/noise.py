"""Random numbers inside a program, drawn from the run's own noise stream."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, Tensor, Workspace


@dataclass(frozen=True, eq=False)
class KeepMask(Op):
    """1 / (1 − rate) with probability 1 − rate, else 0; as large as its input, and new in every run.

    Inverted dropout: Srivastava et al. 2014, §10, so that nothing needs scaling when not training.
    """

    rate: float
    is_unique = True

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        (kept,) = work.scratch(out.shape, dtype="flag")
        keep = 1.0 - self.rate
        yield work.noise.random, (None, work.dtype, out)
        yield np.less, (out, work.number(keep), kept)
        yield np.multiply, (kept, work.number(1.0 / keep), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:  # noqa: ARG002
        return [None]

    def formula(self, *names: str) -> str:  # noqa: ARG002
        return f"0 with probability {self.rate:g}, else {1 / (1 - self.rate):.4g}"


@dataclass(frozen=True, eq=False)
class NormalNoise(Op):
    """Numbers of a normal distribution with mean 0 and a standard deviation; new in every run."""

    deviation: float
    is_unique = True

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield work.noise.standard_normal, (None, work.dtype, out)
        yield np.multiply, (out, work.number(self.deviation), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:  # noqa: ARG002
        return [None]

    def formula(self, *names: str) -> str:  # noqa: ARG002
        return f"N(0, {self.deviation:g}²)"
