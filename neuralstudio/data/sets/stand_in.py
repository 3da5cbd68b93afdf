"""Random numbers of any shape: they stand in for the data of a network that came from elsewhere."""

import re
from math import prod
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from neuralstudio.data._base import Data, Dataset, Samples, Signature
from neuralstudio.data.split import split
from neuralstudio.schema.problem import Problem, ProblemError

_SHAPE = re.compile(r"[1-9][0-9]{0,4}(×[1-9][0-9]{0,4}){0,3}\Z")


class StandIn(Dataset, tag="stand-in"):
    """Random numbers in the place of data that are still to come. There is nothing to learn in them.

    Inputs are N(0, 1) of the given shape, or with a vocabulary token numbers; answers are drawn at random.
    A network from another program keeps its shape on them, and can be looked into, tried and exported.
    """

    title: ClassVar[str] = "Stand-in"
    group: ClassVar[str] = "Numbers"

    shape: Annotated[
        str,
        Meta(title="Shape", description="Of one input, such as 4 or 28×28×3; at most four lengths."),
    ] = "4"
    classes: Annotated[
        int,
        Meta(ge=0, le=10000, title="Classes", description="What is told apart; 0: numbers are predicted."),
    ] = 3
    numbers: Annotated[
        int,
        Meta(
            ge=1, le=10000, title="Numbers", description="How many are predicted where there are no classes."
        ),
    ] = 1
    vocabulary: Annotated[
        int,
        Meta(ge=0, le=100_000, title="Vocabulary", description="Different tokens; 0: inputs are numbers."),
    ] = 0
    count: Annotated[
        int, Meta(ge=10, le=10000, title="Samples", description="Drawn, half of them to test with.")
    ] = 100

    @property
    def signature(self) -> Signature:
        """As the fields say; classes have numbers for names."""
        names = tuple(map(str, range(self.classes)))
        numbers = 0 if names else self.numbers
        return Signature(self._lengths, names, numbers, vocabulary=self.vocabulary)

    @property
    def _lengths(self) -> tuple[int, ...]:
        """One number while the text is no shape; loading says what is wrong with it."""
        return tuple(map(int, self.shape.split("×"))) if _SHAPE.match(self.shape) else (1,)

    def load(self, seed: int) -> Data:
        """Draws the samples; there is no validation part. Raises ``ProblemError`` for a wrong shape."""
        if not _SHAPE.match(self.shape):
            what = f"“{self.shape[:40]}” is not a shape"
            raise ProblemError(
                Problem(self.title, what, "Write lengths with × between, such as 28×28.", field="shape")
            )
        draw, order = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))
        # So much data would be of no use to anybody: large inputs come in smaller numbers.
        count = max(10, min(self.count, 20_000_000 // prod(self._lengths)))
        size = (count, *self._lengths)
        inputs = (
            draw.integers(self.vocabulary, size=size)
            if self.vocabulary
            else draw.standard_normal(size, np.float32)
        )
        targets = (
            draw.integers(self.classes, size=count)
            if self.classes
            else draw.standard_normal((count, self.numbers), np.float32)
        )
        train, validation, test = split(Samples(inputs, targets), 0.5, 0.0, order)
        return Data(self.signature, train, validation, test)
