"""Shards computed in processes of their own, for networks that are thousands of short NumPy calls.

Each such call lets go of Python's lock, and two threads then spend their time waking each other; two
processes do not. What they compute is the same, bit for bit: the same programs on the same shards.
"""

import os
import pickle
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

import neuralstudio
from neuralstudio.engine.graph import Array
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import stream
from neuralstudio.network.model import Model, Part
from neuralstudio.network.shared import Shared
from neuralstudio.network.worker import DONE, Job, Results, Task, inputs, results

FROZEN_WORKER = "--shard-worker"
"""What a packaged program is started with to become a worker."""
_RUN = "from neuralstudio.network.worker import main; main()"
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_GRACE = 1.0
"""Seconds a worker has to end by itself."""

Process = subprocess.Popen[bytes]
Fill = Callable[[int, slice, Program], None]


class CrewLostError(Exception):
    """A worker did not start, ended or failed. ``is_rested``: it ended because it had nothing to do."""

    def __init__(self, what: str, *, is_rested: bool = False) -> None:
        super().__init__(what)
        self.is_rested = is_rested


class Crew:
    """Processes with a model each, on a copy of the weights in shared memory; the caller works along.

    Starting takes about a second, which nobody waits for: ask ``is_ready``. Raises ``OSError`` where no
    process can be started. Used from one thread at a time. Ends by itself when nobody holds it.
    """

    def __init__(self, model: Model, batch: int, slices: Sequence[slice], workers: int) -> None:
        self._model = model
        self._slices = slices
        program = model.training_program(slices[0].stop - slices[0].start, Part(batch, 0))
        self._noise = stream(0, "noise") if program.noise is not None else None
        self._shards = [range(worker + 1, len(slices), workers + 1) for worker in range(workers)]
        self.own = range(0, len(slices), workers + 1)
        """The shards that are left to the caller."""
        shared = self._memory(batch)
        self.results: Results = results(shared.arrays)
        self._values: Array = shared.arrays["values"]
        self._flags: Array = shared.arrays["ready"]
        self._desks = {
            shard: Program((), inputs(shared.arrays, shard), {}, 0)
            for shards in self._shards
            for shard in shards
        }
        self._is_ready = False
        self._members: list[Process] = []
        self._dismissal = weakref.finalize(self, _dismiss, self._members)
        try:
            for worker, shards in enumerate(self._shards):
                rows = {shard: slices[shard].stop - slices[shard].start for shard in shards}
                task = Task(
                    model.spec,
                    model.signature,
                    model.loss,
                    model.seeds,
                    model.dtype,
                    batch,
                    rows,
                    worker,
                    shared.plan,
                )
                self._members.append(_started(shared.inherited))
                _write(self._members[-1], task)
        except OSError:
            self.close()
            raise
        finally:
            shared.close()

    def _memory(self, batch: int) -> Shared:
        count = len(self._slices)
        model, part = self._model, Part(batch, 0)
        float64 = np.dtype(np.float64)
        values = model.parameters.values
        wanted = {
            "ready": ((len(self._shards),), np.dtype(np.uint8)),
            "values": (values.shape, values.dtype),
            "gradients": ((count, values.size), values.dtype),
            "losses": ((count,), float64),
        }
        for shard, rows in enumerate(self._slices):
            program = model.training_program(rows.stop - rows.start, part)
            sums = program.outputs["sums"]
            wanted["sums"] = (count, *sums.shape), sums.dtype
            if shard not in self.own:
                for name, array in program.inputs.items():
                    wanted[f"{shard}/{name}"] = array.shape, array.dtype
        return Shared(wanted)

    @property
    def processes(self) -> list[int]:
        """Their numbers in the system."""
        return [member.pid for member in self._members]

    def is_ready(self) -> bool:
        """Whether all have started and compiled. Raises ``CrewLostError``."""
        if not self._is_ready:
            self._is_ready = bool(self._flags.all())
            ended = [member.returncode for member in self._members if member.poll() is not None]
            if ended and not self._is_ready:
                raise CrewLostError(f"a worker ended with {ended[0]} before it was ready")
        return self._is_ready

    def run(self, fill: Fill, chapter: int, work: Callable[[int], None]) -> None:
        """Has all shards computed into ``results``; calls ``work`` with each of ``own`` meanwhile.

        ``chapter`` and ``fill`` as for a training step. Raises ``CrewLostError``; the step can be redone.
        """
        np.copyto(self._values, self._model.parameters.values)
        try:
            for member, shards in zip(self._members, self._shards, strict=True):
                for shard in shards:
                    fill(0, self._slices[shard], self._desks[shard])
                _tell(member, Job(self._states(chapter, shards)))
            for shard in self.own:
                work(shard)
            for member in self._members:
                _hear(member)
        except BaseException:  # answers may be on their way that belong to this step
            self.close()
            raise

    def _states(self, chapter: int, shards: Sequence[int]) -> list[dict[str, object]]:
        """Where each shard's random numbers begin."""
        if self._noise is None:
            return []
        states = []
        for shard in shards:
            self._model.noise.open(self._noise, chapter * len(self._slices) + shard)
            states.append(dict(self._noise.bit_generator.state))
        return states

    def close(self) -> None:
        """Ends the processes and waits until they are gone."""
        self._dismissal()


def _started(inherited: Sequence[int]) -> Process:
    """A fresh interpreter that serves on its standard input and output, and that Ctrl+C does not reach."""
    is_frozen = getattr(sys, "frozen", False)
    command = [sys.executable, FROZEN_WORKER] if is_frozen else [sys.executable, "-P", "-c", _RUN]
    root = Path(neuralstudio.__file__).parent.parent
    found = os.pathsep.join([str(root), *filter(None, sys.path)])
    environment = os.environ | dict.fromkeys(_ONE_THREAD, "1") | {"PYTHONPATH": found}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment, creationflags=flags
        )
    return subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=nowhere,
        env=environment,
        start_new_session=True,
        pass_fds=tuple(inherited),
    )


def _write(member: Process, message: Task | Job) -> None:
    assert member.stdin is not None
    pickle.dump(message, member.stdin)
    member.stdin.flush()


def _tell(member: Process, job: Job) -> None:
    try:
        _write(member, job)
    except OSError as error:
        raise _lost(member) from error


def _hear(member: Process) -> None:
    assert member.stdout is not None
    answer = member.stdout.read(1)
    if not answer:
        raise _lost(member)
    if answer != DONE:
        raise CrewLostError("a worker failed at its shards")


def _lost(member: Process) -> CrewLostError:
    """What to say of one whose pipe is closed."""
    try:
        code = member.wait(_GRACE)
    except subprocess.TimeoutExpired:
        return CrewLostError("a worker closed its pipe")
    return CrewLostError(f"a worker ended with {code}", is_rested=code == 0)


def _dismiss(members: list[Process]) -> None:
    """Closes their pipes, by which they end; those that do not are killed. None is left as a zombie."""
    for member in members:
        for pipe in (member.stdin, member.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was still to be written has no reader
                    pipe.close()
    for member in members:
        try:
            member.wait(_GRACE)
        except subprocess.TimeoutExpired:
            member.kill()
            member.wait()
