"""A training step's way through the network and back, in shards on several threads or processes."""

import logging
from collections.abc import Callable
from math import inf
from time import perf_counter

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.engine.parallel import blas_threads, cores, cut, share_out
from neuralstudio.engine.program import Instruction, Program
from neuralstudio.network.crew import Crew, CrewLostError
from neuralstudio.network.model import Model, Part
from neuralstudio.network.shards import is_large, shard_count
from neuralstudio.network.worker import Results, short_calls

_log = logging.getLogger(__name__)

Fill = Callable[[int, slice, Program], None]
"""(worker, rows, program): writes some rows of the batch into a program's inputs."""

_TRIALS = 4
_HOPELESS = 1.3
"""How many times as long a step may take before its way is tried no more."""
_BRIEF = 0.02
"""Seconds of a step below which a hiccup would decide that."""
_PATIENCE = 0.5
"""Seconds after which no further step is taken only to see how fast it is."""
_GAIN = 1.05
"""How much faster more threads must be to be worth it."""
_WORTH_CREW = 3e-3
"""Seconds of a step from which processes may pay."""
_TURN, _TURNS = 4, 4
"""Steps in a row, and how often in turn with the threads, until processes are known to be faster or not."""
_RACES, _PAUSE = 4, 400
"""How often that is tried, and the steps in between."""


class _Race:
    """Steps by threads and by a crew in turns of a few: each is a real step, as both give the same.

    A crew that loses has a few more chances later: the computer may just have been busy.
    """

    def __init__(self) -> None:
        self._lost = 0
        self._steps = 0
        self._best = [inf, inf]

    @property
    def is_crews_turn(self) -> bool:
        return self._steps > 0 and self._steps // _TURN % 2 == 1

    def run(self, step: Callable[[], None]) -> bool | None:
        """Does a step; says whether the crew has won, once that is known."""
        runner, is_warm = self.is_crews_turn, self._steps > 0 and self._steps % _TURN > 0
        begin = perf_counter()
        step()
        if is_warm:
            self._best[runner] = min(self._best[runner], perf_counter() - begin)
        self._steps += 1
        if self._steps < 2 * _TURN * _TURNS:
            return None
        threads, crew = self._best
        self._lost += crew >= threads
        self._steps, self._best = -_PAUSE, [inf, inf]
        return crew < threads or (False if self._lost == _RACES else None)


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
        self._results = self._own_results() if len(self.slices) > 1 else None
        self._only: Program | None = None
        self._crew: Crew | None = None
        self._race: _Race | None = None
        self._chapter = 0

    def _own_results(self) -> Results:
        shards, gradients = len(self.slices), self._model.parameters.gradients
        sums = self._program(self.slices[0], 0).outputs["sums"]
        return Results(
            np.zeros((shards, gradients.size), gradients.dtype),
            np.zeros(shards),
            np.zeros((shards, *sums.shape), sums.dtype),
        )

    def run(self, fill: Fill, chapter: int) -> tuple[float, Array]:
        """The loss (without penalties) and the metric's sums of one batch.

        ``chapter`` numbers the steps: random numbers of a step depend on it and on nothing before.
        """
        self._chapter = chapter
        if self._results is None:
            return self._whole(fill, chapter)
        if self._crew is None:
            self._on_threads(fill, chapter)
        else:
            self._with_crew(self._crew, fill, chapter)
        results = self._results
        np.add.reduce(results.gradients, 0, out=self._model.parameters.gradients)
        return float(sum(results.losses)), np.asarray(sum(results.sums))

    def _on_threads(self, fill: Fill, chapter: int) -> None:
        share_out(
            len(self.slices),
            lambda worker, number: self._shard(worker, number, fill, chapter),
            self.threads,
        )

    def _shard(self, worker: int, number: int, fill: Fill, chapter: int) -> None:
        """Runs one shard's program."""
        assert self._results is not None
        program = self._ready(worker, number, fill, chapter)
        if self._model.cost.is_chatty:
            with short_calls():
                program.run()
        else:
            program.run()
        self._results.take(number, program, self._model.lane(worker))

    def _ready(self, worker: int, number: int, fill: Fill, chapter: int) -> Program:
        """A shard's program with its data and at the beginning of its random numbers."""
        rows = self.slices[number]
        program = self._program(rows, worker)
        fill(worker, rows, program)
        if program.noise is not None:
            self._model.noise.open(program.noise, chapter * len(self.slices) + number)
        return program

    # ── processes ────────────────────────────────────────────────────────────────────────────────

    def hire(self, workers: int) -> None:
        """Starts processes that share the work as soon as they are ready; where it cannot, nothing changes.

        Processes that rested in a long pause are started anew.
        """
        if self._results is None or workers < 1:
            return
        try:
            self._crew = Crew(self._model, self._batch, self.slices, workers)
            self._results = self._crew.results
        except OSError as error:
            _log.info("Training goes on in threads: %s", error)

    def is_hired(self) -> bool:
        """Whether processes have a share in the next step (unless they are being measured)."""
        try:
            return self._crew is not None and self._crew.is_ready()
        except CrewLostError:
            return False

    def close(self) -> None:
        """Ends the processes; later steps run on threads."""
        crew, self._crew, self._race = self._crew, None, None
        if crew is not None:
            crew.close()

    def _with_crew(self, crew: Crew, fill: Fill, chapter: int) -> None:
        """A step by the crew if it is ready, and if it is not being measured against threads just now."""
        try:
            if not crew.is_ready():
                self._on_threads(fill, chapter)
            elif self._race is None:
                self._by_crew(crew, fill, chapter)
            else:
                self._raced(self._race, crew, fill, chapter)
        except CrewLostError as error:
            race = self._race
            self.close()
            if error.is_rested:
                self.hire(len(crew.processes))
                self._race = race
            else:
                _log.info("Training goes on in threads: %s", error)
            self._on_threads(fill, chapter)

    def _by_crew(self, crew: Crew, fill: Fill, chapter: int) -> None:
        crew.run(fill, chapter, lambda number: self._shard(0, number, fill, chapter))

    def _raced(self, race: _Race, crew: Crew, fill: Fill, chapter: int) -> None:
        if race.is_crews_turn:
            has_won = race.run(lambda: self._by_crew(crew, fill, chapter))
        else:
            has_won = race.run(lambda: self._on_threads(fill, chapter))
        if has_won is not None:
            self._race = None
            if not has_won:
                self.close()

    # ── in one piece ─────────────────────────────────────────────────────────────────────────────

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

    def _program(self, rows: slice, worker: int) -> Program:
        part = None if len(self.slices) == 1 else Part(self._batch, worker)
        return self._model.training_program(rows.stop - rows.start, part)

    def first_non_finite(self, fill: Fill) -> Instruction | None:
        """Runs the last step again, shard by shard, with the random numbers it had.

        Returns the first instruction that makes a NaN or an infinity.
        """
        for number in range(len(self.slices)):
            found = self._ready(0, number, fill, self._chapter).first_non_finite()
            if found is not None:
                return found
        return None

    def tune(self, fill: Fill) -> None:
        """Tries one thread against as many as there are cores and keeps what is faster.

        Shards run on threads of our own; where a step takes its time, processes are tried as well, in the
        steps that follow. A large batch in one piece may be given to BLAS's threads instead, if the
        gradients stay the same, bit for bit: the same seeds must give the same run on the next try, too.
        """
        self.threads = self.blas_threads = 1
        most = min(cores(), len(self.slices))
        if self._results is not None:
            seconds = self._fastest("threads", most, fill)
            if seconds > _WORTH_CREW:
                self.hire(most - 1)
                self._race = _Race()
        elif is_large(self._batch, self._model.cost):
            self._fastest("blas_threads", cores(), fill)

    def _fastest(self, setting: str, most: int, fill: Fill) -> float:
        """Sets 1 or ``most``, tried in turns; returns the seconds of a step. The weights stay as they are.

        With another core busy, BLAS's threads may take fifty times as long: such a step is broken off. Where
        one step is long already, no second one is spent on trying: threads of our own are taken on trust,
        BLAS's are not.
        """
        is_ours = setting == "threads"
        for worker in range(most if is_ours else 1):
            for rows in self.slices:  # compiled beforehand: steps are comparable from the first on
                self._program(rows, worker)
        parameters = self._model.parameters
        kept = parameters.values.copy()
        seconds: dict[int, list[float]] = {1: [], most: []}
        results: dict[int, bytes] = {}
        started = perf_counter()
        for each in (1, most) * _TRIALS:
            setattr(self, setting, each)
            limit = max(_HOPELESS * min(seconds[1]), _BRIEF) if seconds[1] else inf
            begin = perf_counter()
            if is_ours or each == 1:
                self.run(fill, 0)
            else:
                self._run_within(limit, fill)
            now = perf_counter()
            seconds[each].append(now - begin)
            results[each] = parameters.gradients.tobytes()
            parameters.values[...] = kept  # running means have moved
            if (each == most and now - begin > limit) or now - started > _PATIENCE:
                break
        if seconds[most]:
            is_faster = _GAIN * min(seconds[most]) < min(seconds[1])
            best = most if results[1] == results[most] and is_faster else 1
        else:
            best = most if is_ours else 1
        setattr(self, setting, best)
        return min(seconds[best] or seconds[1])

    def _run_within(self, seconds: float, fill: Fill) -> None:
        """A step in one piece by BLAS's threads, broken off when the time is over."""
        program = self._ready(0, 0, fill, 0)
        end = perf_counter() + seconds
        with blas_threads(self.blas_threads):
            for instruction in program.instructions:
                for function, arguments in instruction.calls:
                    function(*arguments)
                    if perf_counter() > end:
                        return
