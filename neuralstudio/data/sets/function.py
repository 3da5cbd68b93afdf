"""Points on a function of one variable that a person types: can a network follow any?"""

from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity, Samples, Signature
from neuralstudio.data.sets._settings import LineCount, Noise, Share
from neuralstudio.data.split import split
from neuralstudio.data.typed import Floats, Surveyed, survey, written
from neuralstudio.schema.formula import read
from neuralstudio.schema.problem import Problem, ProblemError

STEPS = 1201
"""Places at which a function is tried."""
REACH = 3.0
"""The network gets x from −3 to 3, whatever the interval."""


class Function(Dataset, tag="function"):
    """Points on a function y = f(x) that you type: enough units come as close to it as you like.

    x ~ U(low, high), drawn only where f(x) is a finite number; y = f(x) + N(0, ν)·h with ν = noise and h half
    the height of the function. The network gets x scaled to −3 … 3 and y to −1 … 1 (noise aside).
    Source of the claim: Cybenko, "Approximation by superpositions of a sigmoidal function", 1989.
    """

    title: ClassVar[str] = "Function"
    group: ClassVar[str] = "Numbers"

    expression: Annotated[
        str,
        Meta(
            title="y =",
            description="A formula in x, such as sin(2*x) + 0.3*x^2 or exp(-x^2).",
            extra={"role": "formula"},
        ),
    ] = "sin(2*x)"
    low: Annotated[
        float, Meta(ge=-1000, le=1000, title="From x =", description="One end of the interval.")
    ] = -3.0
    high: Annotated[
        float, Meta(ge=-1000, le=1000, title="To x =", description="The other end of the interval.")
    ] = 3.0
    count: LineCount = 400
    noise: Annotated[
        Noise,
        Meta(description="How far the points stray from the function, in hundredths of its half height."),
    ] = 0
    share: Share = 50

    @property
    def signature(self) -> Signature:
        """x in, y out, both scaled. Of a function that cannot be used, y is taken to go from −1 to 1."""
        try:
            y = self._function().quantity("y")
        except ProblemError:
            y = Quantity("y", low=-1, high=1)
        return Signature((1,), numbers=1, features=("x",), columns=(self._input(),), predicted=(y,))

    def check(self) -> None:
        """Raises ``ProblemError`` for an empty interval, or a formula that makes no data."""
        self._function()

    def load(self, seed: int) -> Data:
        """Draws the points and splits them; there is no validation part. Raises ``ProblemError``."""
        function = self._function()
        draw, blur, order = (
            np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)
        )

        def points() -> tuple[Floats, Floats]:
            x = draw.uniform(*self._ends(), self.count)
            return x, function.at(x=x)

        x, y = function.drawn(self.count, points)
        wanted = function.quantity("y")
        strayed = y + self.noise / 100 * wanted.spread * blur.standard_normal(len(y))
        samples = Samples(self._input().scaled(x[:, np.newaxis]), wanted.scaled(strayed[:, np.newaxis]))
        return Data(self.signature, *split(samples, self.share / 100, 0.0, order), note=function.note)

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """The function without noise, from −1 to 1; NaN where it has no value: (count, 1)."""
        function = self._function()
        return function.quantity("y").scaled(function.at(x=self._input().real(inputs)))

    def _input(self) -> Quantity:
        low, high = self._ends()
        spread = (high - low) / (2 * REACH) or 1.0
        return Quantity("x", low=low, high=high, centre=(low + high) / 2, spread=spread)

    def _ends(self) -> tuple[float, float]:
        return min(self.low, self.high), max(self.low, self.high)

    def _function(self) -> Surveyed:
        return _surveyed(self.expression, *self._ends())


@lru_cache(maxsize=64)
def _surveyed(expression: str, low: float, high: float) -> Surveyed:
    if low == high:
        what = f"The interval from {written(low)} to {written(high)} is empty"
        raise ProblemError(Problem("Function", what, "Let it end elsewhere.", field="high"))
    lattice = {"x": np.linspace(low, high, STEPS)}
    return survey(expression, read(expression, {"x": "x", "X": "x"}), lattice)
