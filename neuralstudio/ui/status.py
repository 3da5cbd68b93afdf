"""The line at the bottom: what goes on, what is wrong, and how good the network is."""

import os
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar

from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.progress import ending
from neuralstudio.ui.studio import Studio

_PASSING, _TOLD = 20_000, 4_000
"""Milliseconds a warning and a message stay."""
_FRESH = 500
"""A warning this young is about the change that just happened."""


class _Line(QLabel):
    """One line that takes what room there is, and ends in dots where that is too little."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class StatusLine(QObject):
    """Keeps a status bar true. A warning stays until the document changes or training begins."""

    def __init__(self, studio: Studio, bar: QStatusBar) -> None:
        super().__init__(bar)
        self._studio = studio
        self._is_fresh = QElapsedTimer()
        self._from_loader = ""
        """The loader's sentence that is shown."""
        self._bar = bar
        self._state = QLabel()
        self._state.setObjectName("status-state")
        self._warning = _Line()
        self._warning.setObjectName("status-warning")
        self._warning.setProperty("role", "warning")
        self._score = QLabel()
        self._score.setObjectName("status-score")
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(8, 0, 10, 0)
        bar.addWidget(self._state)
        bar.addWidget(self._warning, 1)
        bar.addPermanentWidget(self._score)
        training = studio.training
        training.state_changed.connect(self._on_state_changed)
        self._pace = Pace(self._show, 400, self)
        training.progressed.connect(self._pace.request)
        training.weights_changed.connect(self._pace.request)  # they may be set by hand
        training.warned.connect(self.warn)
        training.told.connect(self.tell)
        training.finished.connect(self._on_finished)
        studio.document.changed.connect(self._on_document_changed)
        self._passing = QTimer(self, singleShot=True, interval=_PASSING)
        self._passing.timeout.connect(lambda: self._warn(""))
        studio.loader.changed.connect(self._on_loader_changed)
        self._show()

    def _on_state_changed(self) -> None:
        if self._studio.training.state == "running":
            self._warn("")
        self._show()

    def _on_document_changed(self) -> None:
        if not self._is_fresh.isValid() or self._is_fresh.elapsed() > _FRESH:
            self._warn("")  # what was said was said of another document
        self._show()

    def _on_loader_changed(self) -> None:
        """What was said of other data is true no more."""
        loader = self._studio.loader
        if self._from_loader and not loader.is_loading and loader.problem != self._from_loader:
            if self._warning.text() == self._from_loader:
                self._warn("")
            self._from_loader = ""
        self._show()

    def _on_finished(self) -> None:
        """Says why the run ended where it did not simply reach its last epoch."""
        outcome = self._studio.training.outcome
        if outcome is not None and ending(outcome) and not self._warning.text():
            self._warn(ending(outcome), role="muted")

    def warn(self, sentence: str) -> None:
        """Says what is wrong until something is done about it, or a while has passed."""
        self.say(sentence, "warning")

    def say(self, sentence: str, role: str) -> None:
        """Says what is wrong ("warning"), or what is worth knowing ("muted") until something else is done."""
        self._is_fresh.start()
        self._warn(sentence, role)

    def tell(self, sentence: str) -> None:
        """Says something good for a moment."""
        self._bar.showMessage(sentence, _TOLD)

    def _warn(self, sentence: str, role: str = "warning") -> None:
        if self._warning.property("role") != role:
            self._warning.setProperty("role", role)
            self._warning.style().unpolish(self._warning)
            self._warning.style().polish(self._warning)
        self._warning.setText(sentence)
        self._warning.setToolTip(sentence)
        if sentence and role == "warning":
            self._passing.start()

    def _show(self) -> None:
        training, loader = self._studio.training, self._studio.loader
        words = {"loading": self.tr("Loading"), "running": self.tr("Training"), "paused": self.tr("Paused")}
        state = words.get(training.state, self.tr("Ready"))
        if loader.is_loading:
            state = self.tr("Loading {}…").format(self._studio.document.project.dataset.title)
        elif training.outcome is not None and training.state == "idle":
            state = self.tr("Finished") if training.outcome.is_complete else self.tr("Stopped")
        self._state.setText(f"●  {state}    {self.tr('{} MB').format(_memory())}  ")
        problems = self._studio.document.report.problems
        if not self._warning.text() and loader.problem:
            # A plane nobody has painted on yet is nothing to be warned of.
            is_begun = bool(getattr(self._studio.document.project.dataset, "points", True))
            self._from_loader = loader.problem
            self._warn(loader.problem, "warning" if is_begun else "muted")
        elif problems and not training.position.step and not self._warning.text():
            self._state.setToolTip(str(problems[0]))
        self._score.setText(self._score_text())

    def _score_text(self) -> str:
        epochs = self._studio.training.history.epochs.rows
        if not len(epochs):
            return ""
        if self._studio.training.progress.is_edited:
            return self.tr("Weights changed by hand since the last epoch")
        loss, metric = epochs[-1, 3], epochs[-1, 4]
        outcome = self._studio.training.outcome
        if outcome is not None and self._studio.training.state == "idle":
            loss, metric = outcome.test_loss, outcome.test_metric  # those of the weights put back
        train = self._penalised()
        if self._studio.document.project.dataset.signature.classes:
            test = self.tr("Test accuracy {}  ·  test loss {}").format(f"{100 * metric:.1f} %", f"{loss:.3f}")
        else:
            test = self.tr("Test loss {}").format(f"{loss:.4g}")
        return f"{train}  ·  {test}" if train else test

    def _penalised(self) -> str:
        """The training loss and what the penalties add to it; "" where they add nothing."""
        step = self._studio.training.last_step
        if step is None or not step.penalty:
            return ""
        return self.tr("Loss {} + penalty {}").format(f"{step.loss:.3f}", f"{step.penalty:.3f}")


def _memory() -> int:
    """Resident memory of this process in MB, where the system tells it cheaply; else 0."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
    except OSError:
        return 0
