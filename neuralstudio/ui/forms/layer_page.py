"""The inspector's page of a layer: settings, how its weights learn, what it computes, its weights."""

from PySide6.QtWidgets import QVBoxLayout

from neuralstudio.layers._base import Layer
from neuralstudio.network import edits
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import display_name
from neuralstudio.schema.fields import fields
from neuralstudio.ui.forms.form import KindForm
from neuralstudio.ui.forms.page import Page, with_batch, words
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.forms.weights import WeightsSection
from neuralstudio.ui.studio import Studio

_SYMBOLS = {
    "kernel": "W",
    "recurrent_kernel": "U",
    "bias": "b",
    "gamma": "γ",
    "beta": "β",
    "centres": "c",
    "log_widths": "log s",
    "table": "table",
}
"""What weights are called in formulas."""


class LayerPage(Page):
    """Made for a node's id and kind of layer; everything else may change while it is shown."""

    def __init__(self, studio: Studio, node_id: str) -> None:
        super().__init__(studio)
        self._node_id = node_id
        node = studio.document.network[node_id]
        self.add_form(node.layer).changed.connect(self._on_changed)
        self._learning = self._add_learning(node.learning)
        self.column.addSpacing(3)
        self.column.addWidget(headline(self.tr("What it computes")))
        self._formula = Sentence(parent=self)
        self._formula.setObjectName("inspector-formula")
        self._shapes = Sentence(role="muted", parent=self)
        self._shapes.setObjectName("inspector-shapes")
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addWidget(self._formula)
        texts.addWidget(self._shapes)
        self.column.addLayout(texts)
        self.column.addSpacing(3)
        self._weights = WeightsSection(studio, node_id)
        self.column.addWidget(self._weights)
        self.column.addStretch(1)

    def _add_learning(self, learning: Learning) -> KindForm:
        """How the weights learn: a section of its own, closed at first."""
        title = self.tr("Learning")
        names = tuple(field.name for field in fields(Learning))
        section = Section(title, "inspector-learning", self.studio.settings, "inspector/learning")
        form = KindForm(learning, "learning.", section=section, seldom=names)
        form.changed.connect(self._on_learning_changed)
        self.column.addWidget(form)
        return form

    def show_document(self) -> None:
        document = self.studio.document
        node = document.network[self._node_id]
        figures = document.report.nodes[self._node_id]
        self.name = display_name(node)
        self.about = node.layer.summary()
        self.figure = self.tr("{n} weights").format(n=f"{figures.weights:,}") if figures.weights else ""
        assert self.form is not None
        self.form.show_value(node.layer)
        self._learning.show_value(node.learning)
        self._learning.setVisible(figures.weights > 0 or node.learning != Learning())
        self.show_problems(document.report.of(self._node_id))
        self._formula.show_text(node.layer.formula)
        parts = [f"x {with_batch(figures.input_shape)}"]
        for full, shape in figures.weight_shapes.items():
            name = full.rpartition("/")[2]
            parts.append(f"{_SYMBOLS.get(name, name)} ({', '.join(map(str, shape))})")
        joint = "\n→ " if figures.weight_shapes else " → "
        self._shapes.show_text(f"{' · '.join(parts)}{joint}y {with_batch(figures.output_shape)}")
        self._weights.setVisible(figures.weights > 0)

    def _on_changed(self, layer: Layer, field: str, merge_key: str) -> None:
        document = self.studio.document
        node = document.network[self._node_id]
        text = self.tr("change {field} of {name}").format(field=words(layer, field), name=display_name(node))
        key = f"{self._node_id}.{merge_key}" if merge_key else ""
        document.edit_network(
            text, edits.replace_layer(document.network, self._node_id, layer), merge_key=key
        )

    def _on_learning_changed(self, learning: Learning, field: str, merge_key: str) -> None:
        document = self.studio.document
        node = document.network[self._node_id]
        text = self.tr("change {field} of {name}").format(
            field=words(learning, field), name=display_name(node)
        )
        key = f"{self._node_id}.{merge_key}" if merge_key else ""
        changed = edits.set_learning(document.network, self._node_id, learning)
        document.edit_network(text, changed, merge_key=key)
