"""The small curve of an activation function, computed by the engine from the function itself."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import placeholder
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.forms.choices import ChoiceBox

POINTS = 41
REACH = 3.0
_TALLEST = 1e4
_WIDTH, _HEIGHT = 40, 13
_RIGHT = 30


@cache
def activation_curve(function: ActivationFunction) -> NDArray[np.float64]:
    """x and y of ``function`` at 41 points from −3 to 3, (41, 2); softmax is taken over these points.

    Raises ``ProblemError`` for a formula that cannot be read.
    """
    x = placeholder("x", (1, POINTS))
    program = compile_program({"y": function.build(x)})
    across = np.linspace(-REACH, REACH, POINTS)
    if "x" in program.inputs:
        program.inputs["x"][...] = across
    with np.errstate(all="ignore"):
        program.run()
    return np.stack((across, program.outputs["y"][0].astype(np.float64)), axis=1)


def paint_curve(painter: QPainter, area: QRectF, function: ActivationFunction, colour: QColor) -> None:
    """Draws the curve so that it fills ``area``; nothing where there is none."""
    try:
        points = activation_curve(function)
    except ProblemError:
        return
    points = points[np.abs(points[:, 1]) < _TALLEST]  # not where a formula is infinite or no number
    if not len(points):
        return
    low, high = float(points[:, 1].min()), float(points[:, 1].max())
    across = (points[:, 0] + REACH) / (2 * REACH) * area.width() + area.left()
    up = area.bottom() - (points[:, 1] - low) / ((high - low) or 1.0) * area.height()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.4))
    line = [QPointF(x, y) for x, y in zip(across.tolist(), up.tolist(), strict=True)]
    painter.drawPolyline(QPolygonF(line))
    painter.restore()


def _place(row: QRectF, from_right: float) -> QRectF:
    return QRectF(row.right() - from_right - _WIDTH, row.center().y() - _HEIGHT / 2, _WIDTH, _HEIGHT)


class ActivationBox(ChoiceBox):
    """Chooses an activation function; each shows its curve, in the box and in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_CurveDelegate(self))
        self._function: ActivationFunction | None = None

    def show_function(self, function: ActivationFunction | None) -> None:
        """Draws the curve of the function as it is set; none where there are several."""
        self._function = function
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._function is not None:
            painter = QPainter(self)
            colour = self.palette().color(QPalette.ColorRole.Accent)
            paint_curve(painter, _place(QRectF(self.rect()), _RIGHT), self._function, colour)
            painter.end()


class _CurveDelegate(QStyledItemDelegate):
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        kind = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(kind, type) and issubclass(kind, ActivationFunction):
            row = QRectF(option.rect)
            paint_curve(painter, _place(row, 10), kind(), option.palette.color(QPalette.ColorRole.Accent))
