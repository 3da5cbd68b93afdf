"""How long an epoch takes: tried out when the document is left alone for a moment, or seen in the run."""

import logging
from threading import Event

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from neuralstudio.data._base import Data
from neuralstudio.project.document import Project
from neuralstudio.session.changes import is_live_change
from neuralstudio.session.trial import seconds_per_epoch
from neuralstudio.ui.document import Document
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.training import TrainingController

_log = logging.getLogger(__name__)
QUIET = 700
"""Milliseconds without an edit before a trial begins."""


class _Trial(QThread):
    """A trial of one project, away from the window's thread."""

    def __init__(self, project: Project, data: Data, parent: QObject) -> None:
        super().__init__(parent)
        self.project, self._data = project, data
        self.seconds: float | None = None
        self.is_over = Event()

    def run(self) -> None:
        try:
            self.seconds = seconds_per_epoch(self.project, self._data, should_stop=self.is_over.is_set)
        except Exception:  # noqa: BLE001 - nothing may escape a thread
            _log.exception("trying how long an epoch takes")


class Estimate(QObject):
    """``seconds_per_epoch`` of the document as it is; None while that is not known."""

    changed = Signal()
    """``words`` are others."""

    def __init__(
        self,
        document: Document,
        loader: DataLoader,
        training: TrainingController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._loader, self._training = document, loader, training
        self._known: tuple[Project, float] | None = None
        self._trial: _Trial | None = None
        self._is_finished = False
        self._announced = ""
        self._quiet = QTimer(self, singleShot=True, interval=QUIET)
        self._quiet.timeout.connect(self._begin)
        document.changed.connect(self._on_changed)
        loader.changed.connect(self._on_changed)
        training.state_changed.connect(self._on_changed)
        self._pace = Pace(self._announce, 1000, self)
        training.progressed.connect(self._pace.request)

    @property
    def seconds_per_epoch(self) -> float | None:
        progress = self._training.progress
        if progress.samples_per_second and progress.started is not None:
            return progress.started.samples_per_epoch / progress.samples_per_second
        return self._known[1] if self._known and self._is_of(self._known[0]) else None

    @property
    def words(self) -> str:
        """ "≈ 2.1 s an epoch"; "" while it is not known."""
        seconds = self.seconds_per_epoch
        return "" if seconds is None else self.tr("≈ {time} an epoch").format(time=duration(seconds))

    def finish(self) -> None:
        """Ends a trial under way and begins no other; called before the window goes."""
        self._is_finished = True
        if self._trial is not None:
            self._trial.is_over.set()
            self._trial.wait()

    @property
    def _may_try(self) -> bool:
        return self._training.state in ("idle", "paused") and not self._is_finished

    def _is_of(self, project: Project) -> bool:
        return is_live_change(project, self._document.project)

    def _on_changed(self) -> None:
        if self._trial is not None and not (self._is_of(self._trial.project) and self._may_try):
            self._trial.is_over.set()  # after the step under way; what it found does not count
        self._announce()
        if self.seconds_per_epoch is None:
            self._quiet.start()

    def _begin(self) -> None:
        data = self._loader.data
        is_open = self._may_try and self._trial is None and self.seconds_per_epoch is None
        if not is_open or data is None or data.signature != self._document.project.dataset.signature:
            return
        if self._document.report.can_train:
            self._trial = _Trial(self._document.project, data, self)
            self._trial.finished.connect(self._on_finished)
            self._trial.start(QThread.Priority.LowPriority)

    def _on_finished(self) -> None:
        trial, self._trial = self._trial, None
        if trial is None:
            return
        trial.deleteLater()
        if trial.is_over.is_set():
            self._quiet.start()  # another edit came meanwhile
        elif trial.seconds is not None:
            self._known = trial.project, trial.seconds
        self._announce()

    def _announce(self) -> None:
        if self.words != self._announced:
            self._announced = self.words
            self.changed.emit()


def duration(seconds: float) -> str:
    """A time with as many figures as an estimate deserves: "0.5 ms", "180 ms", "2.1 s", "3 min", "1.5 h"."""
    for size, unit in ((3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / size:.2g} {unit}" if seconds < 10 * size else f"{seconds / size:.0f} {unit}"
    thousandths = 1000 * seconds
    return f"{thousandths:.0f} ms" if thousandths >= 10 else f"{thousandths:.1g} ms"
