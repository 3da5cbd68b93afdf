"""A row of controls that goes on in a second row where a window is too narrow for one."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Lays widgets out like words: from the left, on the next line where there is no more room."""

    def __init__(self, parent: QWidget | None = None, across: int = 8, down: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._across, self._down = across, down

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def height_at(self, width: int) -> int:
        """How high it is in a width. Qt's own height-for-width would ask for that of the least width."""
        return self._place(QRect(0, 0, width, 0), is_trial=True)

    def invalidate(self) -> None:
        super().invalidate()
        parent = self.parentWidget()
        if isinstance(parent, FlowRow):
            parent.fit()

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._place(area, is_trial=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _place(self, area: QRect, *, is_trial: bool) -> int:
        """Puts the items into an area; the height they need."""
        inside = area.marginsRemoved(self.contentsMargins())
        lines: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if lines[-1] and used + self._across + size.width() > inside.width():
                lines.append([])
                used = 0
            used += size.width() + (self._across if lines[-1] else 0)
            lines[-1].append((item, size))
        y = inside.top()
        for line in lines:
            height = max((size.height() for _, size in line), default=0)
            x = inside.left()
            for item, size in line:
                if not is_trial:
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + self._across
            y += height + self._down
        bottom = self.contentsMargins().bottom()
        return y - self._down + bottom - area.top()


class FlowRow(QWidget):
    """A widget of such a layout, ``flow``: always as high as its width asks for."""

    def __init__(self, across: int = 8, down: int = 6) -> None:
        super().__init__()
        self.flow = FlowLayout(self, across, down)
        self.flow.setContentsMargins(0, 0, 0, 0)

    def fit(self) -> None:
        """Takes the height that its width asks for."""
        height = self.flow.height_at(self.width())
        if height != self.minimumHeight():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
