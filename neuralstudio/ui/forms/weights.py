"""The weights of one layer: how they are spread, live while it trains, and what they began with."""

from dataclasses import replace
from math import isfinite

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from neuralstudio.schema.fields import fields
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.forms.choices import ChoiceBox
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.forms.weight_files import WeightFiles, names_of, short_name
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.studio import Studio
from neuralstudio.views import weights
from neuralstudio.views._base import Histogram

_INTERVAL = 250
"""Milliseconds between two looks at the weights, at least."""
_FIGURES = ("count", "mean", "std", "gradient", "min", "max")


class WeightsSection(QWidget):
    """Histogram and figures of one of a node's weights; they rest while nobody sees them."""

    def __init__(self, studio: Studio, node_id: str) -> None:
        super().__init__()
        self._studio = studio
        self._node_id = node_id
        self._is_stale = True
        self._choice = ChoiceBox()
        self._choice.setObjectName("inspector-weight")
        self._choice.setAccessibleName(self.tr("Weight shown"))
        self.figure = figure_widget(Histogram, studio.theme.theme, self)
        self.figure.setObjectName("inspector-weights")
        self.figure.setFixedHeight(96)
        self._values = {name: QLabel() for name in _FIGURES}
        self._look = QWidget()
        self._start = Sentence(role="muted", parent=self)
        self._start.setObjectName("inspector-start")
        self._files = WeightFiles(studio, node_id, lambda: self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        top = QHBoxLayout()
        top.addWidget(headline(self.tr("Weights")))
        top.addWidget(self._choice, 1)
        column.addLayout(top)
        seen = QVBoxLayout(self._look)
        seen.setContentsMargins(0, 0, 0, 0)
        seen.addWidget(self.figure)
        seen.addLayout(self._figures())
        column.addWidget(self._look)
        column.addWidget(self._start)
        column.addWidget(self._files)
        self._choice.currentIndexChanged.connect(self._on_chosen)
        self._pace = Pace(self._catch_up, _INTERVAL, self)
        studio.training.weights_changed.connect(self._on_weights_changed)
        studio.theme.theme_changed.connect(self.figure.set_theme)

    def _figures(self) -> QGridLayout:
        """Two columns of figures, each with its name."""
        titles = (
            self.tr("Count"),
            self.tr("Mean"),
            self.tr("Std"),
            self.tr("Gradient"),
            self.tr("Min"),
            self.tr("Max"),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for number, (name, title) in enumerate(zip(_FIGURES, titles, strict=True)):
            label = QLabel(title)
            label.setProperty("role", "muted")
            value = self._values[name]
            value.setObjectName(f"inspector-weights-{name}")
            value.setAccessibleName(title)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, number // 2, 3 * (number % 2))
            grid.addWidget(value, number // 2, 3 * (number % 2) + 1)
        self._values["gradient"].setToolTip(
            self.tr("Length of the gradient in the last step, over all numbers of this weight.")
        )
        grid.setColumnMinimumWidth(2, 8)
        grid.setColumnStretch(1, 5)
        grid.setColumnStretch(4, 4)
        return grid

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    def show_document(self) -> None:
        """The document may have changed: the weights there are, and where they begin."""
        predictor = self._studio.training.predictor
        self._files.show_document()
        names = names_of(predictor, self._node_id)
        if names != [self._choice.itemData(row) for row in range(self._choice.count())]:
            self._offer(names)
        for widget in (self._choice, self._look):
            widget.setVisible(bool(names))
        self._tell_start(predictor)
        self._on_weights_changed()

    @property
    def chosen(self) -> str:
        """Full name of the weight shown, "" if there is none."""
        return str(self._choice.currentData() or "")

    def _offer(self, names: list[str]) -> None:
        is_blocked = self._choice.blockSignals(True)
        self._choice.clear()
        for name in names:
            self._choice.addItem(short_name(name).replace("_", " ").capitalize(), name)
        self._choice.blockSignals(is_blocked)

    def _tell_start(self, predictor: Predictor | None) -> None:
        node = self._studio.document.network[self._node_id]
        if predictor is None or self.chosen not in predictor.model.initialisers:
            told = self.tr("Weights appear once the network has no problems.") if predictor is None else ""
            self._start.show_text(told)
            return
        initialiser = predictor.model.initialisers[self.chosen]
        settings = [
            f"{each.title.lower()} {getattr(initialiser, each.name):g}" for each in fields(type(initialiser))
        ]
        if node.layer.begins_with_data:
            source = self.tr("Chosen from the data when training begins")
        else:
            source = self.tr("Drawn from: {how}").format(how=", ".join((initialiser.title, *settings)))
        seed = self.tr("seed {n}").format(n=predictor.project.seeds.weights)
        self._start.show_text(f"{source} · {seed} · {self.tr('draw {n}').format(n=node.draw + 1)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._is_stale:  # scrolled to, or its dock has come to the front
            self._pace.request()

    def _on_weights_changed(self) -> None:
        self._is_stale = True
        if not self.visibleRegion().isEmpty():
            self._pace.request()

    def _on_chosen(self) -> None:
        self._is_stale = True
        self._tell_start(self._studio.training.predictor)
        self._pace.now()

    def _catch_up(self) -> None:
        predictor = self._studio.training.predictor
        if not self._is_stale or self.visibleRegion().isEmpty():
            return
        if predictor is None or self.chosen not in predictor.model.parameters:
            return
        self._is_stale = False
        name = self.chosen
        figure = replace(weights.of_weight(predictor.model, name), title="", note="")
        self.figure.show_figure(figure)
        self.figure.setAccessibleName(self.tr("Spread of {weight}").format(weight=short_name(name)))
        spread = weights.spread(predictor.model, name)
        for key, number in (
            ("mean", spread.mean),
            ("std", spread.deviation),
            ("min", spread.least),
            ("max", spread.most),
        ):
            self._values[key].setText(_number(number))
        self._values["count"].setText(f"{spread.count:,}")
        self._values["gradient"].setText(self._gradient(predictor, name))

    def _gradient(self, predictor: Predictor, name: str) -> str:
        if self._studio.document.network[self._node_id].learning.is_frozen:
            return self.tr("frozen")
        norm = predictor.gradient_norms.get(name)
        return "–" if norm is None else _number(norm)


def _number(value: float) -> str:
    """Three digits, as short as can be: "−2.1e−5" fits where "-2.12e-05" does not."""
    if not isfinite(value):
        return "∞"
    shown = f"{value:.3g}"
    if "e" in shown:
        digits, power = f"{value:.1e}".split("e")
        shown = f"{digits}e{int(power)}"
    return shown.replace("-", "−")
