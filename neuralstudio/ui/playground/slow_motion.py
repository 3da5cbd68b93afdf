"""Slow motion: which sample of the batch to come is its turn now, one after the other at the chosen pace."""

from time import perf_counter

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.studio import Studio

_FRAME = 33
"""Milliseconds between two looks at the clock, at least."""


class SlowMotion(QObject):
    """Walks through the rows of the next batch while the run waits for it; rests where nobody looks."""

    changed = Signal()
    """Another sample has its turn, or none any more."""

    def __init__(self, studio: Studio, watcher: QWidget) -> None:
        super().__init__(watcher)
        self._studio, self._watcher = studio, watcher
        self.row: int | None = None
        """Of the sample among the training samples."""
        self.place = (0, 0)
        """Its number in the batch, from 1, and how many there are."""
        self._batch: tuple[int, tuple[int, ...]] | None = None
        self._since = 0.0
        self._timer = QTimer(self, interval=_FRAME)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        training = studio.training
        training.weights_changed.connect(self._take_in)
        training.state_changed.connect(self._take_in)
        training.speed_changed.connect(self._take_in)

    def _take_in(self) -> None:
        """Another batch comes up, or the run is not in slow motion any more."""
        training = self._studio.training
        rows, started = training.upcoming, training.started
        if rows is None or started is None or training.state != "running" or not self._watcher.isVisible():
            self._batch = None
            self._timer.stop()
            self._become(None, (0, 0))
            return
        batch = (training.position.step, tuple(np.ravel(rows).tolist()))
        if batch != self._batch:
            self._batch, self._since = batch, perf_counter()
        self._look()
        samples = training.speed.steps_per_second(started.batch_size, started.steps_per_epoch) * len(rows)
        if np.isfinite(samples):
            self._timer.start(max(_FRAME, round(min(250.0, 250 / samples))))

    def _look(self) -> None:
        training = self._studio.training
        started = training.started
        if self._batch is None or started is None or not self._batch[1]:
            return
        rows = self._batch[1]
        steps = training.speed.steps_per_second(started.batch_size, started.steps_per_epoch)
        done = (perf_counter() - self._since) * steps * len(rows)
        number = min(len(rows) - 1, int(min(done, len(rows))))
        self._become(rows[number], (number + 1, len(rows)))

    def _become(self, row: int | None, place: tuple[int, int]) -> None:
        if (row, place) != (self.row, self.place):
            self.row, self.place = row, place
            self.changed.emit()
