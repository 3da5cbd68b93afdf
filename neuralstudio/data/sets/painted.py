"""Points that a person painted: the document holds them all."""

from collections import Counter
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from neuralstudio.data._base import Data, Dataset, Samples, Signature
from neuralstudio.data.sets._base import AREA, COLOURS, FEATURES
from neuralstudio.data.sets._settings import Share
from neuralstudio.data.split import split_by_class
from neuralstudio.schema.problem import Problem, ProblemError

FEWEST, MOST = 4, 5000
"""Points there have to be for training, and may be at most."""

Coordinate = Annotated[float, Meta(ge=-AREA, le=AREA)]
Colour = Annotated[int, Meta(ge=0, lt=len(COLOURS))]
Point = tuple[Coordinate, Coordinate, Colour]


class Painted(Dataset, tag="painted"):
    """Points that you paint in the plane, in up to ten colours.

    A point is (x, y, colour), x and y from −6 to 6, colour from 0 (orange) to 9 (grey). The share of each
    colour goes into training, of each at least one point.
    """

    title: ClassVar[str] = "Painted points"
    group: ClassVar[str] = "Points in the plane"

    points: Annotated[
        tuple[Point, ...],
        Meta(
            max_length=MOST,
            title="Points",
            description="Points painted in the Playground: x, y and the number of the colour.",
        ),
    ] = ()
    share: Share = 50

    @property
    def signature(self) -> Signature:
        """Two numbers in; as many classes out as colours up to the last one painted, at least two."""
        last = max((colour for _, _, colour in self.points), default=0)
        return Signature((2,), classes=COLOURS[: max(2, last + 1)], features=FEATURES)

    def load(self, seed: int) -> Data:
        """Shuffles and splits the points, each colour by itself. Raises ``ProblemError`` for too few."""
        why_not = self._lacking()
        if why_not is not None:
            raise ProblemError(why_not)
        table = np.array(self.points, dtype=np.float64)
        samples = Samples(table[:, :2].astype(np.float32), table[:, 2].astype(np.int64))
        order = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
        return Data(self.signature, *split_by_class(samples, self.share / 100, order))

    def _lacking(self) -> Problem | None:
        """What has to be painted before a network can learn from it."""
        colours = Counter(colour for _, _, colour in self.points)
        count = len(self.points)
        if not count:
            what, remedy = (
                "No points are painted yet",
                "Paint some of at least two colours in the Playground.",
            )
        elif len(colours) == 1:
            (only,) = colours
            plural = f"All {count:,} points are" if count > 1 else "The only point is"
            what, remedy = f"{plural} {COLOURS[only]}", "Paint points of a second colour to tell it from."
        elif count < FEWEST:
            what = f"There are {count} points, and a network needs at least {FEWEST}"
            remedy = "Paint more points."
        elif max(colours.values()) == 1:
            what = "Every colour has a single point, which is needed to learn from: none is left to test with"
            remedy = "Paint more points."
        else:
            return None
        return Problem(self.title, what, remedy, field="points")
