"""How long an epoch will take, found by a few real steps on a copy of the network."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from msgspec import structs

from neuralstudio.data._base import Data
from neuralstudio.engine.parallel import cores
from neuralstudio.engine.stopping import Stopping
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import StepDone

BUDGET = 0.3
"""Seconds a trial takes, or two steps where these take longer."""
_FORWARDS = 1 / 3
"""An evaluation does this share of a training step's work: it does not go backwards."""
_ENDLESS = 10**9


def seconds_per_epoch(
    project: Project,
    data: Data,
    budget: float = BUDGET,
    should_stop: Callable[[], bool] = lambda: False,
) -> float | None:
    """Training and evaluation of one epoch; None if it was stopped, or the project cannot be trained.

    The first steps do not count: programs are compiled in them. Nothing of the project's run is touched.
    """
    trainer = project.trainer
    if not isinstance(trainer, Backprop):
        return None
    patient = structs.replace(project, trainer=structs.replace(trainer, stopping=Stopping()))
    try:
        # Both evaluations at the ends of epochs are left out, and reckoned instead.
        run = Run(patient, replace(data, test=data.test[:1], validation=data.validation[:0]))
    except ProblemError:
        return None
    run.control.threads = cores()
    run.control.burst = run.together
    began = before = perf_counter()
    measured = seconds = 0.0
    count = 0
    for event in run.learner.run(_ENDLESS):
        now = perf_counter()
        if should_stop():
            return None
        if isinstance(event, StepDone):
            count += 1
            if count > 1:
                measured += event.samples
                seconds += now - before
            if now - began > budget and count > 1:
                break
        before = now
    if not measured:
        return None
    tested = len(data.test) + len(data.validation)
    return seconds / measured * (len(data.train) + _FORWARDS * tested)
