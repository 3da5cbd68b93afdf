"""A live figure is drawn no more often than its interval, and the last request is never lost."""

from time import perf_counter

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from neuralstudio.ui.pacing import SHARE, Pace, at_once

INTERVAL = 60
EARLY = 0.93
"""Qt's timers may end a twentieth early."""


class Work:
    """Remembers what there was to draw when it was drawn, and when."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.value = 0
        self.drawn: list[int] = []
        self.times: list[tuple[float, float]] = []
        self._seconds = seconds

    def __call__(self) -> None:
        begin = perf_counter()
        self.drawn.append(self.value)
        while perf_counter() - begin < self._seconds:
            pass
        self.times.append((begin, perf_counter()))


def test_the_first_request_is_met_at_once(qtbot: QtBot) -> None:
    parent, work = QObject(), Work()
    Pace(work, INTERVAL, parent).request()
    assert work.drawn == [0]


def test_many_requests_are_one_and_the_last_is_met(qtbot: QtBot) -> None:
    parent, work = QObject(), Work()
    pace = Pace(work, INTERVAL, parent)
    for work.value in range(1, 101):
        pace.request()
    assert work.drawn == [1]
    qtbot.waitUntil(lambda: work.drawn[-1] == 100)
    assert work.drawn == [1, 100]


def test_the_interval_is_kept_from_end_to_beginning(qtbot: QtBot) -> None:
    parent, work = QObject(), Work()
    pace = Pace(work, INTERVAL, parent)

    def is_done() -> bool:
        work.value += 1
        pace.request()
        return len(work.times) >= 4

    qtbot.waitUntil(is_done)
    for (_, end), (begin, _) in zip(work.times, work.times[1:], strict=False):
        assert begin - end >= EARLY * INTERVAL / 1000
    last = work.value
    qtbot.waitUntil(lambda: work.drawn[-1] == last)


def test_expensive_work_is_done_more_seldom(qtbot: QtBot) -> None:
    parent, work = QObject(), Work(seconds=0.004)
    pace = Pace(work, 10, parent)
    pace.request()
    pace.request()
    qtbot.waitUntil(lambda: len(work.times) == 2)
    assert work.times[1][0] - work.times[0][1] >= EARLY * 0.004 / SHARE


def test_now_works_at_once_and_meets_what_was_asked(qtbot: QtBot) -> None:
    parent, work = QObject(), Work()
    pace = Pace(work, 100_000, parent)
    pace.request()
    work.value = 7
    pace.request()
    pace.now()
    assert work.drawn == [0, 7]


def test_what_is_to_be_seen_at_once_does_not_wait(qtbot: QtBot) -> None:
    parent, work = QObject(), Work()
    pace = Pace(work, 100_000, parent)
    pace.request()
    with at_once():
        for work.value in range(1, 4):
            pace.request()
    pace.request()
    assert work.drawn == [0, 1, 2, 3]
