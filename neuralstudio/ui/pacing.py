"""Keeps live figures from taking the training's time: how often is decided by what it costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

SHARE = 1 / 40
"""Part of the window's time one live figure may take: Qt paints with Python's lock held, training waits."""


BUDGET = 100e6
"""Floating-point operations a figure may ask of a network in one go: some milliseconds."""


def affordable(flops: float, most: int, budget: float = BUDGET) -> int:
    """How many samples fit into the budget where one costs ``flops``: 1 to ``most``."""
    return max(1, min(most, int(budget / max(flops, 1.0))))


_urgent = 0


@contextmanager
def at_once() -> Iterator[None]:
    """Within it all requests are met at once: somebody drags through time and looks at every figure."""
    global _urgent
    _urgent += 1
    try:
        yield
    finally:
        _urgent -= 1


class Pace(QObject):
    """Calls ``work`` when asked to, but no more often than every ``interval`` ms, and within its share.

    Several requests in between become one; the last is never lost. ``share`` is the part of the time it may
    take, where that is another than the usual.
    """

    def __init__(
        self, work: Callable[[], None], interval: int, parent: QObject, share: float = SHARE
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._share = share
        self._least = interval / 1000
        self._cost = 0.0
        self._ready_at = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.now)

    def request(self) -> None:
        """Works now if enough time has passed (or all is ``at_once``), else as soon as it has."""
        wait = self._ready_at - perf_counter()
        if wait <= 0 or _urgent:
            self.now()
        elif not self._timer.isActive():
            self._timer.start(max(1, round(1000 * wait)))

    def now(self) -> None:
        """Works at once."""
        self._timer.stop()
        begin = perf_counter()
        self._work()
        end = perf_counter()
        self._cost = end - begin if not self._cost else 0.7 * self._cost + 0.3 * (end - begin)
        self._ready_at = end + max(self._least, self._cost / self._share)
