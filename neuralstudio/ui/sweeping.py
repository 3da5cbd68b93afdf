"""A sweep in a thread of its own, which gives way to everything else."""

import logging
from threading import Event
from time import perf_counter

from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal

from neuralstudio.session.sweep import Cell, Sweep

_log = logging.getLogger(__name__)
_INTERVAL = 0.1
"""Seconds between two words about the progress."""


class _Job(QThread):
    """Runs one sweep to its end, or until it is cancelled."""

    found = Signal(object)
    progressed = Signal(float)

    def __init__(self, sweep: Sweep, parent: QObject) -> None:
        super().__init__(parent)
        self._sweep = sweep
        self._next_word = 0.0
        self.is_cancelled = Event()
        self.failure = ""

    def run(self) -> None:
        try:
            for cell in self._sweep.run(self.is_cancelled.is_set, self._tell):
                self.found.emit(cell)
        except Exception as error:  # noqa: BLE001 - nothing may escape a thread
            _log.exception("sweep")
            self.failure = f"The sweep stopped: {error}"

    def _tell(self, share: float) -> None:
        now = perf_counter()
        if now >= self._next_word or share >= 1:
            self._next_word = now + _INTERVAL
            self.progressed.emit(share)


class Sweeping(QObject):
    """Starts and cancels sweeps, one at a time, and collects what they find."""

    changed = Signal()
    """One began or ended."""
    cell_found = Signal(object)
    """The next ``Cell``."""
    progressed = Signal(float)
    """The share that is done, from 0 to 1."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sweep: Sweep | None = None
        """The present sweep, or the last one."""
        self.cells: dict[tuple[int, int], Cell] = {}
        """What it has found, by row and column."""
        self.share = 0.0
        self._job: _Job | None = None
        self._leaving: list[_Job] = []
        """Cancelled, but still at the step they were at."""
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.finish)

    @property
    def is_running(self) -> bool:
        return self._job is not None

    def start(self, sweep: Sweep) -> None:
        """Begins a sweep; another under way is cancelled."""
        self.cancel()
        self.sweep, self.cells, self.share = sweep, {}, 0.0
        self._job = _Job(sweep, self)
        self._job.found.connect(self._on_found)
        self._job.progressed.connect(self._on_progressed)
        self._job.finished.connect(self._on_finished)
        self._job.start(QThread.Priority.LowestPriority)
        self.changed.emit()

    def cancel(self) -> None:
        """Ends it after the step under way, for which nobody waits; what was found stays."""
        job = self._job
        if job is not None:
            job.is_cancelled.set()
            self._leaving.append(job)
            self._end()

    def finish(self) -> None:
        """Cancels, and waits until no thread is left: before the window goes."""
        self.cancel()
        for job in self._leaving:
            job.wait()

    def _on_found(self, cell: Cell) -> None:
        if self.sender() is self._job:
            self.cells[cell.row, cell.column] = cell
            self.cell_found.emit(cell)

    def _on_progressed(self, share: float) -> None:
        if self.sender() is self._job:
            self.share = share
            self.progressed.emit(share)

    def _on_finished(self) -> None:
        job = self.sender()
        assert isinstance(job, _Job)
        if job is self._job:
            self._end()
            if job.failure:
                self.failed.emit(job.failure)
        else:
            self._leaving.remove(job)
        job.deleteLater()

    def _end(self) -> None:
        self._job = None
        self.changed.emit()
