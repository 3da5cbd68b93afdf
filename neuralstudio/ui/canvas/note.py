"""A word beside the hand: what will happen where it lets go, or why nothing can."""

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from neuralstudio.ui.theme import Theme

_AWAY = QPoint(16, 18)
_STAYS_MS = 6000


class Note(QLabel):
    """Lies over the canvas and lets the mouse through."""

    def __init__(self, over: QWidget, theme: Theme) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("canvas-note")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(9, 5, 9, 5)
        self.theme = theme
        self._is_refusal = False
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_at(self, at: QPoint, text: str, *, is_refusal: bool = False) -> None:
        """Beside a place of the widget it lies over, moved inwards at an edge; "" hides it."""
        self._timer.stop()
        self.setVisible(bool(text))
        if not text:
            return
        if (text, is_refusal) != (self.text(), self._is_refusal):
            self._is_refusal = is_refusal
            palette = self.palette()
            colour = self.theme.danger if is_refusal else self.theme.text
            palette.setColor(self.foregroundRole(), QColor(colour))
            self.setPalette(palette)
            self.setText(text)
            self.adjustSize()
            self.update()
        room = self._over.rect().adjusted(4, 4, -self.width() - 4, -self.height() - 4)
        corner = at + _AWAY
        x, y = (
            min(max(corner.x(), room.left()), room.right()),
            min(max(corner.y(), room.top()), room.bottom()),
        )
        self.move(x, y)
        self.raise_()

    def tell(self, text: str) -> None:
        """A sentence at the top in the middle, for a few seconds."""
        middle = self._over.rect().center().x()
        self.show_at(QPoint(middle, 0), text)
        self.move(max(4, middle - self.width() // 2), 12)
        self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self.theme.danger if self._is_refusal else self.theme.accent))
        painter.setBrush(QColor(self.theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
        super().paintEvent(event)
