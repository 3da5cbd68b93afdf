"""What a window needs of a run in another thread: pictures of it now and then, and its turn to paint."""

from collections.abc import Callable
from time import perf_counter, sleep
from typing import Protocol

from neuralstudio.session.tempo import Tempo
from neuralstudio.session.timeline import Timeline
from neuralstudio.training._base import Learner
from neuralstudio.training.events import Event, Snapshot
from neuralstudio.training.history import History

INTERVAL, SMALL_INTERVAL = 0.1, 1 / 30
"""Seconds between copies of the weights for the views; of small networks they come more often."""
_SLICE, _NAP, _BUSY = 1e-3, 2e-4, 8
"""After each slice of so many seconds a run of a tiny network rests for a moment, so that the window gets its
turn: its loop hardly ever leaves Python. Tiny are those with more than ``_BUSY`` steps a slice."""
_SHARE = 1 / 50
"""Part of the time that keeping moments may take."""


class Watched(Protocol):
    """The run that is watched."""

    learner: Learner
    history: History

    @property
    def is_small(self) -> bool: ...

    def snapshot(self, *, is_slow: bool) -> Snapshot: ...


class Watch:
    """Posts snapshots of a run, and keeps its moments."""

    def __init__(
        self, run: Watched, post: Callable[[Event], None], tempo: Tempo, timeline: Timeline | None
    ) -> None:
        self._run, self._post, self._tempo, self._timeline = run, post, tempo, timeline
        self._interval = SMALL_INTERVAL if run.is_small else INTERVAL
        self._next_snapshot = self._next_moment = 0.0

    def look(self) -> None:
        """Shows the run if it is time to."""
        if perf_counter() >= self._next_snapshot:
            self.show()

    def show(self) -> None:
        """Shows the run as it is now."""
        self._post(self._run.snapshot(is_slow=self._tempo.is_slow))
        began = perf_counter()
        self._next_snapshot = began + self._interval
        if self._timeline is not None and (began >= self._next_moment or self._run.is_small):
            self._timeline.record(self._run.learner, self._run.history)
            self._next_moment = began + (perf_counter() - began) / _SHARE


class Turns:
    """Lets a thread that paints have its turn."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._next = 0.0
        self._told = learner.position.step

    def give(self) -> None:
        """Rests for a moment if the run has had its slice of time."""
        if perf_counter() < self._next:
            return
        step = self._learner.position.step
        if step - self._told > _BUSY:
            sleep(_NAP)
        self._told = step
        self._next = perf_counter() + _SLICE
