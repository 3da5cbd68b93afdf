"""The panel Runs: the runs that were kept, and in which settings the chosen ones differ from the present."""

from math import nan

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.project.document import SavedRun
from neuralstudio.session.changes import is_live_change
from neuralstudio.session.ledger import Figures, KeptRun, differences
from neuralstudio.training.history import History
from neuralstudio.ui.figures.table import TableWidget
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.run_list import RunList, RunRows
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Table

_NOTHING = Figures(0, nan, nan, nan, nan, nan)


class RunsPanel(Panel):
    """Left the list, right the table of differing settings."""

    tag = "runs"
    title = "Runs"
    area = "bottom"
    order = 4

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.rows = RunRows(studio)
        self.list = RunList(self.rows, self)
        self.list.open_wanted.connect(self.open_chosen)
        self.list.removal_wanted.connect(self.remove_chosen)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._pop_up)
        self.list.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self._keep = self._button("runs-keep", self.tr("Keep this run"), self.keep)
        self._keep.setToolTip(self.tr("Puts the present run into the list, as it is now"))
        self._open = self._button("runs-open", self.tr("Open this run"), self.open_chosen)
        self._open.setToolTip(self.tr("Brings its settings and weights back; the present run is kept"))
        self._remove = self._button("runs-remove", self.tr("Remove"), self.remove_chosen)
        self._told = Sentence(role="muted", parent=self)
        self._told.setObjectName("runs-told")
        self._empty = Sentence(
            self.tr(
                "No runs are kept yet. Each run is kept when you reset it, begin another by a change that "
                "starts anew, or go on from an earlier moment; “Keep this run” keeps it at once. Tick "
                "kept runs to see their curves beside the present ones."
            ),
            role="muted",
        )
        self._empty.setObjectName("runs-empty")
        self._sentence = Sentence(role="muted")
        self._sentence.setObjectName("runs-sentence")
        self.table = TableWidget(studio.theme.theme)
        self.table.setObjectName("runs-difference")
        self._lay_out()
        self.setFocusProxy(self.list)
        studio.kept.changed.connect(self._refresh)
        studio.document.changed.connect(self._refresh)
        studio.training.state_changed.connect(self._refresh_buttons)
        studio.training.progressed.connect(self._refresh_buttons)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._refresh()

    def _button(self, name: str, text: str, do: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("role", "compact")
        button.clicked.connect(do)
        return button

    def _lay_out(self) -> None:
        left, self._right, empty = QWidget(), QWidget(), QWidget()
        self._pages = QStackedLayout()
        around = QVBoxLayout(empty)
        around.setContentsMargins(12, 8, 12, 8)
        around.addWidget(self._empty)
        around.addStretch(1)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.list)
        buttons = QHBoxLayout()
        for button in (self._keep, self._open, self._remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        runs = QVBoxLayout(left)
        runs.setContentsMargins(6, 6, 6, 6)
        runs.addLayout(self._pages, 1)
        runs.addWidget(self._told)
        runs.addLayout(buttons)
        settings = QVBoxLayout(self._right)
        settings.setContentsMargins(8, 8, 6, 4)
        settings.addWidget(self._sentence)
        settings.addWidget(self.table, 1)
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(self._right)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([600, 340])
        split.setChildrenCollapsible(False)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)

    def catch_up(self) -> None:
        self._refresh()

    @property
    def chosen(self) -> KeptRun | None:
        """The run that has the keyboard."""
        row = self.list.currentIndex().row()
        return self.rows.runs[row] if 0 <= row < len(self.rows.runs) else None

    # ── what the buttons do ──────────────────────────────────────────────────────────────────────

    def keep(self) -> None:
        """Keeps the present run as it is now."""
        training = self.studio.training
        known = self.studio.kept.runs
        kept = self.studio.kept.keep(self.studio.document.project, training.saved_run())
        if kept is not None:
            self._choose(kept.number)
            self._told.show_text("")
        elif training.position.epoch < 1:
            self._told.show_text(self.tr("There is no run of at least one epoch yet."))
        else:
            self._told.show_text(self.tr("This run is kept already.") if known else "")

    def remove_chosen(self) -> None:
        """Forgets the chosen run."""
        run, row = self.chosen, self.list.currentIndex().row()
        if run is None:
            return
        self._told.show_text("")
        self.studio.kept.remove(run.number)
        if self.rows.runs:
            self.list.selectRow(min(row, len(self.rows.runs) - 1))

    def open_chosen(self) -> None:
        """Makes the chosen run the present one: its document by one undo step, and its weights.

        The present run is kept. Undo brings it back, unless only what may change while a run is on differs:
        then undo brings back the settings, and the run is in the list.
        """
        run = self.chosen
        if run is None:
            return
        document, training = self.studio.document, self.studio.training
        training.stop()
        if document.project != run.project and is_live_change(document.project, run.project):
            training.reset()  # which keeps it under its own settings
        returning = [node.id for node in run.project.network]
        text = self.tr("open the run “{title}”").format(title=run.title)
        if not document.edit(text, run.project, returning=returning):
            return
        training.restore(run.run)
        document.mark_trained()
        self._told.show_text(self.tr("“{title}” is the present run now.").format(title=run.title))

    def _pop_up(self, where: QPoint) -> None:
        run = self.chosen
        if run is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open this run"), self.open_chosen)
        menu.addAction(self.tr("Rename"), lambda: self.list.edit(self.list.currentIndex().siblingAtColumn(0)))
        pin = menu.addAction(self.tr("Pin: do not make room for later runs"))
        pin.setCheckable(True)
        pin.setChecked(run.is_pinned)
        pin.toggled.connect(lambda on: self.studio.kept.pin(run.number, on))
        menu.addSeparator()
        menu.addAction(self.tr("Remove"), self.remove_chosen)
        menu.popup(self.list.viewport().mapToGlobal(where))

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    def _choose(self, number: int) -> None:
        for row, run in enumerate(self.rows.runs):
            if run.number == number:
                self.list.selectRow(row)

    def _refresh(self) -> None:
        chosen = self.chosen
        self.rows.show_runs()
        self.list.fit_title()
        self._pages.setCurrentIndex(1 if self.rows.runs else 0)
        self._right.setVisible(bool(self.rows.runs))
        if chosen is not None and self.chosen is None:
            self._choose(chosen.number)
        self._refresh_buttons()
        self._show_differences()

    def _refresh_buttons(self) -> None:
        self._keep.setEnabled(self.studio.training.position.epoch >= 1)
        for button in (self._open, self._remove):
            button.setEnabled(self.chosen is not None)

    def _on_row_changed(self) -> None:
        self._refresh_buttons()
        self._show_differences()

    def _show_differences(self) -> None:
        """The present document first, then the ticked runs, or the chosen one where none is ticked."""
        if not self.is_in_view:
            return
        shown = self.studio.kept.shown or ((self.chosen,) if self.chosen is not None else ())
        now = KeptRun(
            0, self.tr("Now"), self.studio.document.project, SavedRun({}), History(), _NOTHING, colour=0
        )
        found = differences((now, *shown))
        if not shown:
            sentence = self.tr("Choose or tick runs to see in which settings they differ.")
        elif not found.rows:
            sentence = self.tr("The settings are the same as now.")
        elif len(shown) == 1:
            sentence = self.tr("Settings that differ from now")
        else:
            sentence = self.tr("Settings that differ between these runs and now")
        self._sentence.show_text(sentence)
        rows = tuple((setting.removeprefix("Training · "), *cells) for setting, cells in found.rows)
        self.table.setVisible(bool(rows))
        self.table.show_figure(Table("", (self.tr("Setting"), *found.titles), rows, empty=" "))

    def _on_theme_changed(self) -> None:
        self.table.set_theme(self.studio.theme.theme)
        self._refresh()
