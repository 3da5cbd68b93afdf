"""Where the cells of a sweep lie in their widget: squares of one size with room for figures below them."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize

Place = tuple[int, int]
GAP, MARGIN = 10.0, 8.0
_LEAST, _LARGEST = 58.0, 260.0


@dataclass(frozen=True)
class SweepLayout:
    """left: room for the titles of the rows; line: height of a line; figures: width of a cell's figures."""

    rows: int
    columns: int
    size: QSize
    left: float
    line: float
    figures: float

    @property
    def above(self) -> float:
        """Room for the titles of the columns."""
        return 2 * self.line + 12

    @property
    def below(self) -> float:
        """Room for the figures of a cell."""
        return 2 * self.line + 4

    @property
    def least(self) -> QSize:
        """What the smallest squares take."""
        across = self.left + self.columns * (_LEAST + GAP) + 2 * MARGIN
        down = self.above + self.rows * (_LEAST + self.below + GAP) + 2 * MARGIN
        return QSize(round(across), round(down))

    @property
    def side(self) -> float:
        """Of a square."""
        down = (self.size.height() - self.above - 2 * MARGIN) / self.rows - GAP - self.below
        return float(round(min(max(min(self._across, down), _LEAST), _LARGEST)))

    @property
    def width(self) -> float:
        """Of a cell: its figures may be wider than its square."""
        return min(self._across, max(self.side, self.figures))

    @property
    def _across(self) -> float:
        return (self.size.width() - self.left - 2 * MARGIN) / self.columns - GAP

    def square(self, place: Place) -> QRectF:
        """The square of a cell."""
        row, column = place
        side, width = self.side, self.width
        x = MARGIN + self.left + column * (width + GAP) + (width - side) / 2
        y = MARGIN + self.above + row * (side + self.below + GAP)
        return QRectF(round(x), round(y), side, side)

    def at(self, where: QPointF) -> Place | None:
        """The cell at a point, its figures included."""
        for place in ((row, column) for row in range(self.rows) for column in range(self.columns)):
            if self.square(place).adjusted(0, 0, 0, self.below).contains(where):
                return place
        return None
