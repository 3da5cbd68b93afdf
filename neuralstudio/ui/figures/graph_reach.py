"""Which part of a network graph is in view: how large, how far to the right, and where each column begins."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QScrollBar, QWidget

from neuralstudio.ui.figures.graph_layout import Size, fitting_zoom, sizes
from neuralstudio.ui.figures.graph_moves import scrolled_to
from neuralstudio.views._base import Layer
from neuralstudio.views.network import Window

_ZOOMS = (0.1, 2.5)
_READABLE = 0.7
"""Columns that fit at this zoom are shrunk to fit; others are scrolled."""


class Reach:
    """Where a person has scrolled and zoomed to, in columns that have to be ``measured`` first."""

    def __init__(self) -> None:
        self.pan = 0.0
        self._layers: tuple[Layer, ...] = ()
        self._area, self._line = QRectF(), 1.0
        self._zoom: float | None = None
        self._natural: tuple[object, float] = (None, 1.0)
        self._firsts: dict[int, int] = {}

    def begin_anew(self) -> None:
        """All columns from their beginning."""
        self._firsts.clear()
        self.pan = 0.0

    def measured(self, layers: Sequence[Layer], area: QRectF, line: float) -> "Reach":
        """The columns and their room; ``line`` is the height of a line of text."""
        self._layers, self._area, self._line = tuple(layers), area, line
        return self

    @property
    def zoom(self) -> float:
        """What a person has chosen; by itself a bit smaller where all columns are in view then."""
        if self._zoom is not None:
            return self._zoom
        columns = [(each.kind, each.total, each.depth, each.lanes) for each in self._layers]
        key = columns, self._area, self._line
        if self._natural[0] != key:
            zoom = fitting_zoom(self._layers, self._area, self._line)
            self._natural = key, zoom if zoom >= _READABLE else 1.0
        return self._natural[1]

    def size(self, column: int) -> Size:
        """How large the neurons of a column are."""
        return sizes(self._layers, self._area, self._line, self.zoom)[column]

    def windows(self) -> tuple[Window, ...]:
        """Which neurons of the columns are in view."""
        room = [size.room for size in sizes(self._layers, self._area, self._line, self.zoom)]
        return tuple(
            Window(scrolled_to(self._firsts.get(place, 0), count, layer.total), count)
            for place, (layer, count) in enumerate(zip(self._layers, room, strict=True))
        )

    def enlarge(self, factor: float) -> None:
        """Larger or smaller, within reason."""
        self._zoom = min(_ZOOMS[1], max(_ZOOMS[0], factor * self.zoom))

    def fit(self) -> None:
        """As large as all columns allow; of natural size if it is that already."""
        zoom = fitting_zoom(self._layers, self._area, self._line)
        self._zoom = None if abs(zoom - self.zoom) < 0.01 else zoom

    def scroll(self, layer: Layer, column: int, rows: int, *, is_page: bool = False) -> bool:
        """Moves the window of a column by some rows, or by pages; whether it moved."""
        size = self.size(column)
        step = size.room if is_page else size.across
        return self._begin_at(layer, column, layer.first + rows * step, size.room)

    def show(self, layer: Layer, column: int, index: int) -> bool:
        """Moves the window of a column as little as it takes to have a neuron in it; whether it moved."""
        size = self.size(column)
        if layer.kind == "pixels" or layer.first <= index < layer.first + size.room:
            return False
        last = -(-(index + 1 - size.room) // size.across) * size.across
        return self._begin_at(layer, column, index if index < layer.first else last, size.room)

    def _begin_at(self, layer: Layer, column: int, first: int, count: int) -> bool:
        first = scrolled_to(first, count, layer.total)
        self._firsts[column] = first
        return first != layer.first


class ColumnBar(QScrollBar):
    """The scroll bar below columns that do not fit side by side."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(self.tr("Columns to the left and right"))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setSingleStep(40)
        self.hide()

    def suit(self, shown: float, whole: float, value: float) -> float:
        """Lies at the lower edge if there is more than is ``shown``; how far to the right it may be."""
        most = max(0, round(whole - shown))
        self.setVisible(most > 0)
        height = self.sizeHint().height()
        if (parent := self.parentWidget()) is not None:
            self.setGeometry(0, parent.height() - height, parent.width(), height)
        self.blockSignals(True)
        self.setRange(0, most)
        self.setPageStep(max(1, round(shown)))
        self.setValue(round(min(value, most)))
        self.blockSignals(False)
        return float(self.value())

    def reveal(self, lane: QRectF, area: QRectF) -> None:
        """Brings a column into view."""
        if lane.left() - self.value() < area.left() or lane.right() - self.value() > area.right():
            self.setValue(round(lane.center().x() - area.center().x()))
