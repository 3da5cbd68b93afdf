"""A sweep runs beside the window: cells come one by one, and it ends when it is told to."""

from collections.abc import Iterator
from threading import Event

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from neuralstudio.session.sweep import Cell, Sweep
from neuralstudio.session.sweepable import settings_of
from neuralstudio.ui.sweeping import Sweeping
from tests.ui.window.runs import SECONDS, project


@pytest.fixture
def sweeping(qtbot: QtBot) -> Iterator[Sweeping]:
    sweeping = Sweeping()
    yield sweeping
    sweeping.finish()


def sweep(epochs: int = 2) -> Sweep:
    settings = {each.key: each for each in settings_of(project())}
    first = settings["optimiser/learning_rate"], (0.01, 0.1)
    return Sweep(project(), first, (settings["dense-1/units"], (2, 3)), epochs)


def test_all_cells_are_found_in_order(sweeping: Sweeping, qtbot: QtBot) -> None:
    found: list[Cell] = []
    sweeping.cell_found.connect(found.append)
    states: list[bool] = []
    sweeping.changed.connect(lambda: states.append(sweeping.is_running))
    sweeping.start(sweep())
    qtbot.waitUntil(lambda: not sweeping.is_running, timeout=SECONDS)
    qtbot.waitUntil(lambda: len(found) == 4)
    assert [(cell.row, cell.column) for cell in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert list(sweeping.cells.values()) == found
    assert sweeping.share == 1
    assert states == [True, False]


def test_a_cancelled_sweep_keeps_what_it_found_and_tells_no_more(sweeping: Sweeping, qtbot: QtBot) -> None:
    sweeping.start(sweep(epochs=200))
    qtbot.waitUntil(lambda: len(sweeping.cells) >= 1, timeout=SECONDS)
    sweeping.cancel()
    assert not sweeping.is_running
    known = dict(sweeping.cells)
    assert len(known) < 4
    qtbot.wait(50)
    assert sweeping.cells == known


def test_another_sweep_takes_the_place_of_the_first(sweeping: Sweeping, qtbot: QtBot) -> None:
    sweeping.start(sweep(epochs=10**6))
    second = sweep()
    sweeping.start(second)
    assert sweeping.sweep is second
    qtbot.waitUntil(lambda: not sweeping.is_running and len(sweeping.cells) == 4, timeout=SECONDS)


def test_the_window_is_served_while_a_sweep_runs(sweeping: Sweeping, qtbot: QtBot) -> None:
    ticks: list[int] = []
    timer = QTimer()
    timer.setInterval(10)
    timer.timeout.connect(lambda: ticks.append(1))
    sweeping.start(sweep(epochs=10**6))
    timer.start()
    qtbot.waitUntil(lambda: len(ticks) > 20 and sweeping.share > 0, timeout=SECONDS)
    timer.stop()
    assert sweeping.is_running


class Stuck(Sweep):
    """Stands still in the middle of its first step, as in the loading of a large data set."""

    def __init__(self) -> None:
        self.is_there, self.may_go = Event(), Event()

    def run(self, *_: object) -> Iterator[Cell]:
        self.is_there.set()
        self.may_go.wait()
        yield Cell(0, 0)


def test_cancelling_does_not_wait_for_the_step_under_way(sweeping: Sweeping, qtbot: QtBot) -> None:
    stuck = Stuck()
    sweeping.start(stuck)
    qtbot.waitUntil(stuck.is_there.is_set, timeout=SECONDS)
    sweeping.cancel()
    assert not sweeping.is_running
    second = sweep()
    sweeping.start(second)
    qtbot.waitUntil(lambda: not sweeping.is_running and len(sweeping.cells) == 4, timeout=SECONDS)
    stuck.may_go.set()
    sweeping.finish()
    assert len(sweeping.cells) == 4, "what comes late from a cancelled sweep is not taken in"
