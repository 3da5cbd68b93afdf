"""The window while MNIST trains: frame intervals, and training speed against the same run without a window.

Run: xvfb-run python -m tests.benchmarks.window [--rounds 3] [--json]   (or with QT_QPA_PLATFORM=offscreen)
Plots, network view and pad are visible. Epochs without a window's work, watched ones, and watched ones while
somebody draws take turns; frame intervals are those of both watched kinds.
"""

import argparse
import json
import os
import statistics
import tempfile
from math import cos, sin
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np
import psutil
from PySide6.QtCore import QEventLoop, QPoint, QSettings, Qt, QTimer
from PySide6.QtTest import QTest

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.project.examples import example
from neuralstudio.schema.fields import replaced
from neuralstudio.session.run import Run
from neuralstudio.training.events import EpochDone
from neuralstudio.ui.app import application
from neuralstudio.ui.pad import DigitPad
from neuralstudio.ui.window import StudioWindow
from tests.benchmarks.places import mnist_folder

TICK = 16
"""Milliseconds between ticks of the clock that notices when the window's thread is busy."""


class FrameClock:
    """Notes how long the window's thread goes without serving a timer."""

    def __init__(self) -> None:
        self.intervals: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = perf_counter()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = perf_counter()
        self.intervals.append(1000 * (now - self._last))
        self._last = now


class Scribbler:
    """Draws on the pad with the mouse all the time: fifty points a second, then a new digit."""

    def __init__(self, pad: DigitPad) -> None:
        self._pad = pad
        self._count = 0
        self._timer = QTimer()
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._draw)
        self._timer.start()

    def _draw(self) -> None:
        turn = self._count / 8
        side = self._pad.width()
        where = QPoint(round(side * (0.5 + 0.25 * cos(turn))), round(side * (0.5 + 0.3 * sin(1.7 * turn))))
        if self._count % 50 == 0:
            self._pad.clear()
            QTest.mousePress(self._pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
        QTest.mouseMove(self._pad, where)
        self._count += 1
        if self._count % 50 == 0:
            QTest.mouseRelease(self._pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)

    def stop(self) -> None:
        self._timer.stop()


def live(milliseconds: int) -> None:
    """Lets the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Watched:
    """One epoch at a time in the window."""

    def __init__(self, window: StudioWindow, clock: FrameClock) -> None:
        self._window = window
        self._clock = clock
        self._seconds = 0.0

    def epoch(self) -> float:
        """Seconds of one more epoch, evaluation excluded."""
        training = self._window.studio.training
        loop = QEventLoop()
        training.state_changed.connect(lambda: loop.quit() if training.state != "running" else None)
        self._clock.start()
        training.step_epoch()
        loop.exec()
        self._clock.stop()
        before, self._seconds = self._seconds, training.position.seconds
        return self._seconds - before


class Headless:
    """The same run in this thread, one epoch at a time, while the window has nothing to do."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seconds = [0.0]

    def epoch(self) -> float:
        """Seconds of one more epoch, evaluation excluded."""
        done = self._run.learner.position.epoch
        self._run.train(self._post, done + 1)
        return self._seconds[-1] - self._seconds[-2]

    def _post(self, event: object) -> None:
        if isinstance(event, EpochDone):
            self._seconds.append(event.seconds)


def main() -> None:
    """Measures in turns and prints medians, percentiles and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    digits = example("digits-mlp")
    project = msgspec.structs.replace(
        digits,
        dataset=Mnist(folder=str(mnist_folder())),
        trainer=replaced(digits.trainer, epochs=1000),
    )
    application()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        window = StudioWindow(settings)
        window.show()
        window.studio.document.open(project)
        window.show_work()
        window.show_panel("network")
        window.docks.raise_panel("curves")
        window.docks.raise_panel("draw")
        live(1500)
        pad = window.findChild(DigitPad, "pad")
        assert pad is not None
        clock = FrameClock()
        watched, headless = Watched(window, clock), Headless(Run(project, project.dataset.load(1)))
        watched.epoch()
        headless.epoch()
        clock.intervals.clear()
        times: dict[str, list[float]] = {"headless": [], "watched": [], "drawing": []}
        for _ in range(options.rounds):
            times["headless"].append(headless.epoch())
            times["watched"].append(watched.epoch())
            scribbler = Scribbler(pad)
            times["drawing"].append(watched.epoch())
            scribbler.stop()
        window.studio.training.stop()
        window.studio.document.mark_saved(Path(folder, "none"))
        memory = psutil.Process(os.getpid()).memory_info().rss / 2**20
        window.close()
    intervals = np.array(clock.intervals)
    medians = {name: statistics.median(each) for name, each in times.items()}
    result = {
        "name": "window",
        "unit": "ms",
        "frames": len(intervals),
        "interval_p50": round(float(np.percentile(intervals, 50)), 1),
        "interval_p95": round(float(np.percentile(intervals, 95)), 1),
        "interval_p99": round(float(np.percentile(intervals, 99)), 1),
        "interval_max": round(float(intervals.max()), 1),
        **{f"{name}_seconds_per_epoch": round(median, 3) for name, median in medians.items()},
        "speed_ratio": round(medians["headless"] / medians["watched"], 3),
        "speed_ratio_while_drawing": round(medians["headless"] / medians["drawing"], 3),
        "memory_mb": round(memory),
    }
    if not options.json:
        for name, each in times.items():
            print(f"{name:10}", ", ".join(f"{seconds:.3f}" for seconds in each), "s/epoch")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
