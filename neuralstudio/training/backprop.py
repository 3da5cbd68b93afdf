"""Gradient descent with back-propagation."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from time import perf_counter
from typing import Annotated

import numpy as np
from msgspec import Meta, structs

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.data.batches import Batches, Gather
from neuralstudio.engine.clipping import Clipping, NoClipping
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import CategoricalCrossEntropy, Loss
from neuralstudio.engine.metrics import predictions
from neuralstudio.engine.optimisers import Adam, Optimiser
from neuralstudio.engine.parallel import cores
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import Seeds, stream
from neuralstudio.engine.schedules import Constant, Progress, Schedule
from neuralstudio.engine.stopping import Stopping, best
from neuralstudio.engine.updater import Updater
from neuralstudio.network.begin import begin
from neuralstudio.network.check import check
from neuralstudio.network.evaluate import Evaluation, Evaluator
from neuralstudio.network.fitness import data_problems
from neuralstudio.network.model import Model
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.network.step import TrainingStep
from neuralstudio.network.targets import class_counts, encoded
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.training._base import Control, Learner, Position, Trainer
from neuralstudio.training._burst import Burst
from neuralstudio.training._divergence import diagnosis
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone, Warned

_BEYOND = 1e15
"""No loss that anybody wants grows as large."""
_KEEP_EVERY = 100
"""Steps between copies of weights known to be good, which a diverging run falls back to."""
_LOSSES, _METRICS, _BEST = "epochs/losses", "epochs/metrics", "epochs/best"


class Backprop(Trainer, tag="backprop"):
    """Forward pass, loss, backward pass, a step down the gradient; batch by batch, epoch by epoch.

    Source: Rumelhart, Hinton and Williams 1986; Goodfellow et al. 2016, §6.5 and §8.
    """

    title = "Back-propagation"
    loss: Annotated[Loss, Meta(title="Loss", description="What training makes smaller.")] = (
        CategoricalCrossEntropy()
    )
    optimiser: Annotated[
        Optimiser, Meta(title="Optimiser", description="How the weights follow their gradients.")
    ] = Adam()
    batch_size: Annotated[
        int, Meta(ge=1, le=65536, title="Batch size", description="Samples learnt together in one step.")
    ] = 32
    epochs: Annotated[
        int, Meta(ge=1, le=1_000_000, title="Epochs", description="Times all training samples are seen.")
    ] = 5
    schedule: Annotated[
        Schedule,
        Meta(title="Schedule", description="How the learning rate changes in the course of the run."),
    ] = Constant()
    clipping: Annotated[
        Clipping,
        Meta(title="Clipping", description="Keeps one wild batch from throwing the weights far off."),
    ] = NoClipping()
    stopping: Annotated[
        Stopping,
        Meta(
            title="Stopping",
            description="When the run ends before its last epoch. The loss and the metric are those of the "
            "validation data, or of the test data where there are none.",
        ),
    ] = Stopping()

    def accepts(self, spec: NetworkSpec, signature: Signature) -> list[Problem]:
        return list(check(spec, signature, self.loss, self.batch_size).problems)

    def learner(self, spec: NetworkSpec, data: Data, seeds: Seeds, control: Control) -> "BackpropLearner":
        return BackpropLearner(self, spec, data, seeds, control)


class BackpropLearner(Learner):
    """Back-propagation at work."""

    def __init__(
        self, trainer: Backprop, spec: NetworkSpec, data: Data, seeds: Seeds, control: Control
    ) -> None:
        self.trainer = trainer
        classes = len(data.signature.classes)
        found = errors(data_problems(data))
        if found:
            raise ProblemError(*found)
        loss = trainer.loss.resolved(class_counts(data.train.targets, classes)) if classes else trainer.loss
        self.model = Model(spec, data.signature, loss, seeds)
        self.position = Position()
        self.control = control
        self.seeds = seeds
        targets = encoded(data.train.targets, self.model.encoding, classes)
        self._data = data
        self._train = Samples(data.train.inputs, targets, data.train.scale)
        self._batch_size = min(trainer.batch_size, len(self._train))
        self._steps: dict[int, TrainingStep] = {}
        self._gathers: dict[int, Gather] = {}
        self._rows: Array = np.zeros(0, np.int64)
        begin(self.model, self._train)
        parameters = self.model.parameters
        factors = {node.id: 0.0 if node.learning.is_frozen else node.learning.rate_factor for node in spec}
        parts = [(parameters.stretch(name), factors[name.rpartition("/")[0]]) for name in parameters.trained]
        self.updater = Updater(
            trainer.optimiser, parameters.values, parameters.gradients, parts, trainer.clipping
        )
        self._test = Evaluator(self.model, data.test)
        self._validation = Evaluator(self.model, data.validation) if len(data.validation) else None
        self._good = parameters.values.copy()
        self._began = 0.0
        self._losses: list[float] = []
        self._metrics: list[float] = []
        self._best = parameters.values.copy() if trainer.stopping.restores_best else None

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self._train) // self._batch_size)

    @property
    def step_flops(self) -> int:
        return 3 * self.model.cost.flops * self._batch_size

    def run(self, epochs: int) -> Iterator[Event]:
        self._began = self.position.seconds
        test = self._test.run()
        yield Started(
            epochs,
            self.steps_per_epoch,
            len(self._train),
            self._batch_size,
            self.position.epoch,
            test.loss,
            test.metric,
        )
        while self.position.epoch < (self.control.epochs or epochs):
            for event in self._epoch(self.control.epochs or epochs):
                yield event
                if isinstance(event, Warned):
                    yield self._finished("stopped: " + event.what, is_complete=False)
                    return
            reason = self._stop_reason()
            if reason:
                yield self._finished(reason + self._best_restored(), is_complete=True)
                return
        yield self._finished("all epochs done" + self._best_restored(), is_complete=True)

    def _epoch(self, epochs: int) -> Iterator[Event]:
        """One epoch, or the rest of one that was interrupted or ran into the time limit."""
        before = self.position
        epoch, first, step, seconds = before.epoch, before.batch, before.step, before.seconds
        loss_sum, metric_sum = before.loss_sum, before.metric_sum
        self.model.open_noise(f"epoch {epoch}")
        order = stream(self.seeds.order, f"epoch {epoch}")
        whole = enumerate(Batches(self._train, self._batch_size, order).epoch())
        batches = islice(whole, first, None)
        done = Burst(first - 1)
        while done.number + 1 < self.steps_per_epoch:
            where = Progress(0, self.steps_per_epoch, epochs, self._losses)
            done = self._burst(batches, where, epoch)
            if done.steps:
                step += done.steps
                seconds += done.seconds
                loss_sum += done.loss_sum
                judged = predictions((done.samples, *self.model.output_shape))
                metric = self.model.metric.value(done.sums, judged)
                metric_sum += metric * done.samples
                self.position = Position(epoch, done.number + 1, step, seconds, loss_sum, metric_sum)
                loss = done.loss_sum / done.samples
                yield StepDone(step, epoch, done.number + 1, done.samples, loss, metric, done.penalty)
            if done.is_broken:
                yield self._diverged(step + 1)
                return
            if (
                self.trainer.stopping.time_over(seconds - self._began)
                and done.number + 1 < self.steps_per_epoch
            ):
                return
        test = self._test.run()
        if not np.isfinite(test.loss) or not self._keep():
            yield self._diverged(step)
            return
        validation = self._validation.run() if self._validation else None
        self._remember(validation or test)
        self.position = Position(epoch + 1, 0, step, seconds)
        yield EpochDone(
            epoch + 1,
            step,
            loss_sum / len(self._train),
            metric_sum / len(self._train),
            test.loss,
            test.metric,
            seconds,
            validation.loss if validation else None,
            validation.metric if validation else None,
            done.penalty,
        )

    # ── steps ────────────────────────────────────────────────────────────────────────────────────

    def _burst(self, batches: Iterator[tuple[int, Array]], where: Progress, epoch: int) -> Burst:
        """Learns as many batches as are to be told of together.

        With a loss that is not finite, the weights stay as they are.
        """
        control, updater, schedule = self.control, self.updater, self.trainer.schedule
        steps, penalise = self._steps, self.model.penalty.add
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
                if not loss + done.penalty < _BEYOND:  # nor where it is not a number
                    done.is_broken = True
                    break
                if updater.steps % _KEEP_EVERY == 0:
                    self._keep()
                if control.learning_rate is not None:
                    updater.learning_rate = control.learning_rate
                updater.step()
                done.add(number, count, loss, sums)
                if done.steps >= control.burst:
                    break
        done.seconds = perf_counter() - began
        return done

    def _fill(self, worker: int, part: slice, program: Program) -> None:
        """Copies a part of the batch's rows into a program's inputs."""
        gather = self._gathers.get(worker)
        if gather is None:
            gather = self._gathers[worker] = Gather(self._train, self._batch_size)
        gather(self._rows[part], program.inputs["x"], program.inputs["target"])

    def _new_step(self, count: int) -> TrainingStep:
        """The step for a batch size; the number of threads is found out at the first one."""
        known = [step.threads for step in self._steps.values()]
        threads = self.control.threads or (known[0] if known else cores())
        step = self._steps[count] = TrainingStep(self.model, count, threads)
        if not known and not self.control.threads:
            step.tune(self._fill)
        return step

    # ── what a run falls back to, and when it ends ───────────────────────────────────────────────

    def _keep(self) -> bool:
        """Remembers the weights to fall back to; False, remembering nothing, when they are not finite."""
        values = self.model.parameters.values
        if not np.isfinite(values).all():
            return False
        self._good[...] = values
        return True

    def _remember(self, measured: Evaluation) -> None:
        """Takes down an epoch's loss and metric where a rule asks for them."""
        self._losses.append(float(np.float32(measured.loss)))  # as precisely as a file keeps it
        self._metrics.append(float(np.float32(measured.metric)))
        if self._best is not None and best(self._losses) == len(self._losses) - 1:
            self._best[...] = self.model.parameters.values

    def _stop_reason(self) -> str:
        rises = self.model.metric.is_share
        seconds = self.position.seconds - self._began  # a run that goes on has all its time again
        return self.trainer.stopping.reason(self._losses, self._metrics, seconds, rises)

    def _best_restored(self) -> str:
        """Puts the best epoch's weights back where that is wished; says so."""
        epoch = best(self._losses)
        is_there = epoch == len(self._losses) - 1 and self.position.batch == 0
        if self._best is None or epoch == -1 or is_there:
            return ""
        self.model.parameters.values[...] = self._best
        return f"; the weights of epoch {epoch + 1}, the best, are back"

    def _diverged(self, number: int) -> Warned:
        """Puts the last good weights back and says where the numbers left the finite world."""
        step, values = self._steps.get(len(self._rows)), self.model.parameters.values
        culprit = step.first_non_finite(self._fill) if step else None
        if not np.isfinite(values).all():
            # The step before spoilt the weights, with a gradient of this layer or one that reached it.
            number = max(1, number - 1)
            values[...] = self._good
            culprit = (step.first_non_finite(self._fill) if step else None) or culprit
        values[...] = self._good
        self.updater.reset()
        parts = (self._train, self._data.test, self._data.validation)
        return diagnosis(self.model.spec, number, culprit, parts, self.updater.learning_rate)

    def _finished(self, reason: str, *, is_complete: bool) -> Finished:
        test: Evaluation = self._test.run()
        epoch, seconds = self.position.epoch, self.position.seconds
        return Finished(reason, epoch, test.loss, test.metric, seconds, is_complete)

    # ── saving and going on ──────────────────────────────────────────────────────────────────────

    def state(self) -> dict[str, Array]:
        parameters = self.model.parameters
        slots = {
            f"{slot}/{name}": array
            for slot, flat in self.updater.slots.items()
            for name, array in parameters.named(flat).items()
        }
        kept = {}
        if self._losses:
            lists = {_LOSSES: self._losses, _METRICS: self._metrics}
            kept = {name: np.array(values, np.float32) for name, values in lists.items()}
        if self._best is not None:
            kept[_BEST] = self._best.copy()
        return slots | kept

    @property
    def exact_position(self) -> Position:
        return structs.replace(self.position, updates=self.updater.steps)

    def restore(self, state: Mapping[str, Array], position: Position) -> None:
        parameters = self.model.parameters
        for slot, flat in self.updater.slots.items():
            for name in parameters:
                array = state.get(f"{slot}/{name}")
                if array is not None and array.shape == parameters.shapes[name]:
                    parameters.view(flat, name)[...] = array
        self._losses = [float(loss) for loss in state.get(_LOSSES, np.zeros(0))]
        self._metrics = [float(metric) for metric in state.get(_METRICS, np.zeros(0))]
        if self._best is not None and _BEST in state and state[_BEST].shape == self._best.shape:
            self._best[...] = state[_BEST]
        self.position = position
        self.updater.steps = position.updates or position.step
        self._keep()
