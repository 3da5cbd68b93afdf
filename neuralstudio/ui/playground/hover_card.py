"""The card at a weight: its value, gradient and last update, alive; and where to type another value."""

from dataclasses import dataclass
from math import isfinite

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.ui.forms.sentence import Sentence

_AWAY = 14
_LARGEST = 1e6
_SHEET = "#hover-card { background: palette(window); border: 1px solid palette(mid); border-radius: 8px; }"


@dataclass(frozen=True)
class WeightAt:
    """A weight on the board: of the layer ``node``, from input ``source`` (None: the bias) to ``unit``."""

    node: str
    source: int | None
    unit: int


@dataclass(frozen=True)
class WeightNow:
    """What is known of a weight at this moment. ``words``: "Weight h1·3 → h2·2"."""

    words: str
    value: float
    gradient: float | None
    update: float | None
    is_frozen: bool


class HoverCard(QFrame):
    """Follows the pointer; pinned it stays, takes the keyboard, and can change the weight."""

    value_entered = Signal(object, float)
    """A ``WeightAt`` and its new value."""
    frozen_changed = Signal(str, bool)
    """A layer's id, and whether it shall stay as it is."""
    chosen = Signal(object)
    """Another ``WeightAt`` of the same neuron was chosen in the list."""
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("hover-card")
        self.setStyleSheet(_SHEET)
        self.weight: WeightAt | None = None
        self.is_pinned = False
        self._where = QPoint()
        self._title = QLabel()
        self._title.setObjectName("hover-title")
        self._list = QComboBox()
        self._list.setObjectName("hover-list")
        self._list.setAccessibleName(self.tr("Weights of this neuron"))
        self._list.activated.connect(self._on_activated)
        self._close = QToolButton()
        self._close.setText("×")
        self._close.setProperty("flat", True)
        self._close.setStyleSheet("padding: 0 5px;")
        self._close.setAccessibleName(self.tr("Close"))
        self._close.clicked.connect(self.unpin)
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addWidget(self._list, 1)
        top.addStretch()
        top.addWidget(self._close)
        self._value, self._gradient, self._update = (QLabel() for _ in range(3))
        self._edit = QLineEdit()
        self._edit.setObjectName("hover-value")
        self._edit.setAccessibleName(self.tr("New value"))
        self._edit.setMaximumWidth(130)
        self._edit.returnPressed.connect(self._enter)
        self._edit.textEdited.connect(lambda _text: self._say(""))
        self._refusal = Sentence(role="danger")
        self._refusal.setObjectName("hover-refusal")
        self._refusal.hide()
        self._frozen = QCheckBox(self.tr("Freeze this layer"))
        self._frozen.setObjectName("hover-freeze")
        self._frozen.clicked.connect(self._on_frozen)
        self._hint = QLabel(self.tr("Click to edit"))
        self._hint.setProperty("role", "muted")
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(3)
        for words, label in (
            (self.tr("Value"), self._value),
            (self.tr("Gradient"), self._gradient),
            (self.tr("Last update"), self._update),
        ):
            name = QLabel(words)
            name.setProperty("role", "muted")
            label.setMinimumWidth(90)
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._form.addRow(name, label)
        self._new = QLabel(self.tr("New value"))
        self._new.setProperty("role", "muted")
        self._form.addRow(self._new, self._edit)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 12, 10)
        rows.setSpacing(6)
        rows.addLayout(top)
        rows.addLayout(self._form)
        rows.addWidget(self._refusal)
        rows.addWidget(self._frozen)
        rows.addWidget(self._hint)
        self.hide()

    def show_at(self, weight: WeightAt, now: WeightNow, where: QPoint, *, is_pinned: bool) -> None:
        """Opens beside a point of its parent. ``refresh`` keeps it up to date."""
        is_new = (weight, is_pinned) != (self.weight, self.is_pinned)
        self.weight = weight
        if is_new:
            self._pin(is_pinned)
            self._say("")
        self.refresh(now)
        if is_new and is_pinned:
            self._edit.setText(_number(now.value))
            self._edit.selectAll()
            self._edit.setFocus()
        self.adjustSize()
        self._where = where
        self._place(where)
        self.show()
        self.raise_()

    def set_choices(self, choices: list[tuple[str, WeightAt]]) -> None:
        """All weights of the neuron, for the list of a pinned card."""
        self._list.clear()
        for words, weight in choices:
            self._list.addItem(words, weight)
        found = next((index for index, (_, weight) in enumerate(choices) if weight == self.weight), 0)
        self._list.setCurrentIndex(found)
        self.adjustSize()
        self._place(self._where)

    def refresh(self, now: WeightNow) -> None:
        """The newest numbers; what is being typed stays."""
        self._title.setText(f"<b>{now.words}</b>")
        self._value.setText(_number(now.value))
        self._gradient.setText(_number(now.gradient))
        self._update.setText(_number(now.update))
        self._frozen.setChecked(now.is_frozen)
        self.setAccessibleName(f"{now.words}, {_number(now.value)}")

    def unpin(self) -> None:
        """Closes the card."""
        self.weight, self.is_pinned = None, False
        self.hide()
        self.closed.emit()

    def _pin(self, is_pinned: bool) -> None:
        self.is_pinned = is_pinned
        # One that follows the pointer must not catch it.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not is_pinned)
        for widget in (self._list, self._close, self._edit, self._new, self._frozen):
            widget.setVisible(is_pinned)
        self._title.setVisible(not is_pinned)
        self._hint.setVisible(not is_pinned)

    def _place(self, where: QPoint) -> None:
        """Right below the point; where that is outside, on the other side of it."""
        room = self._over.rect()
        box = QRect(where + QPoint(_AWAY, _AWAY), self.size())
        if box.right() > room.right():
            box.moveRight(max(where.x() - _AWAY, self.width()))
        if box.bottom() > room.bottom():
            box.moveBottom(max(where.y() - _AWAY, self.height()))
        self.move(box.topLeft())

    def _enter(self) -> None:
        text = self._edit.text().strip()
        try:
            value = float(text.replace("−", "-").replace(",", "."))
        except ValueError:
            self._say(
                self.tr("Expected a number such as 0.5. Received: {}").format(text or self.tr("nothing"))
            )
            return
        if not isfinite(value) or abs(value) > _LARGEST:
            self._say(self.tr("Expected a number from −1,000,000 to 1,000,000. Received: {}").format(text))
            return
        self._say("")
        self.value_entered.emit(self.weight, value)

    def _say(self, sentence: str) -> None:
        self._refusal.setText(sentence)
        self._refusal.setVisible(bool(sentence))
        self._edit.setProperty("wrong", bool(sentence))
        self._edit.style().polish(self._edit)
        self.resize(self.width(), self.heightForWidth(self.width()))  # as wide as it is: × stays in its place

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self._list.itemData(index))

    def _on_frozen(self, is_frozen: bool) -> None:
        if self.weight is not None:
            self.frozen_changed.emit(self.weight.node, is_frozen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.unpin()
            return
        super().keyPressEvent(event)


def _number(value: float | None) -> str:
    """Four digits that mean something, with a proper minus; a dash where it is not known."""
    return "–" if value is None else f"{value:.4g}".replace("-", "−")
