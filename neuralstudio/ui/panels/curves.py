"""The panel Curves: loss and accuracy side by side, growing while the network learns."""

from dataclasses import replace
from html import escape

from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from neuralstudio.engine.metrics import usual_metric
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.figures.curves import CurvesWidget
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.replay_bar import ReplayBar
from neuralstudio.ui.run_list import colour_of, metric_of
from neuralstudio.ui.studio import Studio
from neuralstudio.views import curves
from neuralstudio.views._base import Curves

_SMOOTHING_KEY = "curves/smoothing"
_LOG_KEY = "curves/log-y"
_INTERVAL_MS = 500
"""Between two drawings of the same plot: more often than that no eye needs it, and frames get dear."""
_ROOMY = 640
"""Pixels of width below which words make room for sliders."""
_FORESEEABLE = 10_000
"""Epochs of a run that is meant to reach its end; the axis shows what is still to come of it."""


class CurvesPanel(Panel):
    """Two plots, a slider for smoothing and a switch for a logarithmic loss."""

    tag = "curves"
    title = "Curves"
    area = "bottom"
    order = 0

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._plots = tuple(figure_widget(Curves, studio.theme.theme) for _ in range(2))
        for plot, name in zip(self._plots, ("loss", "metric"), strict=True):
            plot.setObjectName(f"{name}-curves")
            studio.theme.theme_changed.connect(plot.set_theme)
        self._slider = self._new_slider()
        self._value = QLabel()
        self._value.setProperty("role", "muted")
        self._log = QCheckBox(self.tr("Log y"))
        self._log.setObjectName("log-y")
        self._log.setAccessibleName(self.tr("Logarithmic loss axis"))
        self._log.setToolTip(self.tr("Show the loss on a logarithmic axis"))
        self._log.toggled.connect(self._on_log_toggled)
        self._kept = QLabel()
        self._kept.setObjectName("curves-kept")
        self._kept.setTextFormat(Qt.TextFormat.RichText)
        self._kept.setProperty("role", "caption")
        self._kept.setWordWrap(True)
        self._kept.setContentsMargins(12, 0, 12, 0)
        self._lay_out()
        self._next_plot = 0
        self._since_drawn = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._draw_next)
        self._pending = 0
        studio.training.progressed.connect(self._on_progressed)
        studio.document.changed.connect(self._on_progressed)
        studio.kept.changed.connect(self._on_progressed)
        studio.kept.changed.connect(self._show_kept)
        studio.theme.theme_changed.connect(lambda _theme: self._show_kept())
        self._show_kept()
        studio.replay.moved.connect(self._on_moved)
        self._log.setChecked(studio.settings.value(_LOG_KEY, "false") in (True, "true"))
        self._on_smoothing_changed()

    def _new_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName("smoothing")
        slider.setRange(0, round(curves.MOST_SMOOTHING * 100))
        slider.setFixedWidth(80)
        slider.setAccessibleName(self.tr("Smoothing"))
        slider.setToolTip(self.tr("How strongly the training line is averaged; 0 shows every step as it was"))
        remembered = self.studio.settings.value(_SMOOTHING_KEY, round(curves.DEFAULT_SMOOTHING * 100))
        slider.setValue(int(str(remembered)) if str(remembered).isdigit() else 60)
        slider.valueChanged.connect(self._on_smoothing_changed)
        return slider

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(12, 4, 12, 0)
        controls.setSpacing(8)
        controls.addWidget(ReplayBar(self.studio.replay, "history", is_compact=True), 1)
        controls.addWidget(self._value)
        controls.addWidget(self._slider)
        controls.addSpacing(8)
        controls.addWidget(self._log)
        plots = QHBoxLayout()
        plots.setContentsMargins(4, 0, 4, 2)
        plots.setSpacing(4)
        for plot in self._plots:
            plots.addWidget(plot, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(controls)
        rows.addWidget(self._kept)
        rows.addLayout(plots, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._value.setVisible(self.width() >= _ROOMY)

    @property
    def smoothing(self) -> float:
        """0…0.99, as set with the slider."""
        return self._slider.value() / 100

    # Drawing: one plot at a time, so that no frame pays for both

    def _on_progressed(self) -> None:
        self._pending = len(self._plots)
        if self.is_in_view and not self._timer.isActive():
            elapsed = self._since_drawn.elapsed() if self._since_drawn.isValid() else _INTERVAL_MS
            self._timer.start(max(0, _INTERVAL_MS // len(self._plots) - int(elapsed)))

    def _draw_next(self) -> None:
        if not self._pending or not self.is_in_view:
            return
        self._draw(self._next_plot)
        self._next_plot = (self._next_plot + 1) % len(self._plots)
        self._pending -= 1
        self._since_drawn.start()
        if self._pending:
            self._timer.start(_INTERVAL_MS // len(self._plots))

    def _draw(self, which: int) -> None:
        metric = usual_metric(len(self.studio.document.project.dataset.signature.classes))
        training = self.studio.training
        total = training.total_epochs
        limit = total if total <= _FORESEEABLE else None
        kept = self.studio.kept.shown
        if which:  # an accuracy says nothing beside errors
            kept = tuple(run for run in kept if metric_of(run) == metric)
        figures = curves.compute(training.history, metric, self.smoothing, limit, kept)
        self._plots[which].show_figure(replace(figures[which], empty=self._empty_sentence()))

    def _draw_all(self) -> None:
        for which in range(len(self._plots)):
            self._draw(which)
        self._pending = 0

    def _show_kept(self) -> None:
        """Which colour is whose run; the titles need more room than there is above a plot."""
        theme = self.studio.theme.theme
        names = (
            f"<span style='color:{colour_of(run, theme)}'>●</span>&nbsp;{escape(run.title)}"
            for run in self.studio.kept.shown
        )
        self._kept.setText(" &nbsp; ".join(names))
        self._kept.setVisible(bool(self.studio.kept.shown))

    def _empty_sentence(self) -> str:
        return self.tr("Loss and accuracy appear here when you press Train")

    def catch_up(self) -> None:
        self._draw_all()

    def _on_moved(self) -> None:
        for plot in self._plots:
            assert isinstance(plot, CurvesWidget)
            plot.set_marker(self.studio.replay.epoch)

    # Controls

    def _on_smoothing_changed(self) -> None:
        self._value.setText(self.tr("Smoothing {value}").format(value=f"{self.smoothing:.2f}"))
        self.studio.settings.setValue(_SMOOTHING_KEY, self._slider.value())
        self._draw_all()

    def _on_log_toggled(self, on: bool) -> None:
        self.studio.settings.setValue(_LOG_KEY, "true" if on else "false")
        loss: QWidget = self._plots[0]
        assert isinstance(loss, CurvesWidget)
        loss.set_log_y(on)
