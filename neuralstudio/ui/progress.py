"""What the window knows of a run: its curves and latest figures, taken in from the mailbox."""

from collections.abc import Iterable
from math import exp
from time import perf_counter

from neuralstudio.session.speed import FULL, Speed
from neuralstudio.training._base import Position
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone
from neuralstudio.training.history import History

_USUAL_END = "all epochs done"
_MEMORY = 0.3
"""Seconds after which the speed before counts for little."""


def ending(outcome: Finished) -> str:
    """Why a run ended as a sentence, where that is worth one: it stopped early, or took weights back."""
    if not outcome.is_complete or outcome.reason == _USUAL_END:
        return ""
    return outcome.reason[:1].upper() + outcome.reason[1:] + "."


class Progress:
    """The figures of one run as far as they were drained."""

    def __init__(self) -> None:
        self.history = History()
        self.started: Started | None = None
        self.last_step: StepDone | None = None
        self.last_epoch: EpochDone | None = None
        self.outcome: Finished | None = None
        self.samples_per_second = 0.0
        self.is_edited = False
        """Weights were set by hand since the last epoch: its figures are not theirs."""
        self._last = perf_counter()

    def resume(self) -> None:
        """The run begins or goes on: the time until now does not count for the speed."""
        self.outcome = None
        self._last = perf_counter()

    def rate(self, speed: Speed) -> float:
        """Samples a second of late, but not more than the chosen speed lets through; 0 while unknown."""
        started = self.started
        if started is None or speed.is_full:
            return self.samples_per_second
        allowed = speed.steps_per_second(started.batch_size, started.steps_per_epoch)
        return min(self.samples_per_second, allowed * started.samples_per_epoch / started.steps_per_epoch)

    def seconds_left(self, position: Position, epochs: int, chosen: Speed = FULL) -> float | None:
        """Until so many epochs are done, at the present speed; None while that is not known."""
        started, speed = self.started, self.rate(chosen)
        if started is None or not speed:
            return None
        done = position.epoch + position.batch / started.steps_per_epoch
        return max(0.0, (epochs - done) * started.samples_per_epoch / speed)

    def take_in(self, events: Iterable[Event]) -> int:
        """Records events; returns how many samples were learnt."""
        samples = 0
        for event in events:
            self.history.record(event)
            match event:
                case StepDone():
                    samples += event.samples
                    self.last_step = event
                case EpochDone():
                    self.last_epoch = event
                    self.is_edited = False
                case Started():
                    self.started = event
                case Finished():
                    self.outcome = event
                case _:
                    pass
        now = perf_counter()
        if samples:
            elapsed = max(now - self._last, 1e-6)
            speed, old = samples / elapsed, self.samples_per_second
            kept = exp(-elapsed / _MEMORY)
            self.samples_per_second = speed if not old else kept * old + (1 - kept) * speed
            self._last = now
        return samples
