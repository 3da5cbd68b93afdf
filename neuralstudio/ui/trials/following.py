"""Try a network on a curve or a series: its line over the right one, live."""

from time import perf_counter

from PySide6.QtWidgets import QCheckBox, QVBoxLayout

from neuralstudio.data._base import Data, Signature
from neuralstudio.network.model import Model
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.samples import sort_of
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme
from neuralstudio.ui.trials._base import Trial
from neuralstudio.views import fit
from neuralstudio.views._base import Curves

_MOST_STEPS, _BUDGET = 120, 0.03
"""Steps that the network goes on by itself, and the seconds that may take in the window's thread."""


class CurveTrial(Trial):
    """The network's curve through the test points."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._figure = figure_widget(Curves, studio.theme.theme)
        self._figure.setObjectName("trial-curve")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._figure)

    @staticmethod
    def fits(signature: Signature) -> bool:
        is_curve = signature.input_shape == (1,) and len(signature.columns) == 1
        return is_curve and signature.numbers == 1 and len(signature.predicted) == 1

    def refresh(self, predictor: Predictor) -> None:
        points = self.data.test if self.data is not None else None
        self._figure.show_figure(fit.along(predictor.model, predictor.project.dataset, points))
        self._figure.setAccessibleName(self.tr("The network's curve through the test points"))

    def set_theme(self, theme: Theme) -> None:
        self._figure.set_theme(theme)


class SeriesTrial(Trial):
    """What the network told of each value of the test series, or how it goes on by itself."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._figure = figure_widget(Curves, studio.theme.theme)
        self._figure.setObjectName("trial-series")
        self.alone = QCheckBox(self.tr("Go on by itself"))
        self.alone.setObjectName("trial-alone")
        self.alone.setToolTip(
            self.tr("The network reads one window of the wave, and from then on only what it said itself.")
        )
        self.alone.toggled.connect(self._on_toggled)
        self._predictor: Predictor | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 6)
        rows.setSpacing(2)
        rows.addWidget(self._figure, 1)
        below = QVBoxLayout()
        below.setContentsMargins(12, 0, 12, 0)
        below.addWidget(self.alone)
        rows.addLayout(below)

    @staticmethod
    def fits(signature: Signature) -> bool:
        return sort_of(signature) == "series" and signature.numbers == 1

    def refresh(self, predictor: Predictor) -> None:
        self._predictor = predictor
        data = self.data
        if data is None:
            self._figure.show_figure(Curves("", "", (), empty=self.tr("The wave appears once it is loaded.")))
            return
        if self.alone.isChecked():
            figure = fit.running_on(predictor.model, data, self._affordable_steps(predictor.model, data))
        else:
            figure = fit.over_time(predictor.model, data)
        self._figure.show_figure(figure)
        self._figure.setAccessibleName(self.tr("The wave and what the network says"))

    def set_theme(self, theme: Theme) -> None:
        self._figure.set_theme(theme)

    def _affordable_steps(self, model: Model, data: Data) -> int:
        """How many steps fit into the budget: a long window takes longer to be read."""
        window = data.test.scaled(slice(0, 1))
        model.predict(window)  # the first time it is compiled
        begin = perf_counter()
        model.predict(window)
        return max(10, min(_MOST_STEPS, int(_BUDGET / max(perf_counter() - begin, 1e-5))))

    def _on_toggled(self) -> None:
        if self._predictor is not None:
            self.refresh(self._predictor)
