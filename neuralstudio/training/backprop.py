"""Gradient descent with back-propagation."""

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Annotated

import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.data.batches import Batches, Gather
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import CategoricalCrossEntropy, Loss
from neuralstudio.engine.optimisers import Adam, Optimiser, Updater
from neuralstudio.engine.random import Seeds, stream
from neuralstudio.network.check import check
from neuralstudio.network.model import Evaluation, Evaluator, Model
from neuralstudio.network.spec import NetworkSpec, display_name
from neuralstudio.network.targets import encoded
from neuralstudio.schema.problem import Problem
from neuralstudio.training._base import Control, Learner, Position, Trainer
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone, Warned

_KEEP_EVERY = 100
"""Steps between copies of weights known to be good, which a diverging run falls back to."""


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

    def accepts(self, spec: NetworkSpec, signature: Signature) -> list[Problem]:
        return list(check(spec, signature, self.loss).problems)

    def learner(self, spec: NetworkSpec, data: Data, seeds: Seeds, control: Control) -> "BackpropLearner":
        return BackpropLearner(self, spec, data, seeds, control)


class BackpropLearner(Learner):
    """Back-propagation at work."""

    def __init__(
        self, trainer: Backprop, spec: NetworkSpec, data: Data, seeds: Seeds, control: Control
    ) -> None:
        self.trainer = trainer
        self.model = Model(spec, data.signature, trainer.loss, seeds)
        self.position = Position()
        self.control = control
        self.seeds = seeds
        parameters = self.model.parameters
        self.updater = Updater(trainer.optimiser, parameters.values, parameters.gradients)
        classes = len(data.signature.classes)
        targets = encoded(data.train.targets, self.model.encoding, classes)
        self._data = data
        self._train = Samples(data.train.inputs, targets, data.train.scale)
        self._batch_size = min(trainer.batch_size, len(self._train))
        self._gather = Gather(self._train, self._batch_size)
        self._test = Evaluator(self.model, data.test)
        self._validation = Evaluator(self.model, data.validation) if len(data.validation) else None
        self._good = parameters.values.copy()

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self._train) // self._batch_size)

    def run(self, epochs: int) -> Iterator[Event]:
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
            for event in self._epoch():
                yield event
                if isinstance(event, Warned):
                    yield self._finished("stopped: " + event.what, is_complete=False)
                    return
        yield self._finished("all epochs done", is_complete=True)

    def _epoch(self) -> Iterator[Event]:
        """One epoch, or the rest of one that was interrupted."""
        before = self.position
        epoch, first, step, seconds = before.epoch, before.batch, before.step, before.seconds
        loss_sum, metric_sum = before.loss_sum, before.metric_sum
        self._seed_noise()
        order = stream(self.seeds.order, f"epoch {epoch}")
        began = perf_counter()
        for number, rows in enumerate(Batches(self._train, self._batch_size, order).epoch()):
            if number < first:
                continue
            loss, metric = self._step(rows)
            if not np.isfinite(loss):
                yield self._diverged(step + 1, len(rows))
                return
            step += 1
            loss_sum += loss * len(rows)
            metric_sum += metric * len(rows)
            now = perf_counter()
            seconds += now - began
            self.position = Position(epoch, number + 1, step, seconds, (), loss_sum, metric_sum)
            yield StepDone(step, epoch, number + 1, len(rows), loss, metric)
            began = perf_counter()
        test = self._test.run()
        if not np.isfinite(test.loss) or not self._keep():
            yield self._diverged(step, self._batch_size)
            return
        validation = self._validation.run() if self._validation else None
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
        )

    def _seed_noise(self) -> None:
        """Every epoch has a noise stream of its own; a run resumed within one goes on where it stood."""
        if self.position.noise:
            state = _noise_state(self.position.noise)
        elif self.position.batch == 0:
            state = dict(stream(self.seeds.noise, f"epoch {self.position.epoch}").bit_generator.state)
        else:
            return
        self.model.noise.bit_generator.state = state

    def _step(self, rows: Array) -> tuple[float, float]:
        """Learns one batch; with a loss that is not finite, the weights stay as they are."""
        program = self.model.training_program(len(rows))
        self._gather(rows, program.inputs["x"], program.inputs["target"])
        with np.errstate(all="ignore"):
            program.run()
            loss = float(program.outputs["loss"])
            if np.isfinite(loss):
                if self.updater.steps % _KEEP_EVERY == 0:
                    self._keep()
                if self.control.learning_rate is not None:
                    self.updater.learning_rate = self.control.learning_rate
                self.updater.step()
        return loss, float(program.outputs["metric"])

    def _keep(self) -> bool:
        """Remembers the weights to fall back to; False, remembering nothing, when they are not finite."""
        values = self.model.parameters.values
        if not np.isfinite(values).all():
            return False
        self._good[...] = values
        return True

    def _diverged(self, step: int, batch: int) -> Warned:
        """Puts the last good weights back and says where the numbers left the finite world."""
        culprit = self.model.training_program(batch).first_non_finite()
        spec = self.model.spec
        where = f"the loss behind {display_name(spec[self.model.output_id])}"
        if culprit is not None and culprit.node.owner in spec:
            where = f"{display_name(spec[culprit.node.owner])} ({culprit.name})"
        self.model.parameters.values[...] = self._good
        self.updater.reset()
        if not all(_is_finite(samples) for samples in (self._train, self._data.test, self._data.validation)):
            return Warned(
                f"In step {step} a value that is not a number reached {where}, so training stopped; the data "
                "holds infinities or gaps; the last good weights are kept",
                "Replace or leave out the incomplete samples and train again.",
                is_fatal=True,
            )
        rate = self.updater.learning_rate
        return Warned(
            f"In step {step} the numbers grew beyond all bounds, first in {where}, so training stopped; "
            "the last good weights are kept",
            f"Lower the learning rate (it is {rate:g}) and train again.",
            is_fatal=True,
        )

    def _finished(self, reason: str, *, is_complete: bool) -> Finished:
        test: Evaluation = self._test.run()
        epoch, seconds = self.position.epoch, self.position.seconds
        return Finished(reason, epoch, test.loss, test.metric, seconds, is_complete)

    def state(self) -> dict[str, Array]:
        parameters = self.model.parameters
        return {
            f"{slot}/{name}": array
            for slot, flat in self.updater.slots.items()
            for name, array in parameters.named(flat).items()
        }

    @property
    def exact_position(self) -> Position:
        position = self.position
        state = self.model.noise.bit_generator.state
        inner = state["state"]
        parts = (inner["state"], inner["inc"], state["has_uint32"], state["uinteger"])
        noise = tuple(str(part) for part in parts) if position.batch else ()
        return replace(position, noise=noise, updates=self.updater.steps)

    def restore(self, state: Mapping[str, Array], position: Position) -> None:
        parameters = self.model.parameters
        for slot, flat in self.updater.slots.items():
            for name in parameters:
                array = state.get(f"{slot}/{name}")
                if array is not None and array.shape == parameters.shapes[name]:
                    parameters.view(flat, name)[...] = array
        self.position = position
        self.updater.steps = position.updates or position.step
        self._keep()


def _is_finite(samples: Samples) -> bool:
    return bool(np.isfinite(samples.inputs).all() and np.isfinite(samples.targets).all())


def _noise_state(parts: tuple[str, ...]) -> dict[str, object]:
    state, inc, has_uint32, uinteger = (int(part) for part in parts)
    inner = {"state": state, "inc": inc}
    return {"bit_generator": "PCG64", "state": inner, "has_uint32": has_uint32, "uinteger": uinteger}
