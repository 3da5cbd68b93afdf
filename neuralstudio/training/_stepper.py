"""Steps of back-propagation: a batch through the network and back, and the optimiser's turn."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from time import perf_counter

import numpy as np

from neuralstudio.data._base import Samples
from neuralstudio.data.batches import Gather
from neuralstudio.engine.graph import Array
from neuralstudio.engine.parallel import cores
from neuralstudio.engine.program import Instruction, Program
from neuralstudio.engine.schedules import Progress, ScheduleKind
from neuralstudio.engine.updater import Updater
from neuralstudio.network.model import Model
from neuralstudio.network.step import TrainingStep
from neuralstudio.training._base import Control
from neuralstudio.training._burst import Burst
from neuralstudio.training._laid import Laid

BEYOND = 1e15
"""No loss that anybody wants grows as large."""
_KEEP_EVERY = 100
"""Steps between copies of weights known to be good, which a diverging run falls back to."""


class Stepper:
    """Learns batch after batch of some samples.

    ``keep`` is called now and then while the weights are good. ``before`` holds the weights as they were
    before the last step, where ``Control.keeps_updates``. ``is_fixed``: batches of the same number and size
    are the same in all epochs.
    """

    def __init__(
        self,
        model: Model,
        updater: Updater,
        schedule: ScheduleKind,
        samples: Samples,
        largest_batch: int,
        control: Control,
        keep: Callable[[], object],
        *,
        is_fixed: bool = False,
    ) -> None:
        self.before: Array | None = None
        self._model = model
        self._updater = updater
        self._schedule = schedule
        self._samples = samples
        self._largest = largest_batch
        self._control = control
        self._keep = keep
        self._steps: dict[int, TrainingStep] = {}
        self._gathers: dict[int, Gather] = {}
        self._rows: Array = np.zeros(0, np.int64)
        suits = is_fixed and not schedule.changes_within_epoch and Laid.suits(model, samples, largest_batch)
        self._laid = Laid(model, updater, samples) if suits else None

    def burst(self, batches: Iterator[tuple[int, Array]], where: Progress, epoch: int) -> Burst:
        """Learns as many batches as are to be told of together.

        With a loss that is not finite, the weights stay as they are.
        """
        if self._laid is not None and self._control.burst > 1:
            return self._in_one_go(self._laid, batches, where, epoch)
        control, updater, schedule = self._control, self._updater, self._schedule
        steps, penalise = self._steps, self._model.penalty.add
        done = Burst()
        began = perf_counter()
        with np.errstate(all="ignore"):
            for number, rows in batches:
                count = len(rows)
                self._rows = rows
                step = steps.get(count) or self._new_step(count)
                if schedule.changes_within_epoch or not done.steps:
                    at = replace(where, step=epoch * where.steps_per_epoch + number)
                    updater.factor = schedule.factor(at)
                loss, sums = step.run(self._fill, number)
                done.penalty = penalise()
                if not loss + done.penalty < BEYOND:  # nor where it is not a number
                    done.is_broken = True
                    break
                if updater.steps % _KEEP_EVERY == 0:
                    self._keep()
                if control.learning_rate is not None:
                    updater.learning_rate = control.learning_rate
                if control.keeps_updates:
                    self.before = self._model.parameters.values.copy()
                updater.step()
                done.add(number, count, loss, sums)
                if done.steps >= control.burst:
                    break
        done.seconds = perf_counter() - began
        return done

    def _in_one_go(
        self, laid: Laid, batches: Iterator[tuple[int, Array]], where: Progress, epoch: int
    ) -> Burst:
        """The same for batches that are laid out."""
        control, updater, done = self._control, self._updater, Burst()
        began = perf_counter()
        with np.errstate(all="ignore"):
            todo = list(islice(batches, control.burst))
            at = replace(where, step=epoch * where.steps_per_epoch + todo[0][0])
            updater.factor = self._schedule.factor(at)
            if control.learning_rate is not None:
                updater.learning_rate = control.learning_rate
            if updater.steps % _KEEP_EVERY < len(todo):
                self._keep()
            self._rows, before = laid.run(todo, done, BEYOND)
        self.before = before if control.keeps_updates else None
        if done.is_broken and len(self._rows) not in self._steps:
            self._steps[len(self._rows)] = TrainingStep(self._model, len(self._rows), 1)
        done.seconds = perf_counter() - began
        return done

    def culprit(self) -> Instruction | None:
        """The first instruction of the last step that makes a NaN or an infinity, with the weights of now."""
        step = self._steps.get(len(self._rows))
        return step.first_non_finite(self._fill) if step else None

    def _fill(self, worker: int, part: slice, program: Program) -> None:
        """Copies a part of the batch's rows into a program's inputs."""
        gather = self._gathers.get(worker)
        if gather is None:
            gather = self._gathers[worker] = Gather(self._samples, self._largest, self._model.dtype)
        gather(self._rows[part], program.inputs["x"], program.inputs["target"])

    def _new_step(self, count: int) -> TrainingStep:
        """The step for a batch size; the number of threads is found out at the first one."""
        known = [step.threads for step in self._steps.values()]
        threads = self._control.threads or (known[0] if known else cores())
        step = self._steps[count] = TrainingStep(self._model, count, threads)
        if not known and not self._control.threads:
            step.tune(self._fill)
        return step
