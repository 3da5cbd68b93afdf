"""A training step's way through the network and back, in shards on several threads."""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.engine.parallel import blas_threads, cores, cut, share_out
from neuralstudio.engine.program import Instruction, Program
from neuralstudio.network.model import Model, Part
from neuralstudio.network.shards import is_large, shard_count

Fill = Callable[[int, slice, Program], None]
"""(worker, rows, program): writes some rows of the batch into a program's inputs."""

_TRIALS = 3
_GAIN = 1.05
"""How much faster more threads must be to be worth it."""


class TrainingStep:
    """Forward and backward pass over a batch of a certain size; leaves the gradients in ``model.parameters``.

    ``threads`` may be changed at any time: results do not depend on it.
    """

    def __init__(self, model: Model, batch: int, threads: int) -> None:
        self.threads = threads
        self.blas_threads = 1
        self.slices = cut(batch, shard_count(batch, model.cost))
        self._model = model
        self._batch = batch
        shards = len(self.slices)
        size = model.parameters.gradients.size
        self._gradients = np.zeros((shards, size), model.dtype) if shards > 1 else None
        self._losses = np.zeros(shards)
        self._sums: list[Array] = [np.zeros(0)] * shards
        self._only: Program | None = None

    def run(self, fill: Fill, chapter: int) -> tuple[float, Array]:
        """The loss (without penalties) and the metric's sums of one batch.

        ``chapter`` numbers the steps: random numbers of a step depend on it and on nothing before.
        """
        if self._gradients is None:
            return self._whole(fill, chapter)
        gradients, sums = self._gradients, self._sums

        def shard(worker: int, number: int) -> None:
            program = self._shard(worker, number, fill, chapter)
            self._losses[number] = program.outputs["loss"]
            sums[number] = program.outputs["sums"].copy()
            np.copyto(gradients[number], self._model.lane(worker))

        share_out(len(self.slices), shard, self.threads)
        np.add.reduce(gradients, 0, out=self._model.parameters.gradients)
        return float(sum(self._losses)), np.asarray(sum(sums))

    def _whole(self, fill: Fill, chapter: int) -> tuple[float, Array]:
        """All in one piece. Kept short: a tiny network takes this way a hundred thousand times a second."""
        program = self._only
        if program is None:
            program = self._only = self._program(self.slices[0], 0)
            self._outputs = program.outputs["loss"], program.outputs["sums"]
        fill(0, self.slices[0], program)
        if program.noise is not None:
            self._model.noise.open(program.noise, chapter)
        if self.blas_threads == 1:
            program.run()
        else:
            with blas_threads(self.blas_threads):
                program.run()
        loss, sums = self._outputs
        return float(loss), sums

    def _shard(self, worker: int, number: int, fill: Fill, chapter: int) -> Program:
        """Runs one shard's program."""
        rows = self.slices[number]
        program = self._program(rows, worker)
        fill(worker, rows, program)
        if program.noise is not None:
            self._model.noise.open(program.noise, chapter * len(self.slices) + number)
        program.run()
        return program

    def _program(self, rows: slice, worker: int) -> Program:
        part = None if self._gradients is None else Part(self._batch, worker)
        return self._model.training_program(rows.stop - rows.start, part)

    def first_non_finite(self, fill: Fill) -> Instruction | None:
        """Runs again, shard by shard, and finds the first instruction that makes a NaN or an infinity."""
        for rows in self.slices:
            program = self._program(rows, 0)
            fill(0, rows, program)
            found = program.first_non_finite()
            if found is not None:
                return found
        return None

    def tune(self, fill: Fill) -> None:
        """Tries one thread against as many as there are cores and keeps what is faster.

        Shards run on threads of our own. A large batch in one piece may be given to BLAS's threads instead, if
        the gradients stay the same, bit for bit: the same seeds must give the same run on the next try, too.
        """
        self.threads = self.blas_threads = 1
        if self._gradients is not None:
            self.threads = self._fastest("threads", min(cores(), len(self.slices)), fill)
        elif is_large(self._batch, self._model.cost):
            self.blas_threads = self._fastest("blas_threads", cores(), fill)

    def _fastest(self, setting: str, most: int, fill: Fill) -> int:
        """1 or ``most``, tried in turns. Leaves the weights as they are."""
        parameters = self._model.parameters
        kept = parameters.values.copy()
        seconds: dict[int, list[float]] = {1: [], most: []}
        results: dict[int, bytes] = {}
        for turn in range(_TRIALS + 1):
            for each in seconds:
                setattr(self, setting, each)
                begin = perf_counter()
                self.run(fill, 0)
                if turn:  # the first turn compiles
                    seconds[each].append(perf_counter() - begin)
                results[each] = parameters.gradients.tobytes()
                parameters.values[...] = kept  # running means have moved
        is_same = results[1] == results[most]
        return most if is_same and _GAIN * min(seconds[most]) < min(seconds[1]) else 1
