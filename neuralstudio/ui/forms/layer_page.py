"""The inspector's page of a layer: settings, how its weights learn, what it computes, its weights."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.network import edits
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, display_name
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.forms.computes import computation
from neuralstudio.ui.forms.form import KindForm
from neuralstudio.ui.forms.freeze import FreezeButton
from neuralstudio.ui.forms.page import Page, words
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.forms.weights import WeightsSection
from neuralstudio.ui.studio import Studio

RATES = ("rate_factor", "l1", "l2")
"""Fields of ``Learning`` that stand in its section; the freezing stands above all."""


class LayerPage(Page):
    """Made for a node's id and kind of layer; everything else may change while it is shown."""

    def __init__(self, studio: Studio, node_id: str) -> None:
        super().__init__(studio)
        self._node_id = node_id
        node = studio.document.network[node_id]
        self._freeze = FreezeButton(studio.theme)
        self._freeze.chosen.connect(self._on_frozen)
        self.column.addWidget(self._freeze, 0, Qt.AlignmentFlag.AlignLeft)
        self.add_form(node.layer).changed.connect(self._on_changed)
        self._learning = learning_form(self, node.learning)
        self._learning.changed.connect(self._on_learning_changed)
        self.column.addSpacing(3)
        self.column.addWidget(headline(self.tr("What it computes")))
        self._formula = Sentence(parent=self)
        self._formula.setObjectName("inspector-formula")
        self._shapes = Sentence(role="muted", parent=self)
        self._shapes.setObjectName("inspector-shapes")
        self._symbols = _Symbols()
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for widget in (self._formula, self._shapes, self._symbols):
            texts.addWidget(widget)
        self.column.addLayout(texts)
        self.column.addSpacing(3)
        self._weights = WeightsSection(studio, node_id)
        self.column.addWidget(self._weights)
        self.column.addStretch(1)

    def show_document(self) -> None:
        document = self.studio.document
        node = document.network[self._node_id]
        figures = document.report.nodes[self._node_id]
        has_weights = figures.weights > 0
        self.name = display_name(node)
        self.about = node.layer.summary()
        self.figure = self.tr("{n} weights").format(n=f"{figures.weights:,}") if has_weights else ""
        assert self.form is not None
        self.form.show_value(node.layer)
        self._freeze.show_states([node.learning.is_frozen])
        self._freeze.setVisible(has_weights or node.learning.is_frozen)
        self._learning.show_value(node.learning)
        self._learning.setVisible(has_weights or node.learning != Learning())
        self.show_problems(document.report.of(self._node_id))
        computed = computation(
            node.layer,
            document.report.batch,
            [self._source(source) for source in node.inputs],
            {full.rpartition("/")[2]: shape for full, shape in figures.weight_shapes.items()},
            figures.output_shape,
        )
        self._formula.show_text(computed.formula)
        self._shapes.show_text(computed.shapes)
        self._symbols.show_symbols(computed.symbols)
        self._weights.setVisible(has_weights)
        if has_weights:
            self._weights.show_document()

    def _source(self, source: str) -> tuple[str, Shape | None]:
        """Name and output shape of what the layer reads."""
        document = self.studio.document
        if source == DATA:
            return document.project.dataset.title, document.project.dataset.signature.input_shape
        if source not in document.network:
            return source, None
        return display_name(document.network[source]), document.report.nodes[source].output_shape

    def _on_changed(self, layer: Layer, field: str, merge_key: str) -> None:
        document = self.studio.document
        text = self.tr("change {field} of {name}").format(field=words(layer, field), name=self.name)
        changed = edits.replace_layer(document.network, self._node_id, layer)
        document.edit_network(text, changed, merge_key=f"{self._node_id}.{merge_key}" if merge_key else "")

    def _on_learning_changed(self, learning: Learning, field: str, merge_key: str) -> None:
        document = self.studio.document
        text = self.tr("change {field} of {name}").format(field=words(learning, field), name=self.name)
        changed = edits.set_learning(document.network, self._node_id, learning)
        document.edit_network(text, changed, merge_key=f"{self._node_id}.{merge_key}" if merge_key else "")

    def _on_frozen(self, is_frozen: bool) -> None:
        document = self.studio.document
        verb = self.tr("freeze {name}") if is_frozen else self.tr("unfreeze {name}")
        learning = replaced(document.network[self._node_id].learning, is_frozen=is_frozen)
        changed = edits.set_learning(document.network, self._node_id, learning)
        document.edit_network(verb.format(name=self.name), changed)


def learning_form(page: Page, learning: Learning) -> KindForm:
    """How weights learn: a section of its own, closed at first, below what is on the page."""
    section = Section(page.tr("Learning"), "inspector-learning", page.studio.settings, "inspector/learning")
    form = KindForm(learning, "learning.", section=section, seldom=RATES, only=RATES)
    page.column.addWidget(form)
    return form


class _Symbols(QWidget):
    """What the symbols of a formula stand for, and their shapes, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector-symbols")
        self._shown: tuple[tuple[str, str, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(2, 1)

    def show_symbols(self, symbols: tuple[tuple[str, str, str], ...]) -> None:
        """One line for each symbol: itself, its shape, its name."""
        if symbols == self._shown:
            return
        self._shown = symbols
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, texts in enumerate(symbols):
            for column, text in enumerate(texts):
                role = "muted" if column == 2 else ""
                label = Sentence(text, role, self) if column == 2 else QLabel(text, self)
                self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
