"""The panel Sweep: trains the network with every combination of two settings, and shows what came of each."""

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.engine.metrics import MetricFunction, usual_metric
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.session.sweep import Cell, Sweep
from neuralstudio.session.sweepable import settings_of
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.estimate import duration
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.sweep_axis import AxisField
from neuralstudio.ui.sweep_grid import SweepGrid
from neuralstudio.ui.sweeping import Sweeping

_WIDTH = 284
_DOWN = ("optimiser/learning_rate",)
_ACROSS = ("activation", "batch-size")
_EPOCHS, _MOST_EPOCHS = 100, 1_000_000


class SweepPanel(Panel):
    """Left what is tried and how far it is, right the grid."""

    tag = "sweep"
    title = "Sweep"
    area = "centre"
    order = 3
    wants_room = True

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.sweeping = Sweeping(self)
        self.sweeping.changed.connect(self._on_changed)
        self.sweeping.cell_found.connect(self._on_cell_found)
        self.sweeping.progressed.connect(self._on_progressed)
        self.sweeping.failed.connect(self._on_failed)
        self._since_start = QElapsedTimer()
        self.down = AxisField("down", self.tr("Down"))
        self.across = AxisField("across", self.tr("Across"))
        self.epochs = QSpinBox()
        self.epochs.setObjectName("sweep-epochs")
        self.epochs.setAccessibleName(self.tr("Epochs of each run"))
        self.epochs.setRange(1, _MOST_EPOCHS)
        self.epochs.setGroupSeparatorShown(True)
        self.epochs.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.epochs.setValue(_EPOCHS)
        self.start_button = QPushButton(self.tr("Start"))
        self.start_button.setObjectName("sweep-start")
        self.start_button.setProperty("primary", True)
        self.start_button.clicked.connect(self._on_pressed)
        self._count = QLabel()
        self._count.setObjectName("sweep-count")
        self._count.setProperty("role", "muted")
        self.message = Sentence(role="danger", parent=self)
        self.message.setObjectName("sweep-message")
        self._bar = QProgressBar()
        self._bar.setObjectName("sweep-progress")
        self._bar.setAccessibleName(self.tr("How much of the sweep is done"))
        self._bar.setRange(0, 1000)
        self.progress = Sentence(role="muted")
        self.progress.setObjectName("sweep-left")
        self._cell_title = headline(self.tr("Chosen cell"))
        self.cell_words = Sentence()
        self.cell_words.setObjectName("sweep-cell")
        self._use = QPushButton(self.tr("Use these settings"))
        self._use.setObjectName("sweep-use")
        self._use.setToolTip(self.tr("Gives the document the settings of the chosen cell, in one undo step"))
        self._use.clicked.connect(self.use)
        self._copy = QPushButton(self.tr("Copy as table"))
        for button in (self._use, self._copy):
            button.setProperty("role", "compact")
        self._copy.setObjectName("sweep-copy")
        self.told = Sentence(role="muted", parent=self)
        self.told.setObjectName("sweep-told")
        self.grid = SweepGrid(studio.theme.theme, self._metric())
        self.grid.chosen.connect(self._on_cell_chosen)
        self.grid.applied.connect(self.use)
        self._copy.clicked.connect(self.grid.copy_table)
        self._lay_out()
        self.setFocusProxy(self.down.combo)
        for axis in (self.down, self.across):
            axis.changed.connect(self._show_count)
        studio.document.changed.connect(self._take_up)
        studio.document.replaced.connect(self._forget)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._take_up()
        self._forget()
        self._on_theme_changed()

    def _lay_out(self) -> None:
        epochs = QHBoxLayout()
        epochs.addWidget(QLabel(self.tr("Epochs each")))
        epochs.addWidget(self.epochs)
        epochs.addStretch(1)
        start = QHBoxLayout()
        start.addWidget(self.start_button)
        start.addWidget(self._count, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._use)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        column = QWidget()
        column.setFixedWidth(_WIDTH)
        rows = QVBoxLayout(column)
        rows.setContentsMargins(14, 12, 14, 12)
        rows.setSpacing(8)
        rows.addWidget(self.down)
        rows.addSpacing(6)
        rows.addWidget(self.across)
        rows.addSpacing(6)
        rows.addLayout(epochs)
        rows.addLayout(start)
        for part in (self.message, self._bar, self.progress):
            rows.addWidget(part)
        rows.addSpacing(10)
        rows.addWidget(self._cell_title)
        rows.addWidget(self.cell_words)
        rows.addLayout(buttons)
        rows.addWidget(self.told)
        rows.addStretch(1)
        self._line = QWidget()
        self._line.setFixedWidth(1)
        self._line.setAutoFillBackground(True)
        left, self._view = QScrollArea(), QScrollArea()
        self._view.setCornerWidget(QWidget())  # else the style draws a box of its own
        left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.setFixedWidth(_WIDTH)
        for area, inside in ((left, column), (self._view, self.grid)):
            area.setFrameShape(QScrollArea.Shape.NoFrame)
            area.setWidgetResizable(True)
            area.setWidget(inside)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        columns.addWidget(left)
        columns.addWidget(self._line)
        columns.addWidget(self._view, 1)

    def catch_up(self) -> None:
        self._take_up()

    # ── starting and cancelling ──────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begins the sweep that was asked for, or says what is wrong with it."""
        self.message.show_text("")
        self.told.show_text("")
        wrong = next((axis for axis in (self.down, self.across) if not axis.check()), None)
        if wrong is not None:
            wrong.line.setFocus()
            return
        first, second = self.down.setting, self.across.setting
        if first is None or second is None:
            return
        project = self.studio.document.project
        try:
            sweep = Sweep(
                project, (first, self.down.values()), (second, self.across.values()), self.epochs.value()
            )
        except ProblemError as error:
            self.message.show_text(str(error))
            return
        self._since_start.start()
        self.sweeping.start(sweep)

    def cancel(self) -> None:
        """Ends the sweep; what was found stays."""
        self.sweeping.cancel()

    def _on_pressed(self) -> None:
        self.cancel() if self.sweeping.is_running else self.start()

    def _forget(self) -> None:
        """Another document was opened."""
        self.sweeping.cancel()
        self.sweeping.sweep, self.sweeping.cells = None, {}
        self.message.show_text("")
        self.told.show_text("")
        trainer = self.studio.document.project.trainer
        if isinstance(trainer, Backprop):
            self.epochs.setValue(min(trainer.epochs, _EPOCHS))
        self._on_changed()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    def _metric(self) -> MetricFunction:
        sweep = self.sweeping.sweep
        project = sweep.project if sweep is not None else self.studio.document.project
        return usual_metric(len(project.dataset.signature.classes))

    def _take_up(self) -> None:
        """The settings of the document as it is now."""
        if not self.is_in_view and self.down.setting is not None:
            return
        project = self.studio.document.project
        settings = settings_of(project)
        self.down.show_settings(settings, _DOWN)
        self.across.show_settings(settings, _ACROSS)

    def _show_count(self) -> None:
        try:
            rows, columns = len(self.down.values()), len(self.across.values())
        except ProblemError:
            self._count.setText("")
            return
        self._count.setText(self.tr("{} × {} = {} runs").format(rows, columns, rows * columns))

    def _on_changed(self) -> None:
        is_running = self.sweeping.is_running
        self.start_button.setText(self.tr("Cancel") if is_running else self.tr("Start"))
        for part in (self.down, self.across, self.epochs):
            part.setEnabled(not is_running)
        self.grid.show_sweep(self.sweeping.sweep, self.sweeping.cells, self._metric())
        self.grid.show_share(self.sweeping.share if is_running else 1.0)
        self._show_progress()
        self._show_cell()

    def _on_cell_found(self, _cell: Cell) -> None:
        self.grid.show_sweep(self.sweeping.sweep, self.sweeping.cells, self._metric())
        self._show_cell()

    def _on_progressed(self, share: float) -> None:
        self.grid.show_share(share if self.sweeping.is_running else 1.0)
        self._show_progress()

    def _on_failed(self, sentence: str) -> None:
        self.message.show_text(sentence)

    def _show_progress(self) -> None:
        sweep, done = self.sweeping.sweep, len(self.sweeping.cells)
        self._bar.setVisible(self.sweeping.is_running)
        self._bar.setValue(round(1000 * self.sweeping.share))
        if sweep is None:
            self.progress.show_text("")
        elif self.sweeping.is_running:
            text = self.tr("{done} of {count} runs").format(done=done, count=sweep.count)
            left = self._seconds_left()
            if left is not None:
                text += self.tr(", {time} left").format(time=duration(left))
            self.progress.show_text(text)
        elif done < sweep.count:
            text = self.tr("Cancelled after {done} of {count} runs").format(done=done, count=sweep.count)
            self.progress.show_text(text)
        else:
            self.progress.show_text(self.tr("All {count} runs are done").format(count=sweep.count))

    def _seconds_left(self) -> float | None:
        share, seconds = self.sweeping.share, self._since_start.elapsed() / 1000
        return seconds * (1 - share) / share if share > 0.01 else None

    def _on_cell_chosen(self) -> None:
        self._show_cell()
        if self.grid.current is not None:
            area = self.grid.cell_area(self.grid.current)
            middle = area.center().toPoint()
            self._view.ensureVisible(middle.x(), middle.y(), round(area.width()), round(area.height()))

    def _show_cell(self) -> None:
        place = self.grid.current
        self.cell_words.show_text(self.grid.words_for(place) if place is not None else "")
        has_any = bool(self.sweeping.cells)
        self._cell_title.setVisible(has_any)
        if has_any and place is None:
            sentence = self.tr("Choose a cell to see all its figures and to use its settings.")
            self.cell_words.show_text(sentence)
        self._use.setEnabled(self._is_usable)
        self._use.setVisible(has_any)
        self._copy.setVisible(has_any)

    def _on_theme_changed(self) -> None:
        theme = self.studio.theme.theme
        self.grid.set_theme(theme)
        look = self._line.palette()
        look.setColor(QPalette.ColorRole.Window, QColor(theme.border))
        self._line.setPalette(look)

    # ── using a cell ─────────────────────────────────────────────────────────────────────────────

    @property
    def _is_usable(self) -> bool:
        """There is a current cell, and its settings make a network that can be trained."""
        cell = self.sweeping.cells.get(self.grid.current) if self.grid.current is not None else None
        return cell is not None and (not cell.problem or cell.is_diverged)

    def use(self) -> None:
        """Gives the document the settings of the current cell, in one undo step."""
        sweep, place = self.sweeping.sweep, self.grid.current
        if sweep is None or place is None or not self._is_usable:
            return
        document = self.studio.document
        project, words = document.project, []
        try:
            for (swept, values), at in zip((sweep.first, sweep.second), place, strict=True):
                present = {each.key: each for each in settings_of(project)}
                if swept.key not in present:
                    what = self.tr("The network as it is now has no such setting")
                    remedy = self.tr("Undo what was changed since the sweep, or start another.")
                    raise ProblemError(Problem(swept.title, what, remedy))
                project = present[swept.key].apply(project, values[at])
                words.append(f"{swept.title} {swept.words(values[at])}")
        except ProblemError as error:
            self.told.set_role("danger")
            self.told.show_text(str(error))
            return
        text = self.tr("use settings of a sweep")
        self.told.set_role("muted")
        if project == document.project:
            self.told.show_text(self.tr("The document has these settings already."))
        elif document.edit(text, project):
            told = self.tr("The document has {settings} now. Undo takes it back.")
            self.told.show_text(told.format(settings=self.tr(" and ").join(words)))
