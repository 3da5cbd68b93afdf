"""Points painted by hand: what a brush adds and an eraser takes away, a stroke at a time."""

from collections.abc import Sequence
from math import hypot

import numpy as np
from PySide6.QtCore import QObject, Signal

from neuralstudio.data._base import Data
from neuralstudio.data.sets._base import AREA, COLOURS
from neuralstudio.data.sets.painted import MOST, Painted, Point
from neuralstudio.project.playground.setup import with_dataset
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.playground.features_used import FeaturesUsed
from neuralstudio.ui.studio import Studio

Points = tuple[Point, ...]
SIZES = (0.3, 0.6, 1.0, 1.6)
"""How far a brush reaches."""
DENSITIES = (1, 3, 8)
"""Points a brush adds each time it is set down."""
_SPACING = 0.7
"""A stroke sets the brush down anew after so many of its radii."""
_DIGITS = 3


def as_points(data: Data) -> Points:
    """The present points as painted ones; numbers to predict become orange below zero and blue above."""
    parts = (data.train, data.validation, data.test)
    inputs = np.concatenate([part.scaled().reshape(-1, 2) for part in parts if len(part)])
    targets = np.concatenate([part.targets.reshape(len(part), -1)[:, 0] for part in parts if len(part)])
    colours = (targets >= 0).astype(int) if targets.dtype.kind == "f" else targets.astype(int)
    places = np.clip(inputs[:MOST], -AREA, AREA).astype(float).round(_DIGITS)
    return tuple((x, y, c) for (x, y), c in zip(places.tolist(), colours[:MOST].tolist(), strict=True))


def sprinkled(
    x: float, y: float, colour: int, radius: float, count: int, random: np.random.Generator
) -> Points:
    """Points of a colour anywhere within the brush; those beyond the plane fall off."""
    if count == 1:
        places = [(x, y)]
    else:
        away, angle = radius * np.sqrt(random.random(count)), 2 * np.pi * random.random(count)
        places = list(
            zip((x + away * np.cos(angle)).tolist(), (y + away * np.sin(angle)).tolist(), strict=True)
        )
    return tuple(
        (round(across, _DIGITS), round(up, _DIGITS), colour)
        for across, up in places
        if abs(across) <= AREA and abs(up) <= AREA
    )


def erased(points: Sequence[Point], x: float, y: float, radius: float) -> Points:
    """The points that are not under the eraser."""
    return tuple(point for point in points if hypot(point[0] - x, point[1] - y) > radius)


class Painting(QObject):
    """The brush in hand. A stroke is one undo step; until it ends the document stays as it is."""

    changed = Signal()
    """Another brush, or there is something to paint on now, or no more."""
    sketched = Signal(object)
    """The points in the middle of a stroke; None when it is over."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.colour = 0
        self.is_eraser = False
        self.radius = SIZES[1]
        self.density = DENSITIES[1]
        self._points: Points | None = None
        self._at = (0.0, 0.0)
        self._random = np.random.default_rng()
        self.features = FeaturesUsed(studio.document, self)
        studio.document.replaced.connect(self._forget_stroke)
        studio.document.changed.connect(self._forget_stroke)
        studio.document.changed.connect(self.changed)

    @property
    def is_on(self) -> bool:
        """The data set is one that can be painted on."""
        return isinstance(self._studio.document.project.dataset, Painted)

    @property
    def is_in_stroke(self) -> bool:
        """The brush is down."""
        return self._points is not None

    @property
    def points(self) -> Points:
        """Those of the stroke under way, else of the document."""
        if self._points is not None:
            return self._points
        dataset = self._studio.document.project.dataset
        return dataset.points if isinstance(dataset, Painted) else ()

    @property
    def classes(self) -> int:
        """How many colours are in use, or come before one that is; at least two."""
        return max(2, 1 + max((colour for _, _, colour in self.points), default=0))

    def choose(
        self,
        *,
        colour: int | None = None,
        is_eraser: bool | None = None,
        radius: float | None = None,
        density: int | None = None,
    ) -> None:
        """Takes another brush; None leaves what is in hand. A colour puts the eraser away."""
        if colour is not None:
            self.colour, self.is_eraser = colour % len(COLOURS), False
        self.is_eraser = self.is_eraser if is_eraser is None else is_eraser
        self.radius = self.radius if radius is None else radius
        self.density = self.density if density is None else density
        self.changed.emit()

    # ── what is painted ──────────────────────────────────────────────────────────────────────────

    def begin_empty(self) -> None:
        """A plane without a point."""
        self._become(self.tr("paint points"), ())

    def begin_on_present(self) -> None:
        """The points there are, as if they had been painted."""
        data = self._studio.loader.data
        if data is not None and data.signature.input_shape == (2,):
            self._become(self.tr("paint on the points"), as_points(data))

    def clear(self) -> None:
        """Takes all points away."""
        self._become(self.tr("clear the points"), ())

    def press(self, x: float, y: float) -> None:
        """A stroke begins."""
        if self.is_on:
            self._points = self.points
            self._dab(x, y)
            self.sketched.emit(self._points)

    def drag(self, x: float, y: float) -> None:
        """It goes on to here; the brush is set down all along the way."""
        if self._points is None:
            return
        (from_x, from_y), gap = self._at, _SPACING * self.radius
        way = hypot(x - from_x, y - from_y)
        shares = [step * gap / way for step in range(1, int(way / gap) + 1)] if way else []
        if self.is_eraser:
            shares.append(1.0)  # it also works right under the pointer
        for share in shares:
            self._dab(from_x + share * (x - from_x), from_y + share * (y - from_y))
        if shares:
            self.sketched.emit(self._points)

    def release(self) -> None:
        """It is over: one undo step."""
        points, self._points = self._points, None
        if points is not None:
            self.sketched.emit(None)
            self._become(self.tr("erase points") if self.is_eraser else self.tr("paint points"), points)

    def _forget_stroke(self) -> None:
        """The document is another now: what the brush was on is no more."""
        if self._points is not None:
            self._points = None
            self.sketched.emit(None)

    def _dab(self, x: float, y: float) -> None:
        """Sets the brush down once."""
        assert self._points is not None
        self._at = (x, y)
        if self.is_eraser:
            self._points = erased(self._points, x, y, self.radius)
        else:
            room = MOST - len(self._points)
            new = sprinkled(x, y, self.colour, self.radius, self.density, self._random)
            self._points += new[:room]
            if not room:
                sentence = self.tr("There are {} points, and there is room for no more.").format(f"{MOST:,}")
                self._studio.training.warned.emit(sentence)

    def _become(self, words: str, points: Points) -> None:
        document = self._studio.document
        share = getattr(document.project.dataset, "share", Painted().share)
        try:
            changed = with_dataset(document.project, Painted(points=points, share=share))
            document.edit(words, self.features.given_back(changed))
        except ProblemError as error:
            self._studio.training.warned.emit(str(error))
