"""The bar of transport: train and step, how far, how fast, and the settings people change most."""

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.icons import icon
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme

RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
BATCHES = (1, 2, 4, 8, 10, 16, 30, 32, 64, 128, 256, 512)


class Reading(QWidget):
    """A small caption over a value."""

    def __init__(self, caption: str, name: str, width: int, value: QWidget | None = None) -> None:
        super().__init__()
        title = QLabel(caption)
        title.setProperty("role", "caption")
        self.value = value or QLabel("–")
        self.value.setObjectName(name)
        self.value.setAccessibleName(caption)
        if isinstance(self.value, QLabel):
            self.value.setProperty("role", "reading")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(1)
        layout.addWidget(title)
        layout.addWidget(self.value)
        line = self.value.lineEdit() if isinstance(self.value, QComboBox) else None
        if line is not None:
            line.setAccessibleName(caption)
        self.setMinimumWidth(width)

    def show_text(self, text: str) -> None:
        """Sets the value, where it is text."""
        if isinstance(self.value, QLabel) and self.value.text() != text:
            self.value.setText(text)
            # A toolbar does not ask again how wide a widget wants to be.
            self.setMinimumWidth(max(self.minimumWidth(), self.sizeHint().width()))


class TransportBar(QToolBar):
    """The toolbar. Everything it changes goes through the document, so it can be undone."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("transport")
        self.setWindowTitle(self.tr("Toolbar"))
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._studio = studio
        actions = studio.actions
        self._hideable: dict[str, QAction] = {}
        only_icon = Qt.ToolButtonStyle.ToolButtonIconOnly
        self._button(actions["reset"], "reset-button", "resetButton").setToolButtonStyle(only_icon)
        self._train = self._button(actions["train"], "train-button", "playButton")
        self._train.setProperty("primary", True)
        step = self._button(actions["step-batch"], "step-button", "stepButton")
        step.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(step)
        for name in ("step-batch", "step-epoch", "stop"):
            menu.addAction(actions[name])
        step.setMenu(menu)
        self.addSeparator()
        self._epoch = self._reading(self.tr("Epoch"), "epoch", 62)
        self._batch = self._reading(self.tr("Batch"), "batch", 86)
        self._left = self._reading(self.tr("Time left"), "time-left", 52)
        self._progress = QProgressBar()
        self._progress.setObjectName("progress")
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setMinimumWidth(40)
        self._progress.setMaximumWidth(150)
        self.addWidget(self._progress)
        self._speed = self._reading(self.tr("Samples/s"), "speed", 56)
        self.addSeparator()
        self._optimiser = self._combo(self.tr("Optimiser"), "optimiser")
        # The longest of the names would take the room of the learning rate in a small window.
        self._optimiser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._optimiser.setMinimumContentsLength(9)
        for row, kind in enumerate(OPTIMISERS):
            self._optimiser.addItem(kind.title)
            self._optimiser.setItemData(row, kind.summary(), Qt.ItemDataRole.ToolTipRole)
        self._optimiser.setMaxVisibleItems(len(OPTIMISERS))
        self._optimiser.view().setMinimumWidth(self._optimiser.view().sizeHintForColumn(0) + 24)
        self._optimiser.activated.connect(self._on_optimiser_chosen)
        self._rate = self._combo(self.tr("Learning rate"), "learning-rate", is_editable=True)
        self._rate.addItems([f"{rate:g}" for rate in RATES])
        self._rate.activated.connect(lambda _index: self._on_rate_entered())
        self._edit_of(self._rate).editingFinished.connect(self._on_rate_entered)
        self._size = self._combo(self.tr("Batch size"), "batch-size", is_editable=True)
        self._size.addItems([str(size) for size in BATCHES])
        self._size.activated.connect(lambda _index: self._on_batch_size_entered())
        self._edit_of(self._size).editingFinished.connect(self._on_batch_size_entered)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.addAction(actions["theme"])
        studio.document.changed.connect(self._show_settings)
        self._pace = Pace(self._show_progress, 200, self)
        studio.training.progressed.connect(self._pace.request)
        studio.training.state_changed.connect(self._show_state)
        studio.theme.theme_changed.connect(self.set_theme)
        studio.options.changed.connect(self._show_hidden)
        self._show_settings()
        self._show_state()

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _button(self, action: QAction, name: str, hides: str) -> QToolButton:
        """hides: what a Playground link calls the button."""
        button = QToolButton()
        button.setObjectName(name)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._hideable[hides] = self.addWidget(button)
        return button

    def _reading(self, caption: str, name: str, width: int) -> Reading:
        reading = Reading(caption, name, width)
        self.addWidget(reading)
        return reading

    def _combo(self, caption: str, name: str, *, is_editable: bool = False) -> QComboBox:
        combo = QComboBox()
        combo.setProperty("role", "reading")
        combo.setEditable(is_editable)
        if is_editable:
            # It would make 0.0001 of a typed 0. PySide's stub does not know that None is allowed.
            combo.setCompleter(None)  # type: ignore[arg-type]
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        combo.setMinimumContentsLength(5)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.addWidget(Reading(caption, name, 74, combo))
        return combo

    def _edit_of(self, combo: QComboBox) -> QLineEdit:
        edit = combo.lineEdit()
        assert edit is not None
        return edit

    def _show_hidden(self) -> None:
        """A link can hide buttons, while its playground is what is looked at; menus and keys stay."""
        for name, place in self._hideable.items():
            place.setVisible(not self._studio.options.hides(name))

    # ── from the studio ──────────────────────────────────────────────────────────────────────────

    def set_theme(self, theme: Theme) -> None:
        """The main button's icon is drawn in the colour that stands on the accent."""
        name = "pause" if self._studio.training.state == "running" else "play"
        self._studio.actions["train"].setIcon(icon(name, theme, theme.on_accent))

    def _show_settings(self) -> None:
        trainer = self._studio.document.project.trainer
        if not isinstance(trainer, Backprop):
            return
        with QSignalBlocker(self._optimiser), QSignalBlocker(self._rate), QSignalBlocker(self._size):
            self._optimiser.setCurrentText(trainer.optimiser.title)
            self._optimiser.setToolTip(trainer.optimiser.summary())
            self._rate.setCurrentText(f"{trainer.optimiser.learning_rate:g}")
            self._size.setCurrentText(str(trainer.batch_size))
        self._show_progress()

    def _show_state(self) -> None:
        training = self._studio.training
        action = self._studio.actions["train"]
        is_running = training.state == "running"
        has_begun = training.position.step > 0
        action.setText(
            self.tr("Pause")
            if is_running
            else self.tr("Resume")
            if training.state == "paused"
            else self.tr("Train")
        )
        self._keep_width()
        action.setToolTip(
            self.tr("Pause after this batch (Space)")
            if is_running
            else self.tr("Go on training (Space)")
            if has_begun
            else self.tr("Train the network (Space)")
        )
        self.set_theme(self._studio.theme.theme)
        self._show_progress()

    def _keep_width(self) -> None:
        """As wide as the longest of its words asks for, so that nothing beside it moves when they change."""
        action, hints = self._studio.actions["train"], []
        shown = action.text()
        for word in (self.tr("Train"), self.tr("Pause"), self.tr("Resume"), shown):
            action.setText(word)
            hints.append(self._train.sizeHint().width())
        self._train.setFixedWidth(max(96, *hints))

    def _show_progress(self) -> None:
        training = self._studio.training
        position, started, step = training.position, training.started, training.last_step
        total = training.total_epochs
        running = step is not None and position.batch > 0
        self._epoch.show_text(f"{min(position.epoch + (1 if running else 0), total):,} / {total:,}")
        batches = started.steps_per_epoch if started else 0
        done = position.batch if position.batch or not position.epoch else batches
        self._batch.show_text(f"{done:,} / {batches:,}" if batches else "–")
        self._left.show_text(_clock(training.seconds_left))
        self._speed.show_text(_speed(training.progress.rate(training.speed)))
        share = (position.epoch + (position.batch / batches if batches else 0)) / total if total else 0
        self._progress.setValue(min(1000, int(1000 * share)))

    # ── to the document ──────────────────────────────────────────────────────────────────────────

    def _on_optimiser_chosen(self, index: int) -> None:
        trainer = self._studio.document.project.trainer
        if isinstance(trainer, Backprop) and type(trainer.optimiser) is not OPTIMISERS[index]:
            chosen = msgspec.structs.replace(trainer, optimiser=OPTIMISERS[index]())
            self._studio.document.edit_trainer(self.tr("choose {}").format(chosen.optimiser.title), chosen)

    def _on_rate_entered(self) -> None:
        trainer = self._studio.document.project.trainer
        if not isinstance(trainer, Backprop):
            return
        if self._rate.currentText() == f"{trainer.optimiser.learning_rate:g}":
            return  # what is shown is rounded: leaving the box is no change
        try:
            rate = float(self._rate.currentText().replace(",", "."))
            optimiser = replaced(trainer.optimiser, learning_rate=rate)
        except (ValueError, ProblemError) as error:
            self._refuse(error, self.tr("Learning rate"), self.tr("a number above 0 up to 10"))
            return
        changed = msgspec.structs.replace(trainer, optimiser=optimiser)
        self._studio.document.edit_trainer(self.tr("change learning rate"), changed, "learning-rate")

    def _on_batch_size_entered(self) -> None:
        trainer = self._studio.document.project.trainer
        if not isinstance(trainer, Backprop):
            return
        try:
            changed = replaced(trainer, batch_size=int(self._size.currentText()))
        except (ValueError, ProblemError) as error:
            self._refuse(error, self.tr("Batch size"), self.tr("a whole number from 1 to 65536"))
            return
        self._studio.document.edit_trainer(self.tr("change batch size"), changed)

    def _refuse(self, error: Exception, name: str, allowed: str) -> None:
        words = str(error) if isinstance(error, ProblemError) else f"{name}: expected {allowed}."
        self._studio.training.warned.emit(words)
        self._show_settings()


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


def _speed(samples: float) -> str:
    if not samples:
        return "–"
    return f"{samples / 1000:.0f}k" if samples >= 10_000 else f"{samples:,.0f}"
