"""How the weights of one card are spread, live while it trains."""

from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.forms.sentence import headline
from neuralstudio.ui.studio import Studio
from neuralstudio.views import weights
from neuralstudio.views._base import Histogram

_INTERVAL = 250


class WeightsSection(QWidget):
    """Histogram, mean and deviation of a node's largest weight array; at most four times a second."""

    def __init__(self, studio: Studio, node_id: str) -> None:
        super().__init__()
        self._studio = studio
        self._node_id = node_id
        self._is_stale = True
        self.figure = figure_widget(Histogram, studio.theme.theme, self)
        self.figure.setObjectName("inspector-weights")
        self.figure.setFixedHeight(112)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(headline(self.tr("Weights")))
        column.addWidget(self.figure)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_INTERVAL)
        self._pause.timeout.connect(self._catch_up)
        studio.training.weights_changed.connect(self._on_weights_changed)
        studio.theme.theme_changed.connect(self.figure.set_theme)
        self._catch_up()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._catch_up()

    def _on_weights_changed(self) -> None:
        self._is_stale = True
        if self.isVisible() and not self._pause.isActive():
            self._catch_up()

    def _catch_up(self) -> None:
        predictor = self._studio.training.predictor
        if not self._is_stale or predictor is None:
            return
        parameters = predictor.model.parameters
        own = [name for name in parameters if name.rpartition("/")[0] == self._node_id]
        if own:
            self._is_stale = False
            largest = max(own, key=lambda name: parameters.value(name).size)
            self.figure.show_figure(replace(weights.of_weight(predictor.model, largest), title=""))
            self.figure.setAccessibleName(self.tr("Weights"))
            self._pause.start()
