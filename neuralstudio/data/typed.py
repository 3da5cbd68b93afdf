"""What a typed formula is where data are to be drawn from it: where it has no value, and how far it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Quantity
from neuralstudio.schema.expression import Call, Expression, Number, computed
from neuralstudio.schema.problem import Problem, ProblemError

Floats = NDArray[np.float64]

MOST_LEFT_OUT = 0.51
"""Share of the places where a formula may have no value: half of them, as of log(x), with the border."""
STEEPEST, FAR = 4.0, 20.0
"""A formula that goes beyond ±20, and so many times farther than 96 % of its values do, is cut off there."""
MOST_ROUNDS = 100
"""How often points are drawn anew where there was no value."""


@dataclass(frozen=True)
class Surveyed:
    """A formula that makes data. ``low`` and ``high``: between which values its points are drawn.

    ``is_cut``: it goes farther, but what lies beyond counts as having no value.
    """

    text: str
    tree: Expression
    low: float
    high: float
    is_cut: bool
    note: str

    @cached_property
    def is_condition(self) -> bool:
        """It is true or false, not a number."""
        return isinstance(self.tree, Call) and self.tree.is_condition

    def at(self, **places: Floats) -> Floats:
        """The formula at places of one shape: 1 and 0 for true and false, NaN where it has no value."""
        shape = np.broadcast_shapes(*(each.shape for each in places.values()))
        values = np.broadcast_to(computed(self.tree, places), shape).astype(np.float64)
        has_value = np.isfinite(values)
        if self.is_cut:
            has_value &= (values >= self.low) & (values <= self.high)
        return np.where(has_value, values, np.nan)

    def quantity(self, name: str) -> Quantity:
        """Its values as a network is to predict them: from −1 to 1."""
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        return Quantity(name, low=self.low, high=self.high, centre=middle, spread=half or 1.0)

    def drawn(self, count: int, draw: Callable[[], tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
        """Places (count, …) and values (count,) by ``draw``, again and again until all have a value."""
        rounds = []
        for _ in range(MOST_ROUNDS):
            places, values = draw()
            has_value = np.isfinite(values)
            rounds.append((places[has_value], values[has_value]))
            if sum(len(each) for _, each in rounds) >= count:
                found = [np.concatenate(parts)[:count] for parts in zip(*rounds, strict=True)]
                return found[0], found[1]
        raise refused(f"“{self.text}” has a value at hardly any place")


def survey(text: str, tree: Expression, lattice: Mapping[str, Floats]) -> Surveyed:
    """Tries a formula at the places of a lattice; a mapping from each variable to an array of one shape.

    Raises ``ProblemError`` (field "expression") where it makes no data to learn from.
    """
    text = " ".join(text.split())
    bounds = "; ".join(
        f"{name} goes from {written(axis.min())} to {written(axis.max())}" for name, axis in lattice.items()
    )
    if isinstance(tree, Number):
        names = " or ".join(lattice)
        what = f"“{text}” does not depend on {names}: it is {written(tree.value)} everywhere"
        raise refused(what, f"Write {names} where the input goes.")
    shape = next(iter(lattice.values())).shape
    values = np.broadcast_to(computed(tree, lattice), shape).astype(np.float64)
    is_finite = np.isfinite(values)
    notes = []
    if not is_finite.all():
        distance = sum(np.square(axis) for axis in lattice.values())
        nearest = np.where(is_finite, np.inf, distance).argmin()
        place = ", ".join(f"{name} = {written(axis.flat[nearest])}" for name, axis in lattice.items())
        if is_finite.mean() < 1 - MOST_LEFT_OUT:
            raise refused(
                f"“{text}” is at most places not a finite number, for example at {place}", f"{bounds}."
            )
        notes.append(f"“{text}” is not a finite number at {place}; points lie only where it is one.")
    values = values[is_finite]
    low, high = float(values.min()), float(values.max())
    is_condition = isinstance(tree, Call) and tree.is_condition
    if low == high:
        found = ("true" if high else "false") if is_condition else written(high)
        lack = "there is only one class" if is_condition else "there is nothing to learn"
        raise refused(f"“{text}” is {found} everywhere, so {lack}", f"{bounds}.")
    if not high - low < np.inf:
        raise refused(f"The numbers of “{text}” are too large for a computer", f"{bounds}.")
    usual_low, usual_high = (float(each) for each in np.quantile(values, (0.02, 0.98)))
    is_cut = max(-low, high) > FAR and high - low > STEEPEST * (usual_high - usual_low) > 0
    if is_cut:
        low, high = usual_low, usual_high
        notes.append(
            f"Points lie only where it is from {written(low)} to {written(high)}: it is too steep beyond."
        )
    return Surveyed(text, tree, low, high, is_cut, " ".join(notes))


def written(number: float) -> str:
    """A number for people, with a true minus."""
    return f"{number + 0.0:.4g}".replace("-", "−")


def refused(what: str, remedy: str = "") -> ProblemError:
    """What is wrong with the formula."""
    return ProblemError(Problem("Formula", what, remedy, field="expression"))
