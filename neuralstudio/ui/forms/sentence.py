"""A line or more of plain text that wraps in any width, even within a long path."""

from math import ceil

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

_NEW_LINE = "\u2028"
ROLES = ("", "muted", "section", "title", "good", "warning", "danger")


class Sentence(QLabel):
    """A label that breaks lines at words, and within a word only where it has to; never wider than its place.

    ``role`` is one of the style sheet's (``ROLES``). Empty text takes no room.
    """

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show ``text``, or nothing at all."""
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
        if not text or self.parent() is not None:
            self.setHidden(not text)

    def set_role(self, role: str) -> None:
        """Another of the style sheet's roles."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        text = self._layout(width - margins.left() - margins.right())
        return ceil(text.boundingRect().height()) + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        return QSize(40, self.heightForWidth(max(self.width(), 40)))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        area = self.contentsRect()
        self._layout(area.width()).draw(painter, QPointF(area.topLeft()))
        painter.end()

    def _layout(self, width: int) -> QTextLayout:
        return wrapped(self.text(), self.font(), width)


def wrapped(text: str, font: QFont, width: int) -> QTextLayout:
    """The text in lines of a width, broken within a word only where it has to be."""
    layout = QTextLayout(text.replace("\n", _NEW_LINE), font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 1))
        line.setPosition(QPointF(0, top))
        top += line.height()
    layout.endLayout()
    return layout


def headline(text: str, parent: QWidget | None = None) -> QLabel:
    """The heading of a section, in capitals."""
    label = QLabel(text.upper(), parent)
    label.setProperty("role", "section")
    font = label.font()
    font.setLetterSpacing(font.SpacingType.AbsoluteSpacing, 0.6)
    font.setPointSizeF(font.pointSizeF() * 0.85)
    label.setFont(font)
    return label


__all__ = ["Sentence", "headline", "wrapped"]
