"""The learning-rate range test: one short run with a rising rate shows which rates are worth trying."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from neuralstudio.data._base import Data
from neuralstudio.engine.schedules import Constant
from neuralstudio.engine.stopping import Stopping
from neuralstudio.project.document import Project
from neuralstudio.training._base import Control
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import StepDone

LOWEST, HIGHEST = 1e-6, 10.0
_STEPS = 120
_MEMORY = 0.8
"""How much of the smoothed loss is kept from step to step."""
_FALL = 0.98
"""The loss must fall to this share of its first value for a rate to be suggested."""
_BLOWN_UP = 4.0
"""Times the smallest loss, at which the test has seen enough."""


@dataclass(frozen=True)
class RateTest:
    """``rates`` and smoothed ``losses`` of the steps, (steps,), and the rate to begin with (nan: none)."""

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    suggestion: float


def rate_test(project: Project, data: Data, on_progress: Callable[[float], object] | None = None) -> RateTest:
    """Trains a fresh copy of the network for some steps, with a rate that rises from 10⁻⁶ to 10.

    The suggestion is a tenth of the rate at which the smoothed loss is smallest: safely before it rises
    again. Raises ``ProblemError`` where the project cannot be trained. Source: Smith 2017, §3.3; smoothing
    and suggestion as in fastai's ``lr_find`` (Howard and Gugger 2020). Nothing of the project is changed.
    """
    assert isinstance(project.trainer, Backprop)
    trainer = replace(project.trainer, schedule=Constant(), stopping=Stopping())
    control = Control(threads=1)
    learner = trainer.learner(project.network, data, project.seeds, control)
    rates = LOWEST * (HIGHEST / LOWEST) ** (np.arange(_STEPS) / (_STEPS - 1))
    losses: list[float] = []
    smooth = 0.0
    control.learning_rate = float(rates[0])
    for event in learner.run(_STEPS):  # more epochs than it can take
        if not isinstance(event, StepDone):
            continue
        smooth = _MEMORY * smooth + (1 - _MEMORY) * event.loss
        losses.append(smooth / (1 - _MEMORY ** (len(losses) + 1)))
        if on_progress is not None:
            on_progress(len(losses) / _STEPS)
        if len(losses) == _STEPS or not isfinite(smooth) or losses[-1] > _BLOWN_UP * min(losses):
            break
        control.learning_rate = float(rates[len(losses)])
    found = np.array(losses)
    return RateTest(rates[: len(found)], found, _before_the_lowest(rates[: len(found)], found))


def _before_the_lowest(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    """A tenth of the rate with the smallest loss; nan where the loss never falls below its start."""
    finite = np.where(np.isfinite(losses), losses, inf)
    lowest = int(np.argmin(finite)) if len(losses) else 0
    if not lowest or finite[lowest] > _FALL * finite[0]:
        return nan
    return float(rates[lowest] / 10)
