"""The context menus of the canvas: what can be done with a card, a wire, or the whole."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu, QWidget

from neuralstudio.network.spec import LOSS
from neuralstudio.project.document import Project
from neuralstudio.project.remedies import remedies
from neuralstudio.ui.canvas.arrangement import Pair
from neuralstudio.ui.canvas.content import GROUP
from neuralstudio.ui.canvas.places import Place
from neuralstudio.ui.canvas.view import CanvasView


class Menus:
    """Makes menus for a view; each is gone when it has been closed."""

    def __init__(self, view: CanvasView, parent: QWidget) -> None:
        self._view, self._parent = view, parent

    def of_card(self, name: str) -> QMenu:
        """What can be done with a card; for the ground ("") with the network."""
        view, edits, tr = self._view, self._view.edits, self._parent.tr
        menu = self._menu()
        if name and name in view.canvas.cards and view.canvas.cards[name].content.members:
            self._add_remedies(menu, name)
            _add(menu, "duplicate", tr("Duplicate") + "\tCtrl+D", edits.duplicate)
            _add(menu, "copy", tr("Copy") + "\tCtrl+C", edits.copy)
            _add(menu, "cut", tr("Cut") + "\tCtrl+X", edits.cut)
            _add(menu, "delete", tr("Delete") + "\tDel", edits.delete)
            menu.addSeparator()
            _add(menu, "earlier", tr("Move earlier") + "\tAlt+←", lambda: edits.shift(-1))
            _add(menu, "later", tr("Move later") + "\tAlt+→", lambda: edits.shift(1))
            menu.addSeparator()
            self._add_groups(menu, name)
        if name and name != LOSS:
            _add(menu, "wire", tr("Wire to…") + "\tW", self._later(view.begin_wiring))
            branch = Place(
                source=view.canvas.members(name)[-1],
                is_new_branch=True,
                at=view.canvas.arrangement.output_port(name),
            )
            _add(menu, "branch", tr("New branch…"), self._later(lambda: view.insert_asked.emit(branch)))
        after = view.canvas.members(name)[-1] if name and name != LOSS else edits.end
        text = tr("Insert after…") if name and name != LOSS else tr("Insert a layer…")
        insert = self._later(lambda: view.insert_asked.emit(Place(source=after)))
        _add(menu, "insert", text + "\t/", insert)
        if not name:
            _add(menu, "paste", tr("Paste") + "\tCtrl+V", edits.paste)
            _add(menu, "select-all", tr("Select all layers") + "\tCtrl+A", edits.select_all)
            _add(menu, "fit", tr("Fit into view") + "\tCtrl+0", view.fit)
        return menu

    def of_wire(self, pair: Pair) -> QMenu:
        """What can be done with a wire."""
        view, tr = self._view, self._parent.tr
        menu = self._menu()
        place, nodes = view.place_on(pair), view.canvas.wires[pair].content.nodes
        insert = self._later(lambda: view.insert_asked.emit(place))
        _add(menu, "insert", tr("Insert here…") + "\t/", insert, "wire")
        _add(menu, "remove", tr("Remove wire") + "\tDel", lambda: view.edits.unwire(*nodes), "wire")
        menu.actions()[-1].setEnabled(nodes[1] != LOSS)
        return menu

    def _add_remedies(self, menu: QMenu, name: str) -> None:
        document, tr = self._view.document, self._parent.tr
        number = 0
        for problem in self._view.canvas.cards[name].content.problems:
            for remedy in remedies(document.project, problem):
                text = tr("Fix: {remedy}").format(remedy=remedy.title)
                _add(menu, f"remedy-{number}", text, _edit(document.edit, remedy.title, remedy.project))
                number += 1
        if number:
            menu.addSeparator()

    def _add_groups(self, menu: QMenu, name: str) -> None:
        edits, tr = self._view.edits, self._parent.tr
        group = edits.group_of(edits.selected)
        if len(edits.selected) > 1 and not group:
            _add(menu, "group", tr("Group") + "\tCtrl+G", edits.group)
            menu.addSeparator()
        elif group:
            text = tr("Open the group") if name.startswith(GROUP) else tr("Close the group")
            _add(menu, "toggle-group", text, lambda: edits.toggle_group(group))
            text = tr("Rename the group…") + "\tF2"
            _add(menu, "rename-group", text, self._later(self._view.ask_for_name))
            _add(menu, "ungroup", tr("Ungroup") + "\tCtrl+Shift+G", edits.ungroup)
            menu.addSeparator()

    def _menu(self) -> QMenu:
        menu = QMenu(self._parent)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _later(self, do: Callable[[], object]) -> Callable[[], None]:
        """After the menu has closed and given the keyboard back: what opens now would lose it."""
        return lambda: QTimer.singleShot(0, self._parent, do)


def _edit(edit: Callable[[str, Project], object], title: str, project: Project) -> Callable[[], object]:
    return lambda: edit(title, project)


def _add(menu: QMenu, tag: str, text: str, do: Callable[[], object], kind: str = "card") -> None:
    action = menu.addAction(text)
    action.setObjectName(f"{kind}-{tag}")
    action.triggered.connect(lambda _checked=False: do())
