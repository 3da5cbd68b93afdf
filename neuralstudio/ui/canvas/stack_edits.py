"""What hands do to the network: edits of the document that can be undone."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from neuralstudio.layers.registry import LAYERS
from neuralstudio.network import edits
from neuralstudio.network.spec import DATA, LOSS, NetworkSpec, display_name
from neuralstudio.project.document import Group
from neuralstudio.project.fragment import from_text, to_text
from neuralstudio.project.groups import (
    group_layers,
    groups_within,
    rename_group,
    shown_groups,
    toggle_group,
    ungroup_layers,
    with_copies,
)
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.document import Document


@dataclass(frozen=True)
class _Shift:
    before: NetworkSpec
    after: NetworkSpec
    nodes: set[str]
    places: int


class StackEdits(QObject):
    """Edits of the network, mostly of what is selected."""

    told = Signal(str)
    """A sentence for the person: why something could not be done, or what was."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._shifts: list[_Shift] = []
        """Moves one after another by keys, so that the opposite ones lead back the same way."""
        self._cut = ""
        """Text of layers that are on their way from one place to another, by the clipboard."""
        document.refused.connect(self.told)

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of the selected nodes, in the order of the network."""
        selection = self._document.selection
        return tuple(node.id for node in self._document.network if node.id in selection)

    @property
    def end(self) -> str:
        """The node before the loss, or the data."""
        return edits.end_of(self._document.network)

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

    # ── layers ───────────────────────────────────────────────────────────────────────────────────

    def insert(self, tag: str, after: str) -> str:
        """Puts a new layer on all wires that leave a node, or ``DATA``; returns its id, "" if refused."""
        network, node_id = edits.insert_after(self._document.network, after, LAYERS[tag]())
        return self._added(tag, network, node_id)

    def insert_between(self, tag: str, source: str, target: str) -> str:
        """Puts a new layer on one wire; ``target`` may be ``LOSS``. Returns its id."""
        if target == LOSS:
            return self.insert(tag, source)
        network, node_id = edits.insert_between(self._document.network, source, target, LAYERS[tag]())
        return self._added(tag, network, node_id)

    def drop(self, tag: str) -> str:
        """Adds a layer without wires; returns its id."""
        network, node_id = edits.add_unwired(self._document.network, LAYERS[tag]())
        return self._added(tag, network, node_id)

    def branch(self, tag: str, source: str) -> str:
        """Adds a layer that reads a node, or ``DATA``, beside its other readers; returns its id."""
        network, node_id = edits.add_unwired(self._document.network, LAYERS[tag]())
        return self._added(tag, edits.connect(network, source, node_id), node_id)

    def feed(self, tag: str, target: str) -> str:
        """Adds a layer that a node reads, and that reads nothing itself yet; returns its id."""
        network, node_id = edits.add_unwired(self._document.network, LAYERS[tag]())
        return self._added(tag, edits.connect(network, node_id, target), node_id)

    def move(self, node_id: str, after: str) -> None:
        """Takes a node to another place."""
        self.move_part((node_id,), after)

    def move_part(self, node_ids: Collection[str], source: str, target: str = "") -> None:
        """Takes nodes to all wires that leave ``source``, or to the one from there to ``target``."""
        order = tuple(node.id for node in self._document.network if node.id in node_ids)
        target = "" if target == LOSS else target
        try:
            network = edits.move_part(self._document.network, order, source, target)
        except ProblemError as error:
            self.told.emit(str(error))
            return
        text = self._text(self.tr("move {layer}"), self.tr("move {n} layers"), order)
        self._document.edit_network(text, network, order)

    def shift(self, places: int) -> None:
        """The selected nodes one place earlier (−1) or later (+1); at an end nothing happens.

        There and back leads to the very network there was.
        """
        before, selected = self._document.network, self.selected
        while self._shifts and self._shifts[-1].after != before:
            self._shifts.pop()
        is_back = bool(self._shifts) and (self._shifts[-1].nodes, self._shifts[-1].places) == (
            set(selected),
            -places,
        )
        try:
            after = self._shifts[-1].before if is_back else self._shifted(before, selected, places)
        except ProblemError as error:
            self.told.emit(str(error))
            return
        if after == before:
            return
        text = self._text(self.tr("move {layer}"), self.tr("move {n} layers"))
        self._document.edit_network(text, after)
        if is_back:
            self._shifts.pop()
        else:
            self._shifts.append(_Shift(before, after, set(selected), places))

    def _shifted(self, network: NetworkSpec, selected: tuple[str, ...], places: int) -> NetworkSpec:
        """All of them moved, or none."""
        after = network
        for node_id in selected if places < 0 else selected[::-1]:
            moved = edits.shifted(after, node_id, places)
            if moved == after:
                return network
            after = moved
        return after

    def delete(self) -> None:
        """Removes the selected nodes; the card that follows is selected, else the one before."""
        self._remove(self.tr("delete {layer}"), self.tr("delete {n} layers"))

    def duplicate(self) -> None:
        """Copies of the selected nodes right behind the last of them; a copied group is a group again."""
        selected = self.selected
        if not selected:
            return
        text = self._text(self.tr("duplicate {layer}"), self.tr("duplicate {n} layers"))
        part = edits.with_side_wires(self._document.network, selected)
        self._put_in(text, part, groups_within(self._document.project, selected), selected[-1])

    # ── the clipboard ────────────────────────────────────────────────────────────────────────────

    def copy(self) -> bool:
        """The selected nodes as text onto the clipboard; False if none is selected."""
        if self.selected:
            part = edits.part_of(self._document.network, self.selected)
            groups = groups_within(self._document.project, self.selected)
            QGuiApplication.clipboard().setText(to_text(part, groups))
        return bool(self.selected)

    def cut(self) -> None:
        """Copies the selected nodes and removes them; pasted here, they are the same layers again."""
        if self.copy():
            self._cut = QGuiApplication.clipboard().text()
            self._remove(self.tr("cut {layer}"), self.tr("cut {n} layers"))

    def paste(self) -> bool:
        """The layers on the clipboard, behind the selection or at the end; False where that cannot be."""
        clipboard = QGuiApplication.clipboard().text()
        try:
            fragment = from_text(clipboard)
        except ProblemError as error:
            self.told.emit(str(error))
            return False
        titles = [node.layer.title for node in fragment.network]
        text = _counted(self.tr("paste {layer}"), self.tr("paste {n} layers"), titles)
        is_same, self._cut = clipboard == self._cut, ""
        return self._put_in(text, fragment.network, fragment.groups, self.insertion_point, is_same=is_same)

    def _put_in(
        self, text: str, part: NetworkSpec, groups: Collection[Group], source: str, *, is_same: bool = False
    ) -> bool:
        """Copies of layers and their groups on all wires that leave a node, or a sentence why not."""
        project = self._document.project
        try:
            network, copies = edits.insert_part(project.network, part, source)
        except ProblemError as error:
            self.told.emit(str(error))
            return False
        names = dict(zip((node.id for node in part), copies, strict=True))
        project = with_copies(msgspec.structs.replace(project, network=network), groups, names)
        return self._document.edit(text, project, select=copies, returning=copies if is_same else ())

    # ── wires ────────────────────────────────────────────────────────────────────────────────────

    def why_not_connect(self, source: str, target: str) -> str:
        """Why there can be no wire from a node (or ``DATA``) to another; "" if there can."""
        if target == DATA or source == LOSS:
            return self.tr("Data come first: nothing can be wired into them")
        if target == LOSS:
            return self.tr("The loss reads the last layer by itself")
        return edits.why_not_connect(self._document.network, source, target)

    def wire(self, source: str, target: str) -> None:
        """Draws a wire, or tells why it cannot be."""
        reason = self.why_not_connect(source, target)
        if reason:
            self.told.emit(f"{reason}.")
            return
        text = self.tr("wire {source} to {target}")
        text = text.format(source=self._name(source), target=self._name(target))
        network = edits.connect(self._document.network, source, target)
        self._document.edit_network(text, network, (target,))

    def rewire(self, source: str, target: str, other: str) -> None:
        """Takes a wire's end from one node to another; from the loss, another wire is drawn."""
        reason = self.why_not_connect(source, other)
        if reason:
            self.told.emit(f"{reason}.")
            return
        network = self._document.network
        if target != LOSS:
            network = edits.disconnect(network, source, target)
        text = self.tr("wire {source} to {target}")
        text = text.format(source=self._name(source), target=self._name(other))
        self._document.edit_network(text, edits.connect(network, source, other), (other,))

    def unwire(self, source: str, target: str) -> None:
        """Takes a wire away; the one to the loss cannot be."""
        if target == LOSS:
            self.told.emit(self.tr("The loss reads the last layer by itself."))
            return
        text = self.tr("unwire {source} from {target}")
        text = text.format(source=self._name(source), target=self._name(target))
        self._document.edit_network(text, edits.disconnect(self._document.network, source, target))

    # ── groups ───────────────────────────────────────────────────────────────────────────────────

    def group(self) -> None:
        """The selected layers become one card, or a sentence says why they cannot."""
        try:
            project, name = group_layers(self._document.project, self.selected)
        except ProblemError as error:
            self.told.emit(str(error))
            return
        self._document.edit(self.tr("group {name}").format(name=name), project)

    def ungroup(self) -> None:
        """The groups of the selected layers are no more; the layers stay."""
        self._document.edit(self.tr("ungroup"), ungroup_layers(self._document.project, self.selected))

    def toggle_group(self, name: str) -> None:
        """Opens a group, or makes it one card again."""
        project = self._document.project
        is_collapsed = any(group.is_collapsed for group in project.groups if group.name == name)
        text = self.tr("open {name}") if is_collapsed else self.tr("close {name}")
        self._document.edit(text.format(name=name), toggle_group(project, name))

    def rename_group(self, name: str, new: str) -> bool:
        """Another name for a group, or a sentence why not; whether it has that name now."""
        try:
            project = rename_group(self._document.project, name, new)
        except ProblemError as error:
            self.told.emit(str(error))
            return False
        if project != self._document.project:
            self._document.edit(self.tr("rename {name}").format(name=name), project)
        return True

    def group_of(self, node_ids: Collection[str]) -> str:
        """The name of the group that has all these layers; "" if there is none."""
        for group in shown_groups(self._document.project):
            if node_ids and set(node_ids) <= set(group.nodes):
                return group.name
        return ""

    # ── selection ────────────────────────────────────────────────────────────────────────────────

    def select_all(self) -> None:
        """All layers."""
        self._document.select(*(node.id for node in self._document.network))

    def step_selection(self, places: int) -> None:
        """Selects the card before (−1) or after (+1) the selected one, data and loss included."""
        order = [DATA, *(node.id for node in self._document.network), LOSS]
        chosen = [order.index(name) for name in self._document.selection if name in order]
        if not chosen:
            self._document.select(order[0] if places > 0 else order[-1])
            return
        place = (max(chosen) if places > 0 else min(chosen)) + places
        self._document.select(order[min(max(place, 0), len(order) - 1)])

    # ─────────────────────────────────────────────────────────────────────────────────────────────

    def _added(self, tag: str, network: NetworkSpec, node_id: str) -> str:
        text = self.tr("add {layer}").format(layer=LAYERS[tag].title)
        is_added = self._document.edit_network(text, network, (node_id,))
        return self._document.selection[0] if is_added else ""

    def _remove(self, one: str, several: str) -> None:
        gone = self.selected
        if not gone:
            return
        order = [node.id for node in self._document.network]
        place = order.index(gone[-1])
        near = [*order[place + 1 :], *reversed(order[:place])]
        network = edits.remove_with_ways(self._document.network, *gone)
        lost = [name for name in order if name not in gone and name not in network]
        if lost:
            names = ", ".join(self._name(name) for name in lost)
            told = self.tr("Nothing would have read {layers}: removed as well.")
            self.told.emit(told.format(layers=names))
        near = [name for name in near if name in network]
        text = self._text(one, several)
        self._document.edit_network(text, network, tuple(near[:1]))

    def _name(self, item: str) -> str:
        if item == DATA:
            return self.tr("the data")
        return display_name(self._document.network[item])

    def _text(self, one: str, several: str, items: Collection[str] | None = None) -> str:
        chosen = self.selected if items is None else items
        return _counted(one, several, [self._name(each) for each in chosen])


def _counted(one: str, several: str, names: list[str]) -> str:
    return one.format(layer=names[0]) if len(names) == 1 else several.format(n=len(names))
