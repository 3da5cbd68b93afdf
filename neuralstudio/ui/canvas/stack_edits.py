"""What hands do to the stack: edits of the document that can be undone: insert, move, duplicate, delete."""

from PySide6.QtCore import QObject

from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.edits import insert_after, move_after, remove, set_learning, shifted
from neuralstudio.network.spec import DATA, display_name
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.document import LOSS, Document


class StackEdits(QObject):
    """Edits of the network, mostly of what is selected."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of the selected nodes, in the order of the network."""
        selection = self._document.selection
        return tuple(node.id for node in self._document.network if node.id in selection)

    @property
    def end(self) -> str:
        """The node before the loss, or the data."""
        nodes = self._document.network.nodes
        return nodes[-1].id if nodes else DATA

    @property
    def insertion_point(self) -> str:
        """After what a new layer goes: the selection, else the end."""
        if self.selected:
            return self.selected[-1]
        return DATA if DATA in self._document.selection else self.end

    def knows(self, tag: str) -> bool:
        """Whether there is a layer of this name."""
        try:
            LAYERS[tag]
        except ProblemError:
            return False
        return True

    def insert(self, tag: str, after: str) -> str:
        """Puts a new layer behind a node, or ``DATA``; returns its id."""
        layer = LAYERS[tag]()
        network, node_id = insert_after(self._document.network, after, layer)
        self._document.edit_network(self.tr("add {layer}").format(layer=layer.title), network, (node_id,))
        return node_id

    def move(self, node_id: str, after: str) -> None:
        """Takes a node to another place."""
        text = self.tr("move {layer}").format(layer=self._name(node_id))
        network = move_after(self._document.network, node_id, after)
        self._document.edit_network(text, network, (node_id,))

    def shift(self, places: int) -> None:
        """The selected nodes one place earlier (−1) or later (+1); at an end nothing happens."""
        selected = self.selected if places < 0 else self.selected[::-1]
        network = self._document.network
        for node_id in selected:
            moved = shifted(network, node_id, places)
            if moved == network:
                break
            network = moved
        else:
            if selected:
                self._document.edit_network(
                    self._text(self.tr("move {layer}"), self.tr("move {n} layers")), network
                )

    def delete(self) -> None:
        """Removes the selected nodes; the card that follows is selected, else the one before."""
        gone = self.selected
        if not gone:
            return
        order = [node.id for node in self._document.network]
        place = order.index(gone[-1])
        near = [*order[place + 1 :], *reversed(order[:place])]
        stays = next((name for name in near if name not in gone), None)
        text = self._text(self.tr("delete {layer}"), self.tr("delete {n} layers"))
        network = remove(self._document.network, *gone)
        self._document.edit_network(text, network, () if stays is None else (stays,))

    def duplicate(self) -> None:
        """Copies of the selected nodes right behind the last of them."""
        if not self.selected:
            return
        text = self._text(self.tr("duplicate {layer}"), self.tr("duplicate {n} layers"))
        network, below = self._document.network, self.selected[-1]
        copies = []
        for node_id in self.selected:
            learning = network[node_id].learning
            network, below = insert_after(network, below, network[node_id].layer)
            network = set_learning(network, below, learning)
            copies.append(below)
        self._document.edit_network(text, network, tuple(copies))

    def step_selection(self, places: int) -> None:
        """Selects the card before (−1) or after (+1) the selected one, data and loss included."""
        order = [DATA, *(node.id for node in self._document.network), LOSS]
        chosen = [order.index(name) for name in self._document.selection if name in order]
        if not chosen:
            self._document.select(order[0] if places > 0 else order[-1])
            return
        place = (max(chosen) if places > 0 else min(chosen)) + places
        self._document.select(order[min(max(place, 0), len(order) - 1)])

    def _name(self, node_id: str) -> str:
        return display_name(self._document.network[node_id])

    def _text(self, one: str, several: str) -> str:
        selected = self.selected
        if len(selected) == 1:
            return one.format(layer=self._name(selected[0]))
        return several.format(n=len(selected))
