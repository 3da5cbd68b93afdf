"""The panel Log: what happened in the runs, line by line, to read again or to copy."""

from PySide6.QtCore import QPoint, Qt, QTime
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListWidget, QListWidgetItem, QMenu, QStackedLayout

from neuralstudio.engine.metrics import usual_metric
from neuralstudio.ui.icons import icon
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.progress import ending
from neuralstudio.ui.studio import Studio

MOST_LINES = 2000
_MOST_EPOCH_LINES = 100
"""Epoch lines of one run: of more epochs than that, only every second, third … is written."""
_SIGN = Qt.ItemDataRole.UserRole


class LogPanel(Panel):
    """Messages of the runs with the time of day. It listens also while it is not seen."""

    tag = "log"
    title = "Log"
    area = "bottom"
    order = 3

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._started: object = None
        self._outcome: object = None
        self._history: object = None
        self._last_epoch = 0.0
        self._list = QListWidget()
        self._list.setObjectName("log-lines")
        self._list.setAccessibleName(self.tr("Messages of the runs"))
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setUniformItemSizes(False)
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._on_menu_asked)
        copy = QAction(self.tr("Copy"), self._list)
        copy.setObjectName("copy-log")
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self._copy = copy
        self._list.addAction(copy)
        self._sentence = QLabel(self.tr("What happens in a run is written here, with the time of day."))
        self._sentence.setProperty("role", "muted")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._sentence)
        self._pages.addWidget(self._list)
        studio.training.progressed.connect(self._on_progressed)
        studio.document.replaced.connect(self._list.clear)
        studio.training.warned.connect(lambda sentence: self._write(sentence, "warning"))
        studio.training.finished.connect(self._on_finished)
        studio.theme.theme_changed.connect(self._on_theme_changed)

    def lines(self) -> list[str]:
        """The messages as they stand in the list."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def copy(self) -> None:
        """Puts the selected lines, or all if none is, on the clipboard."""
        chosen = sorted(self._list.row(item) for item in self._list.selectedItems())
        lines = self.lines()
        QGuiApplication.clipboard().setText("\n".join(lines[row] for row in chosen) or "\n".join(lines))

    def clear(self) -> None:
        """Empties the list."""
        self._list.clear()
        self._pages.setCurrentIndex(0)

    # What is written

    def _on_progressed(self) -> None:
        training = self.studio.training
        if training.history is not self._history:
            self._history = training.history
            self._started = self._outcome = None
            self._last_epoch = (
                float(training.history.epochs.rows[-1, 0]) if len(training.history.epochs) else 0.0
            )
        if training.started is not None and training.started is not self._started:
            self._started = training.started
            self._write_started()
        self._write_epochs()

    def _write_started(self) -> None:
        started = self.studio.training.started
        assert started is not None
        text = self.tr("Training {first}: {steps} batches of {size} in each of {epochs} epochs")
        first = self.tr("goes on from epoch {n}").format(n=started.first_epoch) if started.first_epoch else ""
        self._write(
            text.format(
                first=first or self.tr("starts"),
                steps=f"{started.steps_per_epoch:,}",
                size=f"{started.batch_size:,}",
                epochs=f"{started.epochs - started.first_epoch:,}",
            ),
            "info",
        )

    def _write_epochs(self) -> None:
        rows = self.studio.training.history.epochs.rows
        new = rows[rows[:, 0].searchsorted(self._last_epoch, "right") :]
        if not len(new):
            return
        total = self.studio.training.total_epochs
        every = max(1, -(-total // _MOST_EPOCH_LINES))
        for row in new.tolist():
            epoch = row[0]
            is_due = epoch // every > self._last_epoch // every
            self._last_epoch = epoch
            if epoch >= 1 and is_due:
                where = self.tr("Epoch {epoch} of {total}").format(epoch=f"{epoch:,.0f}", total=f"{total:,}")
                penalty = self.studio.training.history.penalty_at(epoch)
                training = self.tr("training: {figures}").format(
                    figures=self._figures(row[1], row[2], penalty)
                )
                test = self.tr("test: {figures}").format(figures=self._figures(*row[3:5]))
                self._write(f"{where} · {training} · {test}", "curves")

    def _figures(self, loss: float, value: float, penalty: float = 0.0) -> str:
        """ "loss 0.081, accuracy 97.6 %", or "loss 0.081 + penalty 0.02, …" of a penalised network."""
        metric = usual_metric(len(self.studio.document.project.dataset.signature.classes))
        shown = f"{value * 100:.1f} %" if metric.is_share else f"{value:.4g}"
        return self.tr("loss {loss}, {metric} {value}").format(
            loss=f"{loss:.4g}" + (self.tr(" + penalty {}").format(f"{penalty:.3g}") if penalty else ""),
            metric=metric.title.lower(),
            value=shown,
        )

    def _on_finished(self) -> None:
        outcome = self.studio.training.outcome
        self._on_progressed()
        if outcome is None:
            epoch = self.studio.training.position.epoch + 1
            self._write(self.tr("Stopped in epoch {epoch}").format(epoch=f"{epoch:,}"), "stop")
        elif outcome is not self._outcome:
            self._outcome = outcome
            text = self.tr("Finished after {epochs}, {seconds} s of training · test: {figures}")
            epochs = self.tr("1 epoch") if outcome.epochs == 1 else self.tr("{n} epochs")
            self._write(
                text.format(
                    epochs=epochs.format(n=f"{outcome.epochs:,}"),
                    seconds=f"{outcome.seconds:.1f}",
                    figures=self._figures(outcome.test_loss, outcome.test_metric),
                ),
                "check",
            )
            reason = ending(outcome)
            if reason:
                self._write(reason, "info")

    def _write(self, text: str, sign: str) -> None:
        """Adds a line, and keeps the end in sight if it was in sight before."""
        bar = self._list.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - 4
        item = QListWidgetItem(f"{QTime.currentTime().toString('HH:mm:ss')}   {text}")
        item.setData(_SIGN, sign)
        self._paint_sign(item)
        self._list.addItem(item)
        if self._list.count() > MOST_LINES:
            self._list.takeItem(0)
        self._pages.setCurrentIndex(1)
        if is_at_end:
            self._list.scrollToBottom()

    def _paint_sign(self, item: QListWidgetItem) -> None:
        theme = self.studio.theme.theme
        sign = str(item.data(_SIGN))
        colours = {"warning": theme.warning, "check": theme.good}
        item.setIcon(icon(sign, theme, colours.get(sign, theme.muted)))

    def _on_theme_changed(self) -> None:
        for row in range(self._list.count()):
            self._paint_sign(self._list.item(row))

    def _on_menu_asked(self, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._copy)
        menu.addAction(self.tr("Select all"), self._list.selectAll)
        menu.addSeparator()
        menu.addAction(self.tr("Clear"), self.clear)
        menu.popup(self._list.viewport().mapToGlobal(where))
