"""What the window knows of a run: its curves and latest figures, taken in from the mailbox."""

from collections.abc import Iterable
from time import perf_counter

from neuralstudio.training._base import Position
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone
from neuralstudio.training.history import History

_USUAL_END = "all epochs done"


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
        self._last = perf_counter()

    def resume(self) -> None:
        """The run begins or goes on: the time until now does not count for the speed."""
        self.outcome = None
        self._last = perf_counter()

    def seconds_left(self, position: Position, epochs: int) -> float | None:
        """Until so many epochs are done, at the present speed; None while that is not known."""
        started, speed = self.started, self.samples_per_second
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
                case Started():
                    self.started = event
                case Finished():
                    self.outcome = event
                case _:
                    pass
        now = perf_counter()
        if samples:
            speed = samples / max(now - self._last, 1e-6)
            old = self.samples_per_second
            self.samples_per_second = speed if not old else 0.8 * old + 0.2 * speed
        self._last = now
        return samples
