"""Gradient descent with back-propagation."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta, structs

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.data.batches import Batches
from neuralstudio.engine.clipping import Clipping, NoClipping
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import CategoricalCrossEntropy, Loss
from neuralstudio.engine.metrics import predictions
from neuralstudio.engine.optimisers import Adam, Optimiser
from neuralstudio.engine.random import Seeds, stream
from neuralstudio.engine.schedules import Constant, Progress, Schedule
from neuralstudio.engine.shrinking import NoShrinking, Shrinker, Shrinking
from neuralstudio.engine.stopping import Stopping
from neuralstudio.engine.updater import Updater
from neuralstudio.network.begin import begin
from neuralstudio.network.check import check
from neuralstudio.network.evaluate import Evaluation, Evaluator
from neuralstudio.network.fitness import data_problems
from neuralstudio.network.model import Model
from neuralstudio.network.penalty import is_penalised
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.network.targets import class_counts, encoded
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.training._base import Control, Learner, Mark, Position, Records, Trainer
from neuralstudio.training._course import Course, CourseRecords
from neuralstudio.training._divergence import diagnosis
from neuralstudio.training._stepper import Stepper
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone, Warned


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
    shrinking: Annotated[
        Shrinking,
        Meta(title="Shrinking", description="Makes all weights a little smaller after each step."),
    ] = NoShrinking()
    order: Annotated[
        Literal["shuffled", "fixed"],
        Meta(title="Order", description="Samples come in a new order in each epoch, or always as they lie."),
    ] = "shuffled"
    leftovers: Annotated[
        Literal["short batch", "carry over"],
        Meta(
            title="Leftovers",
            description="What becomes of samples that do not fill a batch at the end of an epoch: a smaller "
            "one of their own, or they join the first batch of the next epoch.",
        ),
    ] = "short batch"
    measured: Annotated[
        Literal["while learning", "afterwards"],
        Meta(
            title="Training loss",
            description="The mean over the steps of an epoch, or that of all training samples at its end.",
        ),
    ] = "while learning"
    precision: Annotated[
        Literal["single", "double"],
        Meta(title="Precision", description="Numbers of 7 digits, or of 16, which is slower when large."),
    ] = "single"

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
        dtype = np.float64 if trainer.precision == "double" else np.float32
        self.model = Model(spec, data.signature, loss, seeds, dtype)
        self.position = Position()
        self.control = control
        self.seeds = seeds
        targets = encoded(data.train.targets, self.model.encoding, classes)
        self._data = data
        self._train = Samples(data.train.inputs, targets, data.train.scale)
        self._batch_size = min(trainer.batch_size, len(self._train))
        begin(self.model, self._train)
        self.updater = self._new_updater()
        self._course = Course(
            trainer.stopping, self.model.parameters.values, metric_rises=self.model.metric.is_share
        )
        self._stepper = Stepper(
            self.model,
            self.updater,
            trainer.schedule,
            self._train,
            self._batch_size + self._carried,
            control,
            self._course.keep,
            is_fixed=trainer.order == "fixed",
        )
        self._learnt = Evaluator(self.model, data.train) if trainer.measured == "afterwards" else None
        self._test = Evaluator(self.model, data.test)
        self._validation = Evaluator(self.model, data.validation) if len(data.validation) else None
        self._began = 0.0

    def _new_updater(self) -> Updater:
        """The optimiser on the weights, each with its layer's rate factor; those that are frozen rest."""
        trainer, parameters = self.trainer, self.model.parameters
        learning = {node.id: node.learning for node in self.model.spec}
        factors = {
            name: 0.0 if each.is_frozen else each.rate_factor
            for name in parameters.trained
            for each in [learning[name.rpartition("/")[0]]]
        }
        parts = [(parameters.stretch(name), factor) for name, factor in factors.items()]
        shrunk = [
            (parameters.stretch(name), factor)
            for name, factor in factors.items()
            if is_penalised(name, parameters.shapes[name])
        ]
        has_shrinking = trainer.shrinking.strength > 0
        shrinker = Shrinker(trainer.shrinking, parameters.values, shrunk) if has_shrinking else None
        return Updater(
            trainer.optimiser, parameters.values, parameters.gradients, parts, trainer.clipping, shrinker
        )

    @property
    def steps_per_epoch(self) -> int:
        whole, rest = divmod(len(self._train), self._batch_size)
        return whole + (1 if rest and not self._carries else 0)

    @property
    def _carries(self) -> bool:
        return self.trainer.leftovers == "carry over"

    @property
    def _carried(self) -> int:
        """Samples that an epoch leaves to the next."""
        return len(self._train) % self._batch_size if self._carries else 0

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
            # A run that goes on has all its time again.
            reason = self._course.stop_reason(self.position.seconds - self._began)
            if reason:
                yield self._ended(reason)
                return
        yield self._ended("all epochs done")

    def _epoch(self, epochs: int) -> Iterator[Event]:
        """One epoch, or the rest of one that was interrupted or ran into the time limit."""
        before = self.position
        epoch, first, step, seconds = before.epoch, before.batch, before.step, before.seconds
        loss_sum, metric_sum, penalty = before.loss_sum, before.metric_sum, 0.0
        self.model.open_noise(f"epoch {epoch}")
        batches = islice(enumerate(self._batches(epoch)), first, None)
        at = first
        while at < self.steps_per_epoch:
            where = Progress(0, self.steps_per_epoch, epochs, self._course.losses)
            done = self._stepper.burst(batches, where, epoch)
            if done.steps:
                step += done.steps
                seconds += done.seconds
                loss_sum += done.loss_sum
                judged = predictions((done.samples, *self.model.output_shape))
                metric = self.model.metric.value(done.sums, judged)
                metric_sum += metric * done.samples
                at = done.number + 1
                self.position = Position(epoch, at, step, seconds, loss_sum, metric_sum)
                loss, penalty = done.loss_sum / done.samples, done.penalty
                yield StepDone(step, epoch, at, done.samples, loss, metric, penalty)
            if done.is_broken:
                yield self._diverged(step + 1)
                return
            if at < self.steps_per_epoch and self.trainer.stopping.time_over(seconds - self._began):
                return
        test = self._test.run()
        if not np.isfinite(test.loss) or not self._course.keep():
            yield self._diverged(step)
            return
        validation = self._validation.run() if self._validation else None
        learnt = self._learnt.run() if self._learnt else None
        self._course.remember(validation or test)
        self.position = Position(epoch + 1, 0, step, seconds)
        samples = len(self._train) - (0 if epoch else self._carried)
        yield EpochDone(
            epoch + 1,
            step,
            learnt.loss if learnt else loss_sum / samples,
            learnt.metric if learnt else metric_sum / samples,
            test.loss,
            test.metric,
            seconds,
            validation.loss if validation else None,
            validation.metric if validation else None,
            penalty,
        )

    def _batches(self, epoch: int) -> Iterator[Array]:
        """The rows of each batch of an epoch."""
        carried = self._dealt(epoch - 1).left_out() if self._carries and epoch else None
        return self._dealt(epoch).epoch(carried)

    def _dealt(self, epoch: int) -> Batches:
        is_shuffled = self.trainer.order == "shuffled"
        order = stream(self.seeds.order, f"epoch {epoch}") if is_shuffled else None
        return Batches(self._train, self._batch_size, order, keep_remainder=not self._carries)

    @property
    def upcoming(self) -> Array:
        epoch, batch = self.position.epoch, self.position.batch
        if batch >= self.steps_per_epoch:  # the epoch is about to be closed
            epoch, batch = epoch + 1, 0
        return next(islice(self._batches(epoch), batch, None))

    def _diverged(self, number: int) -> Warned:
        """Puts the last good weights back and says where the numbers left the finite world."""
        culprit = self._stepper.culprit()
        if not np.isfinite(self.model.parameters.values).all():
            # The step before spoilt the weights, with a gradient of this layer or one that reached it.
            number = max(1, number - 1)
            self._course.fall_back()
            culprit = self._stepper.culprit() or culprit
        self._course.fall_back()
        self._stepper.before = None
        self.updater.reset()
        parts = (self._train, self._data.test, self._data.validation)
        return diagnosis(self.model.spec, number, culprit, parts, self.updater.learning_rate)

    def _ended(self, reason: str) -> Finished:
        """The end of a run as it should be."""
        restored = self._course.restore_best(is_at_end=self.position.batch == 0)
        return self._finished(reason + restored, is_complete=True)

    def _finished(self, reason: str, *, is_complete: bool) -> Finished:
        test: Evaluation = self._test.run()
        epoch, seconds = self.position.epoch, self.position.seconds
        return Finished(reason, epoch, test.loss, test.metric, seconds, is_complete)

    # ── saving and going on ──────────────────────────────────────────────────────────────────────

    @property
    def update(self) -> Array | None:
        before = self._stepper.before
        return None if before is None else self.model.parameters.values - before

    def mark(self) -> Mark:
        best = [] if self._course.best is None else [self._course.best]
        vectors = (*self.updater.slots.values(), *best)
        return Mark(tuple(vector.copy() for vector in vectors), len(self._course.losses))

    @property
    def records(self) -> Records:
        return CourseRecords(self.model.parameters, tuple(self.updater.slots), self._course)

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
        self.position = position
        self.updater.steps = position.updates or position.step
        self._stepper.before = None
        self._course.restore(state)
