"""The command palette: type a part of a name, and whatever can be done or found is at hand."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSettings,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from neuralstudio.ui.findable import Findable
from neuralstudio.ui.matching import rank
from neuralstudio.ui.theme import Theme, disabled

_PLACE = Qt.ItemDataRole.UserRole
_RECENT = "command-palette/recent"
_MOST_RECENT = 8
_MOST_SHOWN, _ROWS = 100, 12
_WIDTH, _TOP, _ICON, _PADDING = 620, 64, 16, 10


class CommandPalette(QFrame):
    """Up and Down choose, Enter does it, Escape or a click elsewhere closes. The latest choices come first.

    It is part of the window, not a window of its own: no system needs to grant it the keyboard.
    """

    def __init__(self, window: QWidget, settings: QSettings) -> None:
        super().__init__(window)
        self._window, self._settings = window, settings
        self._entries: Sequence[Findable] = ()
        self._found: Sequence[Findable] = ()
        self._theme: Theme | None = None
        self._before: QWidget | None = None
        self.setObjectName("command-palette")
        self.setAccessibleName(self.tr("Command palette"))
        self.hide()
        self.filter = QLineEdit()
        self.filter.setObjectName("command-filter")
        self.filter.setPlaceholderText(
            self.tr("Find a command, a layer, a card, an example, a file, a panel")
        )
        self.filter.setAccessibleName(self.tr("What to find"))
        self.filter.installEventFilter(self)
        self.filter.textChanged.connect(self._refill)
        self.list = QListWidget()
        self.list.setObjectName("command-list")
        self.list.setAccessibleName(self.tr("Found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(self._choose)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self._rows = _Row(self.list)
        self.list.setItemDelegate(self._rows)
        self._nothing = QLabel(self.tr("Nothing has a name like this."))
        self._nothing.setObjectName("command-nothing")
        self._nothing.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.filter)
        layout.addWidget(self.list)
        layout.addWidget(self._nothing)
        window.installEventFilter(self)

    def open(self, entries: Sequence[Findable]) -> None:
        """Shows what can be found; closes if it is open."""
        if self.isVisible():
            self.close_it()
            return
        self._before = self._window.focusWidget()
        self._entries = entries
        self.filter.clear()
        self._refill("")
        self._place()
        self.show()
        self.raise_()
        self.filter.setFocus()

    def close_it(self) -> None:
        """Hides, and gives the keyboard back to where it was."""
        self.hide()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the rows and the frame."""
        self._theme = self._rows.theme = theme
        self.update()

    # ── what is found ────────────────────────────────────────────────────────────────────────────

    @property
    def recent(self) -> list[str]:
        """Ids of what was chosen lately, the latest first."""
        stored = self._settings.value(_RECENT, [])
        return [stored] if isinstance(stored, str) else list(stored) if isinstance(stored, list) else []

    def _refill(self, typed: str) -> None:
        self._found = self._ranked(typed)[:_MOST_SHOWN]
        self.list.clear()
        for place, each in enumerate(self._found):
            item = QListWidgetItem(each.icon or QIcon(), each.title)
            item.setData(_PLACE, place)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(each))
            item.setToolTip(each.why_not if not each.is_possible else "")
            self.list.addItem(item)
        self._rows.found = self._found
        self.list.setCurrentRow(0)
        self._nothing.setVisible(not self._found)
        self.list.setVisible(bool(self._found))

    def _ranked(self, typed: str) -> list[Findable]:
        """By how well they fit, then what can be done, what was chosen lately, and short names first."""
        lately = {name: place for place, name in enumerate(self.recent)}
        ranked = []
        for order, each in enumerate(self._entries):
            fit = rank(typed, each.title, f"{each.group} {each.more}")
            if fit is not None:
                recency = lately.get(each.id, len(lately))
                ranked.append(((fit[0], not each.is_possible, recency, fit[1], order), each))
        return [each for _, each in sorted(ranked, key=lambda pair: pair[0])]

    def _on_current_changed(self, item: QListWidgetItem | None) -> None:
        words = item.data(Qt.ItemDataRole.AccessibleTextRole) if item is not None else self._nothing.text()
        self.filter.setAccessibleDescription(str(words))

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        chosen = self._found[int(item.data(_PLACE))]
        if not chosen.is_possible:
            return
        others = [each for each in self.recent if each != chosen.id]
        self._settings.setValue(_RECENT, [chosen.id, *others][:_MOST_RECENT])
        self.close_it()
        chosen.run()

    # ── Qt events ────────────────────────────────────────────────────────────────────────────────

    def _place(self) -> None:
        width = min(_WIDTH, self._window.width() - 40)
        room = self._window.height() - _TOP - 24
        rows = _ROWS * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth()
        around = self.filter.sizeHint().height() + 22
        self.setGeometry((self._window.width() - width) // 2, _TOP, width, min(rows + around, room))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.muted))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(Qt.Key(event.key()))
        if isinstance(event, QFocusEvent) and event.lostFocus():
            # The menu of the text field takes the keyboard for a moment only.
            self.setVisible(event.reason() == Qt.FocusReason.PopupFocusReason)
        return super().eventFilter(watched, event)

    def _on_key(self, key: Qt.Key) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS, Qt.Key.Key_PageUp: -_ROWS}
        if key in steps:
            row = self.list.currentRow() + steps[key]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.close_it()
        else:
            return False
        return True


class _Row(QStyledItemDelegate):
    """Icon and title at the left; keys and group, or why it cannot be done now, at the right."""

    theme: Theme | None = None
    found: Sequence[Findable] = ()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        return QSize(100, option.fontMetrics.height() + 13)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, each = self.theme, self.found[int(index.data(_PLACE))]
        if theme is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRect(option.rect)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_current or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection if is_current else theme.hover))
            painter.drawRoundedRect(QRectF(rect), 5, 5)
        inner = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        if each.icon is not None:
            mode = QIcon.Mode.Normal if each.is_possible else QIcon.Mode.Disabled
            each.icon.paint(
                painter,
                QRect(inner.left(), inner.center().y() - _ICON // 2, _ICON, _ICON),
                mode=mode,
            )
        inner.setLeft(inner.left() + _ICON + _PADDING)
        faint, metrics = disabled(theme), option.fontMetrics
        aside = each.group if each.is_possible or not each.why_not else each.why_not
        aside = f"{each.keys}    {aside}" if each.keys and each.is_possible else aside
        width = metrics.horizontalAdvance(aside)
        painter.setPen(QColor(theme.muted))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, aside)
        inner.setRight(inner.right() - width - 2 * _PADDING)
        painter.setPen(QColor(theme.text) if each.is_possible else faint)
        title = metrics.elidedText(each.title, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        painter.restore()


def _spoken(each: Findable) -> str:
    parts = (each.title, each.group, each.keys, "" if each.is_possible else each.why_not)
    return ", ".join(part for part in parts if part)
