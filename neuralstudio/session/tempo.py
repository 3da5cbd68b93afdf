"""Keeps a run at its speed: when the next step is due, and how many steps may be told of together."""

from collections.abc import Callable
from math import inf
from time import perf_counter

from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.speed import SLOW
from neuralstudio.training.events import EpochDone, Event, Started, StepDone

_FRAMES = 30
"""A paced run is told of so many times a second at least, if it takes as many steps."""
_LATE = 0.1
"""Seconds a run may lag behind and make good; more are forgotten."""


class Tempo:
    """The pace of one run at a gate, whose speed may change at any time. ``step``: where the run stands."""

    def __init__(self, gate: Gate, step: int = 0) -> None:
        self._gate = gate
        self._started: Started | None = None
        self._begun_at = inf
        """The rate at which the steps under way were begun."""
        self._since = perf_counter()
        self._steps = 1
        """For so many steps, since then, the next one has to wait."""
        self._last_step = step
        self._is_between = True
        """No epoch is waiting to be closed: that needs no time of its own."""

    @property
    def rate(self) -> float:
        """Steps a second; infinite for as fast as it goes."""
        started = self._started
        if started is None or self._gate.order is not Order.RUN:
            return inf
        return self._gate.speed.steps_per_second(started.batch_size, started.steps_per_epoch)

    @property
    def is_slow(self) -> bool:
        """Somebody can follow each step."""
        return self.rate <= SLOW

    def burst(self, most: int) -> int:
        """How many steps, at most so many, may be told of together."""
        if self._gate.order is Order.STEP_BATCH:
            return 1
        rate = self.rate
        return most if rate == inf else max(1, min(most, int(rate / _FRAMES)))

    def hear(self, event: Event) -> None:
        """An event has happened just now."""
        match event:
            case Started():
                self._started = event
                self.begin_anew()
            case StepDone():
                now, rate = perf_counter(), self.rate
                is_as_begun = rate == self._begun_at  # else a burst of a fast run would be paid for slowly
                due = self._since + self._steps / rate
                self._since = due if is_as_begun and rate < inf and now - due < _LATE else now
                self._steps = max(1, event.step - self._last_step) if is_as_begun else 1
                self._last_step = event.step
                self._is_between = self._started is None or event.batch < self._started.steps_per_epoch
            case EpochDone():
                self._last_step = event.step
                self._is_between = True
            case _:
                pass

    def begin_anew(self) -> None:
        """The run has stood still: the next step comes after a whole wait."""
        self._since, self._steps = perf_counter(), 1

    def waits(self, before_pause: Callable[[], None], before_rest: Callable[[], None]) -> bool:
        """Waits for the order and the time of the next step; False: stop."""
        while True:
            stood = self._gate.order is Order.PAUSE
            if not self._gate.passes(before_pause):
                return False
            if stood:
                self.begin_anew()
            rate = self.rate
            if rate != self._begun_at:
                self._begun_at, self._steps = rate, 1
            if rate == inf or not self._is_between:
                return True
            if rate <= SLOW:
                before_rest()
            due = self._since + self._steps / rate
            if due <= perf_counter() or self._gate.rests_until(due):
                return True
