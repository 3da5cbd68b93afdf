"""The panel Map: for data with two inputs, the network's answer all over the plane."""

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from neuralstudio.data._base import Data
from neuralstudio.schema.problem import errors
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.figures.colours import class_pixels
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.views import plane
from neuralstudio.views._base import Scatter


class MapPanel(Panel):
    """Points of the data over the map of answers, alive while the network learns."""

    tag = "map"
    title = "Map"
    area = "bottom-right"
    order = 1

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._grid = plane.grid()
        self._map = figure_widget(Scatter, studio.theme.theme)
        self._map.setObjectName("answer-map")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._map)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._pace = Pace(self._refresh, 150, self)
        studio.training.weights_changed.connect(self._pace.request)
        studio.loader.changed.connect(self._refresh)
        studio.document.changed.connect(self._refresh)

    def catch_up(self) -> None:
        self._refresh()

    def suits(self) -> bool:
        signature = self.studio.document.project.dataset.signature
        return signature.input_shape == (2,) and not signature.vocabulary and not signature.steps

    def _refresh(self) -> None:
        if not self.is_in_view:
            return
        predictor = self.studio.training.predictor
        if not self.suits():
            sentence = self.tr(
                "A map needs data with two inputs. Choose one of the sets of points in the plane under Data."
            )
        elif predictor is None:
            problems = errors(self.studio.document.report.problems)
            sentence = str(problems[0]) if problems else ""
        else:
            self._show_answers(predictor)
            return
        nothing = plane.compute(np.empty(0), None)
        self._map.show_figure(replace(nothing, title="", empty=sentence))

    def _show_answers(self, predictor: Predictor) -> None:
        count = len(predictor.signature.classes)
        if not count:
            figure = plane.compute(predictor.model.predict(self._grid)[:, 0], self._data())
        elif count > 2:
            answers = predictor.model.predict(self._grid)
            figure = plane.compute(answers, self._data(), class_pixels(self.studio.theme.theme, count))
        else:
            figure = plane.compute(predictor.scores(self._grid), self._data())
        self._map.show_figure(replace(figure, title=""))
        self._map.setAccessibleName(self.tr("The network's answer over the plane"))

    def _data(self) -> Data | None:
        data = self.studio.loader.data
        wanted = self.studio.document.project.dataset.signature
        return data if data is not None and data.signature == wanted else None

    def _on_theme_changed(self) -> None:
        self._map.set_theme(self.studio.theme.theme)
        self._refresh()
