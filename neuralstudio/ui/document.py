"""The open document in the window: the project's value, its undo history, and what is selected."""

from collections.abc import Collection
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from neuralstudio.data._base import Dataset
from neuralstudio.layers._base import Layer
from neuralstudio.network.check import Report
from neuralstudio.network.spec import DATA, LOSS, MOST_NODES, NetworkSpec
from neuralstudio.project.document import Project
from neuralstudio.project.groups import with_names
from neuralstudio.training._base import Trainer


class Document(QObject):
    """Holds one immutable ``Project``; every change of it is one command on ``undo_stack``."""

    changed = Signal()
    """The project's value is another: an edit, an undo, another document."""
    replaced = Signal()
    """Another document was opened; ``changed`` follows."""
    selection_changed = Signal()
    title_changed = Signal()
    refused = Signal(str)
    """An edit was not made; a sentence says why."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self.path: Path | None = None
        self._project = Project()
        self._report: Report | None = None
        self._selection: tuple[str, ...] = ()
        self._has_unsaved_run = False
        self._used: set[str] = set()
        """Ids of layers that an undo step or a run knows: a new layer gets none of them, or their weights."""
        self._trained: set[str] = set()
        """Of these, ids that a run may know."""

    def _on_clean_changed(self, _is_clean: bool) -> None:
        self.title_changed.emit()

    @property
    def project(self) -> Project:
        return self._project

    @property
    def network(self) -> NetworkSpec:
        return self._project.network

    @property
    def report(self) -> Report:
        """Shapes, weights and problems of the network as it is now."""
        if self._report is None:
            self._report = self._project.check()
        return self._report

    @property
    def is_dirty(self) -> bool:
        """There are edits or training results that no file holds."""
        return not self.undo_stack.isClean() or self._has_unsaved_run

    @property
    def steps(self) -> tuple[tuple[str, Project], ...]:
        """Each undo step's words and what it led to, undone ones as well. The first is how it was opened."""
        edits = [self.undo_stack.command(place) for place in range(self.undo_stack.count())]
        ours = [edit for edit in edits if isinstance(edit, Step)]
        opened = ours[0].before if ours else self._project
        return (("", opened), *((edit.text(), edit.after) for edit in ours))

    def mark_trained(self) -> None:
        """Training changed the weights, so there is something to save."""
        self._trained.update(node.id for node in self.network)
        if not self._has_unsaved_run:
            self._has_unsaved_run = True
            self.title_changed.emit()

    def mark_untrained(self) -> None:
        """Training was taken back. Only a file may still hold its results."""
        if self.path is None and self._has_unsaved_run:
            self._has_unsaved_run = False
            self.title_changed.emit()

    def retitle(self, title: str) -> None:
        """Gives the project its name, without an undo step."""
        if title != self._project.title:
            self._become(msgspec.structs.replace(self._project, title=title))

    def mark_saved(self, path: Path) -> None:
        """The file at ``path`` now holds all there is."""
        self.path = path
        self._has_unsaved_run = False
        self.undo_stack.setClean()
        self.title_changed.emit()

    # ── edits ────────────────────────────────────────────────────────────────────────────────────

    def edit(
        self,
        text: str,
        project: Project,
        merge_key: str = "",
        select: tuple[str, ...] | None = None,
        returning: Collection[str] = (),
    ) -> bool:
        """Changes the document, and the selection with it if given; False where that is refused.

        ``text`` names the change in the Undo menu ("add Dense"). Changes in a row with the same ``merge_key``
        (a dragged slider) become one undo step. New layers whose id was used before get another one, but for
        those that are ``returning``: they were there before, with that id.
        """
        if len(project.network) > max(MOST_NODES, len(self.network)):
            what = self.tr("A network has {most} layers at most, and this one would have {count}.")
            self.refused.emit(what.format(most=MOST_NODES, count=len(project.network)))
            return False
        names: dict[str, str] = {}
        if project != self._project:
            self._forget_undone()
            names = self._other_names(project, returning)
            self.undo_stack.push(_Edit(self, text, with_names(project, names), merge_key))
        if select is not None:
            self.select(*(names.get(each, each) for each in select))
        return True

    def push(self, step: "Step") -> None:
        """Does a step that leaves the project as it is, and can be undone: weights that are set by hand."""
        self._forget_undone()
        self.undo_stack.push(step)

    def edit_network(
        self, text: str, network: NetworkSpec, select: tuple[str, ...] | None = None, merge_key: str = ""
    ) -> bool:
        """Changes the network, and the selection with it if given; False where that is refused."""
        return self.edit(text, msgspec.structs.replace(self._project, network=network), merge_key, select)

    def edit_dataset(self, text: str, dataset: Dataset, merge_key: str = "") -> None:
        """Chooses another data set, or changes its settings."""
        self.edit(text, msgspec.structs.replace(self._project, dataset=dataset), merge_key)

    def edit_trainer(self, text: str, trainer: Trainer, merge_key: str = "") -> None:
        """Changes the training setup."""
        self.edit(text, msgspec.structs.replace(self._project, trainer=trainer), merge_key)

    def fresh_id(self, layer: Layer) -> str:
        """The id that a new layer of this kind gets."""
        return self.network.fresh_id(layer, self._used)

    def _other_names(self, project: Project, returning: Collection[str]) -> dict[str, str]:
        """Names for new layers whose ids were those of others, perhaps trained ones, before."""
        present = {node.id for node in self.network} | set(returning)
        taken = self._used | {node.id for node in project.network}
        names: dict[str, str] = {}
        for node in project.network:
            if node.id not in present and node.id in self._used:
                names[node.id] = self.network.fresh_id(node.layer, taken)
                taken.add(names[node.id])
        return names

    def _forget_undone(self) -> None:
        """The steps that were undone will be no more, and their ids are free if no run knows them."""
        for place in range(self.undo_stack.index(), self.undo_stack.count()):
            undone = self.undo_stack.command(place)
            assert isinstance(undone, Step)
            self._used -= undone.brought - self._trained

    def open(self, project: Project, path: Path | None = None) -> None:
        """Replaces the whole document; the undo history starts anew."""
        self.path = path
        self._has_unsaved_run = False
        self.undo_stack.clear()
        self._used, self._trained = set(), {node.id for node in project.network}
        self.replaced.emit()
        self._become(project)
        self.select()
        self.title_changed.emit()

    def _become(self, project: Project) -> None:
        self._project = project
        self._report = None
        self._used.update(node.id for node in project.network)
        kept = tuple(item for item in self._selection if item in (DATA, LOSS) or item in project.network)
        self.changed.emit()
        if kept != self._selection:
            self.select(*kept)

    # ── selection ────────────────────────────────────────────────────────────────────────────────

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected nodes; ``DATA`` and ``LOSS`` stand for their cards."""
        return self._selection

    def select(self, *items: str) -> None:
        """Selects cards; nothing for no arguments."""
        if items != self._selection:
            self._selection = items
            self.selection_changed.emit()


class Step(QUndoCommand):
    """A step of the work: the project before, and after."""

    def __init__(self, text: str, before: Project, after: Project) -> None:
        super().__init__(text)
        self.before = before
        self.after = after

    @property
    def brought(self) -> set[str]:
        """Ids of the layers it added."""
        return {node.id for node in self.after.network} - {node.id for node in self.before.network}


class _Edit(Step):
    """Makes the project another."""

    def __init__(self, document: Document, text: str, after: Project, merge_key: str) -> None:
        super().__init__(text, document.project, after)
        self._document = document
        self._merge_key = merge_key

    def redo(self) -> None:
        self._document._become(self.after)

    def undo(self) -> None:
        self._document._become(self.before)

    def id(self) -> int:
        return 1 if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Edit) or other._merge_key != self._merge_key:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True
