"""The panel Network: neurons and weights, alive while the network learns."""

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout

from neuralstudio.schema.problem import errors
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.views import network
from neuralstudio.views._base import Graph

_SAMPLES = 500


class NetworkPanel(Panel):
    """The network's graph, large. Which neurons are shown stays the same until the network is another."""

    tag = "network"
    title = "Network"
    area = "centre"
    order = 1

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._chosen_for: tuple[Predictor, object] | None = None
        self._choice: network.Choice | None = None
        self._graph = figure_widget(Graph, studio.theme.theme)
        self._graph.setObjectName("network-graph")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._graph)
        studio.theme.theme_changed.connect(self._graph.set_theme)
        self._pace = Pace(self._refresh, 250, self)
        studio.training.weights_changed.connect(self._pace.request)
        studio.loader.changed.connect(self._refresh)
        studio.document.changed.connect(self._refresh)

    def catch_up(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        if not self.is_in_view:
            return
        predictor = self.studio.training.predictor
        if predictor is None:
            self._choice = self._chosen_for = None
            self._graph.show_figure(Graph("", (), (), 1.0, empty=self._empty_sentence()))
        else:
            figure = network.compute(predictor.model, self._choice_for(predictor))
            self._graph.show_figure(figure if figure.edges else replace(figure, note=""))
        self._graph.setAccessibleName(self.tr("Neurons and weights"))

    def _choice_for(self, predictor: Predictor) -> network.Choice:
        """Made once for a network and its data: the picture must not jump from frame to frame."""
        data = self.studio.loader.data
        if data is not None and data.signature != predictor.signature:
            data = None
        known = self._chosen_for
        if self._choice is None or known is None or known[0] is not predictor or known[1] is not data:
            inputs = data.train.scaled(slice(0, _SAMPLES)) if data is not None else None
            self._choice = network.choose(predictor.model, inputs)
            self._chosen_for = (predictor, data)
        return self._choice

    def _empty_sentence(self) -> str:
        problems = errors(self.studio.document.report.problems)
        if not len(self.studio.document.network):
            return self.tr(
                "The neurons and weights appear here once the network has a layer. Add one in Build."
            )
        what = str(problems[0]) if problems else ""
        return self.tr(
            "The neurons and weights appear here once this is put right in Build:\n\n{problem}"
        ).format(problem=what)
