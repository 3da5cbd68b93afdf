"""Which part of a network graph is in view: how large, how far to the right, and where each column begins."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QScrollBar, QWidget

from neuralstudio.ui.figures.graph_layout import Size, fitting_zoom, sizes
from neuralstudio.ui.figures.graph_moves import scrolled_to
from neuralstudio.views._base import Layer
from neuralstudio.views.network import Window

_ZOOMS = (0.3, 2.5)


class Reach:
    """Where a person has scrolled and zoomed to. ``line`` is the height of a line of text."""

    def __init__(self) -> None:
        self.zoom = 1.0
        self.pan = 0.0
        self._firsts: dict[int, int] = {}

    def begin_anew(self) -> None:
        """All columns from their beginning."""
        self._firsts.clear()
        self.pan = 0.0

    def windows(self, layers: Sequence[Layer], area: QRectF, line: float) -> tuple[Window, ...]:
        """Which neurons of columns with these sizes are in view."""
        room = [size.room for size in sizes(layers, area, line, self.zoom)]
        return tuple(
            Window(scrolled_to(self._firsts.get(place, 0), count, layer.total), count)
            for place, (layer, count) in enumerate(zip(layers, room, strict=True))
        )

    def set_zoom(self, zoom: float) -> None:
        """Larger or smaller, within reason."""
        self.zoom = min(_ZOOMS[1], max(_ZOOMS[0], zoom))

    def fit(self, layers: Sequence[Layer], area: QRectF, line: float) -> None:
        """As large as all columns allow; of natural size if it is that already."""
        zoom = fitting_zoom(layers, area, line)
        self.zoom = 1.0 if abs(zoom - self.zoom) < 0.01 else zoom

    def scroll(self, layer: Layer, column: int, size: Size, rows: int, *, is_page: bool = False) -> bool:
        """Moves the window of a column by some rows, or by pages; whether it moved."""
        step = size.room if is_page else size.across
        return self._begin_at(layer, column, layer.first + rows * step, size.room)

    def show(self, layer: Layer, column: int, size: Size, index: int) -> bool:
        """Moves the window of a column as little as it takes to have a neuron in it; whether it moved."""
        count = size.room
        if layer.kind == "pixels" or layer.first <= index < layer.first + count:
            return False
        first = index if index < layer.first else -(-(index + 1 - count) // size.across) * size.across
        return self._begin_at(layer, column, first, count)

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
