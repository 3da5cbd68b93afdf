"""Where a run waits between two steps: for an order, or for the time of its next step."""

from collections.abc import Callable
from enum import Enum
from threading import Condition
from time import perf_counter

from neuralstudio.session.speed import FULL, Speed
from neuralstudio.training.events import EpochDone, Event, StepDone


class Order(Enum):
    """What the run is told to do."""

    RUN = "run"
    STEP_BATCH = "step batch"
    STEP_EPOCH = "step epoch"
    PAUSE = "pause"
    STOP = "stop"


class Gate:
    """Where a run waits between steps. All methods may be called from any thread."""

    def __init__(self, order: Order = Order.RUN, speed: Speed = FULL) -> None:
        self._order = order
        self._speed = speed
        self._is_held = False
        self._is_waiting = False
        self._words = 0
        self._changed = Condition()

    @property
    def order(self) -> Order:
        return self._order

    @property
    def speed(self) -> Speed:
        return self._speed

    def give(self, order: Order) -> None:
        """Tells the run what to do from the next step on."""
        with self._changed:
            self._order = order
            if order is not Order.PAUSE:
                self._is_waiting = False  # at once: who waits for the next pause must not see the last one
            self._tell()

    def set_speed(self, speed: Speed) -> None:
        """Tells the run how fast to go, at once: a run that waits for its next step looks anew."""
        with self._changed:
            self._speed = speed
            self._tell()

    def hold(self) -> None:
        """Makes the run stand still between two steps, whatever its order, until ``let_go``."""
        with self._changed:
            self._is_held = True
            self._tell()

    def let_go(self) -> None:
        """The order is in force again."""
        with self._changed:
            self._is_held = False
            self._tell()

    def passes(self, on_wait: Callable[[], None]) -> bool:
        """Waits while the order is to pause (``on_wait`` is called once before); False: stop."""
        if self._order is Order.PAUSE or self._is_held:
            on_wait()
            with self._changed:
                while self._stands():
                    self._changed.wait()
        return self._order is not Order.STOP

    def rests_until(self, due: float) -> bool:
        """Waits for a time by ``perf_counter``; False: a word came before it."""
        with self._changed:
            words = self._words
            if self._is_held or self._order is not Order.RUN:
                return False
            return not self._changed.wait_for(lambda: self._words != words, max(0.0, due - perf_counter()))

    def _stands(self) -> bool:
        is_paused = self._order is Order.PAUSE or (self._is_held and self._order is not Order.STOP)
        self._is_waiting = is_paused
        self._changed.notify_all()
        return self._is_waiting

    def _tell(self) -> None:
        self._words += 1
        self._changed.notify_all()

    def wait_until_still(self, seconds: float) -> bool:
        """Waits until the run stands still between two steps; False when it did not within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_waiting, seconds)

    def after(self, event: Event) -> None:
        """A single step is over: pause again, unless another order came meanwhile."""
        step = {StepDone: Order.STEP_BATCH, EpochDone: Order.STEP_EPOCH}.get(type(event))
        if step is not None and self._order is step:
            with self._changed:
                if self._order is step:
                    self._order = Order.PAUSE
                    self._tell()
