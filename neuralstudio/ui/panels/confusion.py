"""The panel Confusion: which digits the network takes for which, counted anew after every epoch."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QHBoxLayout

from neuralstudio.data._base import Samples
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.pacing import affordable
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.views import confusion
from neuralstudio.views._base import Bars, Heatmap

MOST_SAMPLES = 2000
CHUNK = 250
"""Samples predicted in one turn of the timer: a few milliseconds for the usual networks."""
_WHOLE_BUDGET = 4e9
"""Floating-point operations for a count while training: a large network is asked for fewer samples."""
_INTERVAL_MS = 500
"""A small network finishes many epochs a second; nobody reads a matrix that often."""


class ConfusionPanel(Panel):
    """The confusion matrix of the test samples, and the accuracy of each class beside it.

    While the network trains only a part of the samples is counted, so as not to hold it up.
    """

    tag = "confusion"
    title = "Confusion"
    area = "bottom"
    order = 1

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._matrix = figure_widget(Heatmap, studio.theme.theme)
        self._matrix.setObjectName("confusion-matrix")
        self._bars = figure_widget(Bars, studio.theme.theme)
        self._bars.setObjectName("class-accuracy")
        columns = QHBoxLayout(self)
        columns.setContentsMargins(4, 2, 4, 2)
        columns.setSpacing(4)
        columns.addWidget(self._matrix, 3)
        columns.addWidget(self._bars, 2)
        for widget in (self._matrix, self._bars):
            studio.theme.theme_changed.connect(widget.set_theme)
        self._counts = np.zeros((0, 0), dtype=np.int64)
        self._next = 0
        self._epoch_seen: object = None
        self._is_stale = True
        self._since_begun = QElapsedTimer()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._count_chunk)
        studio.training.progressed.connect(self._on_progressed)
        studio.training.weights_changed.connect(self._on_weights_changed)
        studio.training.state_changed.connect(self._on_weights_changed)
        studio.loader.changed.connect(self._recount)
        studio.document.changed.connect(self._recount)

    def catch_up(self) -> None:
        if self._is_stale:
            self._recount()

    def _on_progressed(self) -> None:
        epoch = self.studio.training.last_epoch
        if epoch is not self._epoch_seen:
            self._epoch_seen = epoch
            is_soon = self._since_begun.isValid() and self._since_begun.elapsed() < _INTERVAL_MS
            if not is_soon or epoch is None:
                self._recount()

    def _on_weights_changed(self) -> None:
        """While the run stands still, every change of the weights counts; while it runs, only epochs do."""
        if self.studio.training.state != "running":
            self._recount()

    def _recount(self) -> None:
        self._is_stale = True
        self._timer.stop()
        if not self.is_in_view:
            return
        sentence = self._why_not()
        if sentence:
            self._show_empty(sentence)
            return
        classes = len(self.studio.document.project.dataset.signature.classes)
        self._counts = np.zeros((classes, classes), dtype=np.int64)
        self._next = 0
        self._since_begun.start()
        self._timer.start()

    def _count_chunk(self) -> None:
        predictor, samples = self.studio.training.predictor, self._samples()
        if predictor is None or samples is None or not self.is_in_view:
            self._timer.stop()
            return
        cost = predictor.model.cost.flops
        part = min(len(samples), affordable(cost, MOST_SAMPLES, _WHOLE_BUDGET))
        count = part if self.studio.training.state == "running" else len(samples)
        end = min(self._next + affordable(cost, CHUNK), part if self._next < part else count)
        if self._next < end:
            self._counts += confusion.counted(predictor.model, samples[self._next : end])
            self._next = end
        if end in (part, count):  # the part is worth a look before the rest is counted
            self._show_counts(samples.targets.size)
        if end == count:
            self._is_stale = False
            self._timer.stop()

    def _samples(self) -> Samples | None:
        data = self.studio.loader.data
        wanted = self.studio.document.project.dataset.signature
        return data.test if data is not None and data.signature == wanted else None

    def _show_counts(self, of: int) -> None:
        classes = self.studio.document.project.dataset.signature.classes
        self._bars.show()
        self._matrix.show_figure(confusion.compute(self._counts, classes, of))
        self._bars.show_figure(confusion.by_class(self._counts, classes))

    def _show_empty(self, sentence: str) -> None:
        self._bars.hide()
        self._matrix.show_figure(
            replace(confusion.compute(np.zeros((0, 0), dtype=np.int64), ()), empty=sentence)
        )

    def _why_not(self) -> str:
        """Why there is nothing to count, and what to do; empty if there is."""
        if not self.studio.document.project.dataset.signature.classes:
            return self.tr("A confusion matrix needs classes, but this data set has numbers to predict.")
        if self.studio.training.predictor is None:
            return self.tr("Which class is taken for which appears here once the network has no problems.")
        if self._samples() is None:
            return self.tr("Which class is taken for which appears here when you press Train.")
        return ""
