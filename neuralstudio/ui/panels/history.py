"""The panel History: every step of the work in words, to go back to, and what is different from now."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.network.difference import Change
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import load
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.comparison import comparison
from neuralstudio.ui.figures.table import TableWidget
from neuralstudio.ui.icons import icon
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Table

_WORDS = {"+": "added", "−": "removed", "~": "changed"}


class HistoryPanel(Panel):
    """Left the steps, right the difference of the chosen one (or of another project) to the document now."""

    tag = "history"
    title = "History"
    area = "bottom"
    order = 9

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._other: tuple[str, Project] | None = None
        self._changes: tuple[Change, ...] = ()
        self._is_filling = False
        self.list = QListWidget()
        self.list.setObjectName("history-steps")
        self.list.setAccessibleName(self.tr("Steps of the work"))
        self.list.setToolTip(self.tr("Enter or a double click goes back, or forth, to a step"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(lambda _item: self.go())
        self.list.currentRowChanged.connect(self._on_row_changed)
        self._go = QPushButton(self.tr("Go there"))
        self._go.setObjectName("history-go")
        self._go.clicked.connect(self.go)
        self._compare = QPushButton(self.tr("Compare with…"))
        self._compare.setObjectName("history-compare")
        self._compare.setMenu(QMenu(self._compare))
        self._compare.menu().aboutToShow.connect(self._fill_menu)
        self._sentence = QLabel()
        self._sentence.setObjectName("history-sentence")
        self._sentence.setWordWrap(True)
        self.table = TableWidget(studio.theme.theme)
        self.table.setObjectName("history-difference")
        self.table.row_chosen.connect(self._on_change_chosen)
        self._lay_out()
        self.setFocusProxy(self.list)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        studio.document.undo_stack.indexChanged.connect(lambda _index: self._refresh())
        studio.document.undo_stack.cleanChanged.connect(lambda _is_clean: self._refresh())
        studio.document.replaced.connect(self._forget)
        studio.document.title_changed.connect(self._refresh)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self._go)
        buttons.addWidget(self._compare)
        buttons.addStretch(1)
        left, right = QWidget(), QWidget()
        steps = QVBoxLayout(left)
        steps.setContentsMargins(6, 6, 6, 6)
        steps.addWidget(self.list, 1)
        steps.addLayout(buttons)
        changes = QVBoxLayout(right)
        changes.setContentsMargins(8, 8, 6, 4)
        changes.addWidget(self._sentence)
        changes.addWidget(self.table, 1)
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([260, 700])
        split.setChildrenCollapsible(False)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)

    def catch_up(self) -> None:
        self._refresh()

    # ── the steps ────────────────────────────────────────────────────────────────────────────────

    def go(self) -> None:
        """Makes the document what it was at the chosen step: by undoing, or by doing again."""
        row = self.list.currentRow()
        if row >= 0:
            self._other = None
            self.studio.document.undo_stack.setIndex(row)

    def _refresh(self) -> None:
        if not self.is_in_view:
            return
        stack, steps = self.studio.document.undo_stack, self.studio.document.steps
        had_keyboard = max(self.list.currentRow(), 0)
        was_at_present = self.list.currentRow() < 0 or self.list.property("present") == had_keyboard
        self._is_filling = True
        self.list.clear()
        for place, (text, _) in enumerate(steps):
            self.list.addItem(self._item(place, text))
        self.list.setProperty("present", stack.index())
        self.list.setCurrentRow(stack.index() if was_at_present else min(had_keyboard, stack.count()))
        self._is_filling = False
        self._show_difference()

    def _item(self, place: int, text: str) -> QListWidgetItem:
        document, theme = self.studio.document, self.studio.theme.theme
        stack = document.undo_stack
        words = [text[:1].upper() + text[1:] if text else self.tr("As it was opened")]
        if place == stack.index():
            words.append(self.tr("now"))
        if place == stack.cleanIndex() and document.path is not None:
            words.append(self.tr("saved"))
        item = QListWidgetItem("  ·  ".join(words))
        if place == stack.index():
            item.setIcon(icon("right", theme, theme.accent))
            font = item.font()
            font.setBold(True)
            item.setFont(font)
        else:
            item.setIcon(icon("undo" if place < stack.index() else "redo", theme, theme.muted))
        if place > stack.index():
            item.setForeground(QColor(theme.muted))
            item.setToolTip(self.tr("Undone; it can be done again"))
        return item

    def _on_row_changed(self, _row: int) -> None:
        if not self._is_filling:
            self._other = None
            self._show_difference()

    # ── the difference ───────────────────────────────────────────────────────────────────────────

    def compare(self, name: str, project: Project) -> None:
        """Shows what is different now from another project."""
        self._other = name, project
        self._show_difference()

    def compare_with_file(self, path: Path) -> None:
        """Shows what is different now from a project file; says what is wrong if it cannot be read."""
        try:
            self.compare(path.name, load(path).project)
        except ProblemError as error:
            self.studio.training.warned.emit(str(error))

    def _show_difference(self) -> None:
        document, row = self.studio.document, self.list.currentRow()
        steps = document.steps
        row = row if 0 <= row < len(steps) else document.undo_stack.index()
        name, project = self._other or (self.list.item(row).text().split("  ·  ")[0], steps[row][1])
        self._go.setEnabled(row != document.undo_stack.index())
        self._changes = comparison(project, document.project)
        is_now = self._other is None and row == document.undo_stack.index()
        if is_now:
            sentence = self.tr("This is how it is now. Choose another step to see what is different.")
        elif not self._changes:
            sentence = self.tr("There is no difference between “{name}” and now.").format(name=name)
        else:
            count = len(self._changes)
            several = self.tr("From “{name}” to now: {n} changes") if count > 1 else ""
            sentence = (several or self.tr("From “{name}” to now: 1 change")).format(name=name, n=count)
        self._sentence.setText(sentence)
        rows = tuple(
            (f"{each.mark} {self.tr(_WORDS[each.mark])}", each.where, each.what, each.before, each.after)
            for each in self._changes
        )
        columns = ("", self.tr("Where"), self.tr("What"), self.tr("Before"), self.tr("Now"))
        self.table.show_figure(Table("", columns, rows))

    def _on_change_chosen(self, row: int) -> None:
        node = self._changes[row].node
        if node in (DATA, LOSS) or node in self.studio.document.network:
            self.studio.document.select(node)

    def _fill_menu(self) -> None:
        menu = self._compare.menu()
        menu.clear()
        path = self.studio.document.path
        saved = menu.addAction(self.tr("The saved version"))
        saved.setEnabled(path is not None)
        if path is not None:
            saved.triggered.connect(lambda: self.compare_with_file(path))
        menu.addAction(self.tr("A project file…"), self._ask_file)
        menu.addSeparator()
        for name in example_names():
            project = example(name)
            menu.addAction(project.title, partial(self.compare, project.title, project))

    def _ask_file(self) -> None:
        title, kinds = self.tr("Compare with a project"), self.tr("NeuralStudio projects (*.nstudio)")
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if chosen:
            self.compare_with_file(Path(chosen))

    def _forget(self) -> None:
        self._other = None
        self.list.clear()

    def _on_theme_changed(self) -> None:
        self.table.set_theme(self.studio.theme.theme)
        self._refresh()
