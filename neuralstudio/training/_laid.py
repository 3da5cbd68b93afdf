"""Batches of a fixed order, laid out once: a tiny network's step is over before a batch has been gathered."""

from dataclasses import dataclass

import numpy as np

from neuralstudio.data._base import Samples
from neuralstudio.data.batches import Gather
from neuralstudio.engine.graph import Array
from neuralstudio.engine.program import Program
from neuralstudio.engine.updater import Updater
from neuralstudio.network.model import Model
from neuralstudio.network.shards import shard_count
from neuralstudio.training._burst import Burst

_MOST_NUMBERS = 1_000_000
"""Inputs of all samples together, up to which they are laid out."""
_TINY = 1e5
"""Floating-point operations of a forward pass from which gathering a batch is no matter."""


class Laid:
    """Steps on batches that come again and again, with nothing around them but the optimiser's turn.

    They give the same bits as any other way to take the same steps.
    """

    def __init__(self, model: Model, updater: Updater, samples: Samples) -> None:
        self._model = model
        self._updater = updater
        self._samples = samples
        self._batches: dict[tuple[int, int], _Batch] = {}

    @staticmethod
    def suits(model: Model, samples: Samples, largest: int) -> bool:
        """Whether steps are so small that it pays, and there is nothing to a step but its program."""
        return (
            model.penalty.is_none
            and samples.inputs.size <= _MOST_NUMBERS
            and model.cost.flops * largest <= _TINY
            and shard_count(largest, model.cost) == 1
            and model.training_program(largest).noise is None
        )

    def run(self, batches: list[tuple[int, Array]], done: Burst, beyond: float) -> tuple[Array, Array]:
        """Learns batches (number in the epoch, rows) until all are done or a loss goes ``beyond``.

        Writes down in ``done`` what was done. Returns the rows of the last batch, and the weights as they
        were before its step.
        """
        weights, step, known = self._model.parameters.values, self._updater.step, self._batches
        before, (last, rows) = weights, batches[-1]
        sums: Array | None = None
        # Counted here and not by ``done.add``: a call costs as much as a product of such matrices.
        for number, rows in batches:
            batch = known.get((number, len(rows))) or self._lay(number, rows)
            np.copyto(batch.x_of_program, batch.x)
            np.copyto(batch.target_of_program, batch.target)
            batch.program.run()
            loss = float(batch.loss)
            if not loss < beyond:  # nor where it is not a number
                done.is_broken = True
                break
            if number == last:
                before = weights.copy()
            step()
            count = len(rows)
            done.number = number
            done.steps += 1
            done.samples += count
            done.loss_sum += loss * count
            sums = batch.sums.copy() if sums is None else np.add(sums, batch.sums, sums)
        if sums is not None:
            done.sums = sums
        return rows, before

    def _lay(self, number: int, rows: Array) -> "_Batch":
        program = self._model.training_program(len(rows))
        x, target = program.inputs["x"], program.inputs["target"]
        Gather(self._samples, len(rows), self._model.dtype)(rows, x, target)
        loss, sums = program.outputs["loss"], program.outputs["sums"]
        batch = _Batch(program, x, x.copy(), target, target.copy(), loss, sums)
        self._batches[number, len(rows)] = batch
        return batch


@dataclass(slots=True)
class _Batch:
    """A batch beside the program that learns it: whatever a step needs is one attribute away."""

    program: Program
    x_of_program: Array
    x: Array
    target_of_program: Array
    target: Array
    loss: Array
    sums: Array
