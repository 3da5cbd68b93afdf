"""A wave over time: a network reads the last few values and tells the next."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta

from neuralstudio.data._base import Data, Dataset, Quantity, Samples, Signature
from neuralstudio.data.sets._settings import FineNoise, TestShare
from neuralstudio.data.split import portion

PERIOD = 25
"""Steps from crest to crest."""
RATIO = (1 + 5**0.5) / 2
"""How much faster the second wave is: the golden ratio, so that the sum never repeats."""


class SineWave(Dataset, tag="sine-wave"):
    """A wave, value after value: a network reads the last few and tells which comes next.

    The series is sin ωt for one wave, 0.6·sin ωt + 0.4·sin φωt for two, with ω = 2π/25, φ the golden ratio
    and a random start; noise N(0, ν) is added to every value. A sample is a window of ``length`` values, its
    target the value after it. The end of the series is never learnt from.
    """

    title: ClassVar[str] = "Sine wave"
    group: ClassVar[str] = "Numbers"

    waves: Annotated[
        Literal["one", "two"],
        Meta(title="Waves", description="One sine wave, or two of different speed added up."),
    ] = "two"
    count: Annotated[
        int,
        Meta(ge=100, le=50000, title="Windows", description="Samples, for training and test together."),
    ] = 1500
    length: Annotated[
        int,
        Meta(
            ge=2,
            le=256,
            title="Length",
            description="Values the network reads before it tells the next.",
            extra={"unit": "steps"},
        ),
    ] = 20
    noise: Annotated[
        FineNoise, Meta(description="How far values stray from the wave, in hundredths of its height.")
    ] = 2
    test: Annotated[
        TestShare, Meta(description="Part at the end of the wave kept to test the network with.")
    ] = 0.2

    @property
    def signature(self) -> Signature:
        """``length`` steps of one number in, one number out."""
        return Signature((self.length, 1), numbers=1, predicted=(Quantity("Next value", low=-1, high=1),))

    def load(self, seed: int) -> Data:
        """Cuts the wave into windows, in order; there is no validation part."""
        start, blur = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))
        # The test begins a window's length later, so that it shares no value with what is learnt from.
        angle = 2 * np.pi / PERIOD * np.arange(self.count + 2 * self.length)
        first, second = (np.sin(speed * angle + start.uniform(0, 2 * np.pi)) for speed in (1, RATIO))
        wave = first if self.waves == "one" else 0.6 * first + 0.4 * second
        wave = (wave + self.noise / 100 * blur.standard_normal(wave.shape)).astype(np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(wave, self.length + 1)
        samples = Samples(windows[:, :-1, np.newaxis].copy(), windows[:, -1:].copy())
        boundary = portion(self.count, 1 - self.test)
        return Data(self.signature, samples[:boundary], samples[:0], samples[boundary + self.length :])
