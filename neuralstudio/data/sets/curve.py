"""Points on a curve: one number in, one number out, the simplest thing a network can be fitted to."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity, Samples, Signature
from neuralstudio.data.sets._settings import LineCount, Noise
from neuralstudio.data.split import split

Floats = NDArray[np.float64]

REACH = 3.0
FUNCTIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "sine": lambda x: np.sin(2 * x),
    "waves": lambda x: 0.6 * np.sin(2 * x) + 0.4 * np.sin(5 * x),
    "bump": lambda x: 2 * np.exp(-(x**2)) - 1,
    "parabola": lambda x: 2 * x**2 / REACH**2 - 1,
    "absolute": lambda x: 2 * np.abs(x) / REACH - 1,
    "step": lambda x: np.where(x < 0, -0.8, 0.8),
    "sawtooth": lambda x: 2 * ((x + REACH) / 2 % 1) - 1,
}
"""From −3 to 3; all stay within −1 and 1."""


class Curve(Dataset, tag="curve"):
    """Points along a curve: a network learns y from x, and comes as close to any curve as it has units.

    x is U(−3, 3); y = f(x) + N(0, ν) with ν = noise, where f is sin 2x (sine), 0.6·sin 2x + 0.4·sin 5x
    (waves), 2·exp(−x²) − 1 (bump), 2x²/9 − 1 (parabola), 2|x|/3 − 1 (absolute), ±0.8 by the sign of x (step)
    or three rising teeth (sawtooth).
    """

    title: ClassVar[str] = "Curve"
    group: ClassVar[str] = "Numbers"

    function: Annotated[
        Literal["sine", "waves", "bump", "parabola", "absolute", "step", "sawtooth"],
        Meta(title="Curve", description="What the points lie on."),
    ] = "sine"
    count: LineCount = 400
    noise: Annotated[
        Noise, Meta(description="How far the points stray from the curve, in hundredths of its half height.")
    ] = 10
    test: Annotated[
        float,
        Meta(
            ge=0.05,
            le=0.9,
            title="Test share",
            description="Part of the points kept to test the network with.",
        ),
    ] = 0.5

    @property
    def signature(self) -> Signature:
        """x in, y out, both as they are."""
        x, y = Quantity("x", low=-REACH, high=REACH), Quantity("y", low=-1, high=1)
        return Signature((1,), numbers=1, features=("x",), columns=(x,), predicted=(y,))

    def load(self, seed: int) -> Data:
        """Draws the points and splits them; there is no validation part."""
        draw, blur, order = (
            np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)
        )
        x = draw.uniform(-REACH, REACH, (self.count, 1))
        y = FUNCTIONS[self.function](x) + self.noise / 100 * blur.standard_normal(x.shape)
        samples = Samples(x.astype(np.float32), y.astype(np.float32))
        train, validation, test = split(samples, 1 - self.test, 0.0, order)
        return Data(self.signature, train, validation, test)

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """The curve without noise: (count, 1)."""
        return FUNCTIONS[self.function](inputs.astype(np.float64)).astype(np.float32)
