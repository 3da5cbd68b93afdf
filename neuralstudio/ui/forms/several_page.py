"""The inspector's page of several layers: what they have in common is set for all of them at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from neuralstudio.layers._base import Layer
from neuralstudio.network import edits
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, LOSS, Node, display_name
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.ui.forms.form import KindForm
from neuralstudio.ui.forms.freeze import FreezeButton
from neuralstudio.ui.forms.layer_page import learning_form
from neuralstudio.ui.forms.page import Page, words
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.studio import Studio


class SeveralPage(Page):
    """Made for some selected items and their kinds. Data and training, if selected, stay as they are."""

    tells_place = True

    def __init__(self, studio: Studio, items: tuple[str, ...]) -> None:
        super().__init__(studio)
        self._items = items
        self._names = Sentence(parent=self)
        self._names.setObjectName("inspector-names")
        self._hint = Sentence(role="muted", parent=self)
        self._hint.setObjectName("inspector-hint")
        self._freeze = FreezeButton(studio.theme)
        self._freeze.chosen.connect(self._on_frozen)
        self._draw = QPushButton(self.tr("Draw weights anew"))
        self._draw.setObjectName("inspector-draw")
        self._draw.setToolTip(self.tr("Gives these layers other initial weights; they learn from the start."))
        self._draw.clicked.connect(self._on_draw)
        self.column.addWidget(self._names)
        self.column.addWidget(self._hint)
        self.column.addWidget(self._freeze, 0, Qt.AlignmentFlag.AlignLeft)
        self._learning: KindForm | None = None
        nodes = self._nodes()
        if nodes:
            self._common = common_fields(node.layer for node in nodes)
            self.add_form(nodes[0].layer, only=self._common).changed.connect(self._on_changed)
            self._learning = learning_form(self, nodes[0].learning)
            self._learning.changed.connect(self._on_learning_changed)
        self.column.addWidget(self._draw, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)

    def show_document(self) -> None:
        document = self.studio.document
        nodes = self._nodes()
        self.name = self.tr("{n} cards are selected").format(n=len(self._items))
        self._names.show_text(", ".join(map(display_name, nodes)))
        self._hint.show_text(self._told(nodes))
        learning = [node for node in nodes if document.report.nodes[node.id].weights]
        self._freeze.setVisible(bool(learning))
        self._draw.setVisible(bool(learning))
        if self.form is not None and self._learning is not None:
            layers = [node.layer for node in nodes]
            self.form.show_value(layers[0], _differing(layers, self._common))
            states = [node.learning for node in learning or nodes]
            self._freeze.show_states([state.is_frozen for state in states])
            self._learning.show_value(
                states[0], _differing(states, [field.name for field in fields(Learning)])
            )
            self._learning.setVisible(bool(learning))
        ids = {node.id for node in nodes}
        self.show_problems(problem for problem in document.report.problems if problem.node in ids)

    def _nodes(self) -> list[Node]:
        return [node for node in self.studio.document.network if node.id in self._items]

    def _told(self, nodes: Sequence[Node]) -> str:
        sentences = []
        if nodes:
            is_empty = not self._common
            sentences.append(
                self.tr("They have no setting in common.")
                if is_empty
                else self.tr("What you change here is changed for all of them.")
            )
        cards = {DATA: self.studio.document.project.dataset.title, LOSS: self.tr("Training")}
        others = [title for item, title in cards.items() if item in self._items]
        if others:
            sentences.append(self.tr("Left as it is: {what}.").format(what=", ".join(others)))
        return " ".join(sentences)

    # ── edits ────────────────────────────────────────────────────────────────────────────────────

    def _on_changed(self, layer: Layer, field: str, merge_key: str) -> None:
        network = self.studio.document.network
        for node in self._nodes():
            network = edits.set_fields(network, node.id, **{field: getattr(layer, field)})
        text = self.tr("change {field} of {n} layers").format(field=words(layer, field), n=len(self._nodes()))
        self.studio.document.edit_network(text, network, merge_key=self._key(merge_key))

    def _on_learning_changed(self, learning: Learning, field: str, merge_key: str) -> None:
        text = self.tr("change {field} of {n} layers")
        self._set_learning(text, learning, field, self._key(merge_key))

    def _on_frozen(self, is_frozen: bool) -> None:
        text = self.tr("freeze {n} layers") if is_frozen else self.tr("unfreeze {n} layers")
        self._set_learning(text, Learning(is_frozen=is_frozen), "is_frozen", "")

    def _set_learning(self, text: str, learning: Learning, field: str, merge_key: str) -> None:
        network = self.studio.document.network
        nodes = [node for node in self._nodes() if self.studio.document.report.nodes[node.id].weights]
        for node in nodes:
            changed = replaced(node.learning, **{field: getattr(learning, field)})
            network = edits.set_learning(network, node.id, changed)
        told = text.format(field=words(learning, field), n=len(nodes))
        self.studio.document.edit_network(told, network, merge_key=merge_key)

    def _on_draw(self) -> None:
        document = self.studio.document
        ids = [node.id for node in self._nodes() if document.report.nodes[node.id].weights]
        text = self.tr("draw weights of {n} layers anew").format(n=len(ids))
        document.edit_network(text, edits.draw_again(document.network, *ids))

    def _key(self, merge_key: str) -> str:
        return f"{'+'.join(self._items)}.{merge_key}" if merge_key else ""


def common_fields(kinds: Iterable[Kind]) -> tuple[str, ...]:
    """Names of the fields that all of the kinds have, declared alike; their defaults may differ."""
    first, *others = ({field.name: _declaration(field) for field in fields(type(kind))} for kind in kinds)
    return tuple(
        name for name, declared in first.items() if all(other.get(name) == declared for other in others)
    )


def _declaration(field: Field) -> Field:
    return replace(field, default=None, description="", shown_when=None)


def _differing(values: Sequence[Kind], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if any(getattr(v, name) != getattr(values[0], name) for v in values))
