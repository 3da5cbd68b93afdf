"""Tries a project with the values of two settings, every combination of them: a grid of small runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.predict import Predictor
from neuralstudio.session.run import Run
from neuralstudio.session.sweepable import Sweepable, Value
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Event, Warned
from neuralstudio.views import fitting, plane
from neuralstudio.views.fitting import Fit

SIDE = 32
"""Cells along each side of a small map."""
MOST_CELLS = 144
_MOST_BYTES = 2**28
"""How large the data sets of a sweep may be together."""

Axis = tuple[Sweepable, Sequence[Value]]


@dataclass(frozen=True)
class Cell:
    """What came of one combination: losses and metric after the last epoch, nan where there is none.

    ``answers``: of a network on the plane, for the points of ``views.plane.grid(SIDE)``, as
    ``views.plane.compute`` takes them; ``fit``: of one that predicts a number from a number. ``problem``: why
    there was no run, or (``is_diverged``) why it ended early.
    """

    row: int
    column: int
    train_loss: float = nan
    test_loss: float = nan
    metric: float = nan
    answers: NDArray[np.float64] | NDArray[np.float32] | None = None
    fit: Fit | None = None
    problem: str = ""
    is_diverged: bool = False


class Sweep:
    """All combinations of the values of two settings, ``epochs`` epochs each.

    Raises ``ProblemError`` where there is nothing to do, or too much.
    """

    def __init__(self, project: Project, first: Axis, second: Axis, epochs: int) -> None:
        self.project, self.first, self.second, self.epochs = project, first, second, epochs
        where = "Sweep"
        if first[0].key == second[0].key:
            what = f"Both settings are “{first[0].title}”"
            raise ProblemError(Problem(where, what, "Choose two different ones."))
        if not first[1] or not second[1]:
            raise ProblemError(Problem(where, "A setting has no values", "Name at least one for each."))
        if self.count > MOST_CELLS:
            what = f"{self.count} combinations are too many"
            raise ProblemError(Problem(where, what, f"Choose at most {MOST_CELLS}."))
        if epochs < 1:
            raise ProblemError(Problem(where, f"Expected at least one epoch. Received: {epochs}"))
        self._loaded: dict[tuple[Dataset, int], Data] = {}

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.first[1]) * len(self.second[1])

    def project_of(self, row: int, column: int) -> Project:
        """The document of one combination. Raises ``ProblemError`` for a value out of range."""
        (first, rows), (second, columns) = self.first, self.second
        return second.apply(first.apply(self.project, rows[row]), columns[column])

    def run(
        self,
        should_stop: Callable[[], bool] = lambda: False,
        on_progress: Callable[[float], object] = lambda _: None,
    ) -> Iterator[Cell]:
        """Cell after cell, row by row. ``should_stop`` is asked between steps: a cell cut short is not told.

        ``on_progress`` hears the share of all that is done, from 0 to 1.
        """
        columns = len(self.second[1])
        for number in range(self.count):
            row, column = divmod(number, columns)

            def tell(share: float, number: int = number) -> None:
                on_progress((number + share) / self.count)

            try:
                cell = self._cell(row, column, should_stop, tell)
            except ProblemError as error:
                cell = Cell(row, column, problem=str(error))
            if should_stop():
                return
            tell(1.0)
            yield cell

    def _cell(
        self, row: int, column: int, should_stop: Callable[[], bool], tell: Callable[[float], None]
    ) -> Cell:
        project = self.project_of(row, column)
        assert isinstance(project.trainer, Backprop)
        project = structs.replace(project, trainer=structs.replace(project.trainer, epochs=self.epochs))
        found = errors(project.check().problems)
        if found:
            raise ProblemError(*found[:1])
        data = self._data(project)
        run = Run(project, data)
        run.control.threads = 1  # the computer has other things to do
        gate = Gate()
        last: EpochDone | None = None
        problem = ""

        def post(event: Event) -> None:
            nonlocal last, problem
            if isinstance(event, EpochDone):
                last = event
                tell(event.epoch / self.epochs)
            elif isinstance(event, Warned):
                problem = event.what
            if should_stop():
                gate.give(Order.STOP)

        run.train(post, self.epochs, gate, gives_way=True)
        cell = Cell(row, column, problem=problem, is_diverged=bool(problem))
        if last is None:
            return cell
        cell = replace(cell, train_loss=last.train_loss, test_loss=last.test_loss, metric=last.test_metric)
        return (
            cell if problem else replace(cell, answers=_answers(project, run), fit=_fit(project, run, data))
        )

    def _data(self, project: Project) -> Data:
        """Loaded once for each setting of the data, unless there are too many to be kept."""
        wanted = project.dataset, project.seeds.data
        data = self._loaded.get(wanted)
        if data is None:
            data = project.dataset.load(project.seeds.data)
            if sum(map(_size, self._loaded.values())) + _size(data) > _MOST_BYTES:
                self._loaded.clear()
            self._loaded[wanted] = data
        return data


def _size(data: Data) -> int:
    parts = (data.train, data.validation, data.test)
    return sum(part.inputs.nbytes + part.targets.nbytes for part in parts)


def _answers(project: Project, run: Run) -> NDArray[np.float64] | NDArray[np.float32] | None:
    signature = project.dataset.signature
    if signature.input_shape != (2,) or signature.vocabulary or signature.steps:
        return None
    predictor = Predictor(project)
    predictor.load(run.weights)
    points = plane.grid(SIDE)
    if len(signature.classes) == 2:
        return predictor.scores(points)
    outputs = predictor.model.predict(points).reshape(len(points), -1)
    return np.nan_to_num(outputs if signature.classes else outputs[:, 0])


def _fit(project: Project, run: Run, data: Data) -> Fit | None:
    signature = project.dataset.signature
    if signature.input_shape != (1,) or signature.classes or signature.vocabulary or signature.steps:
        return None
    predictor = Predictor(project)
    predictor.load(run.weights)
    return fitting.compute(predictor.model, project.dataset, data)
