"""A process that computes shards for another: the far side of a crew. It knows neither window nor data.

The other side writes a ``Task`` and then a ``Job`` for every step; each is answered by one byte. The process
ends when the pipe closes, however that comes about, and when nothing is asked of it for a minute or two.
"""

import os
import pickle
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from time import sleep
from typing import Any, BinaryIO, NoReturn

import numpy as np

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import LossFunction
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import Seeds
from neuralstudio.network.model import Model, Part
from neuralstudio.network.shared import Plan
from neuralstudio.network.spec import NetworkSpec

DONE, FAILED = b"+", b"-"
_PATIENCE = 60.0
"""Seconds without work after which, looked at so often, a worker goes home: a paused run frees its memory."""

_BUFFER = 2048
"""Numbers NumPy makes room for in each of many short calls: 4 to 7 % faster than with its 8192."""


@dataclass(frozen=True)
class Results:
    """What the shards of a batch leave, a row each: gradients (shards, size), losses, the metric's sums."""

    gradients: Array
    losses: Array
    sums: Array

    def take(self, number: int, program: Program, gradients: Array) -> None:
        """Takes down the results of one shard's program."""
        self.losses[number] = program.outputs["loss"]
        self.sums[number] = program.outputs["sums"]
        np.copyto(self.gradients[number], gradients)


@dataclass(frozen=True)
class Task:
    """What a worker is for: a network, and the shards of a batch that are its own, with their rows.

    ``plan``: "ready" (workers,), "values", and what ``results`` and ``inputs`` look for.
    """

    spec: NetworkSpec
    signature: Signature
    loss: LossFunction
    seeds: Seeds
    dtype: type[np.floating[Any]]
    batch: int
    shards: Mapping[int, int]
    worker: int
    plan: Plan


@dataclass(frozen=True)
class Job:
    """One step: the state of the random numbers for each shard, if any are drawn."""

    noise: Sequence[Mapping[str, Any]] = ()


def results(arrays: Mapping[str, Array]) -> Results:
    """The part of the shared memory that results are written to."""
    return Results(arrays["gradients"], arrays["losses"], arrays["sums"])


def inputs(arrays: Mapping[str, Array], shard: int) -> dict[str, Array]:
    """The part of the shared memory that a shard's inputs are read from, by the program's names."""
    start = f"{shard}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


@contextmanager
def short_calls() -> Iterator[None]:
    """Within it, NumPy has little to prepare for a call, and does not warn."""
    with np.errstate(all="ignore"):  # puts the size of the buffer back as well
        np.setbufsize(_BUFFER)
        yield


class Worker:
    """A model of its own on somebody else's weights."""

    def __init__(self, task: Task) -> None:
        self.jobs = 0
        self.is_busy = False
        arrays = task.plan.arrays()
        model = Model(task.spec, task.signature, task.loss, task.seeds, task.dtype)
        values = arrays["values"]
        values.flags.writeable = False
        model.parameters.values = values  # before anything is compiled on them
        part = Part(task.batch, 0)
        self._lane = model.lane(0)
        self._results = results(arrays)
        self._shards = [
            (shard, model.training_program(rows, part), inputs(arrays, shard))
            for shard, rows in task.shards.items()
        ]
        arrays["ready"][task.worker] = 1

    def do(self, job: Job) -> None:
        """Computes its shards."""
        for place, (shard, program, given) in enumerate(self._shards):
            for name, array in given.items():
                np.copyto(program.inputs[name], array)
            if program.noise is not None:
                program.noise.bit_generator.state = job.noise[place]
            program.run()
            self._results.take(shard, program, self._lane)


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Works until there is nothing left to read."""
    worker = Worker(pickle.load(jobs))
    Thread(target=_end_when_idle, args=(worker,), daemon=True).start()
    with short_calls():
        while True:
            try:
                job = pickle.load(jobs)
            except EOFError:
                return
            worker.is_busy = True
            worker.jobs += 1
            try:
                worker.do(job)
                answer = DONE
            except Exception:  # noqa: BLE001 - the other side computes the shard itself and meets it, too
                answer = FAILED
            answers.write(answer)
            worker.is_busy = False


def _end_when_idle(worker: Worker) -> None:
    seen = -1
    while worker.is_busy or worker.jobs != seen:
        seen = worker.jobs
        sleep(_PATIENCE)
    os._exit(0)


def main() -> NoReturn:
    """Serves on standard input and output; whatever else would be printed there goes nowhere."""
    code = 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb", 0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with os.fdopen(0, "rb", closefd=False) as jobs:
        try:
            serve(jobs, answers)
        except (EOFError, OSError):  # the other side is gone
            code = 1
    os._exit(code)  # somebody may wait for it, and there is nothing to tidy up
