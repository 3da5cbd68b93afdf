"""What lies over the canvas: zoom buttons, the line of figures, the first problem, and how to begin."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from neuralstudio.schema.problem import Problem
from neuralstudio.ui.canvas.problem_bar import ProblemBar

MARGIN = 16


class ZoomBar(QWidget):
    """− 100 % + Fit. Clicks leave the keyboard with the canvas."""

    stepped = Signal(int)
    reset = Signal()
    fitted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.percentage = self._button("zoom-reset", "888 %", self.tr("Zoom to 100 %"))
        self.percentage.ensurePolished()
        self.percentage.setMinimumWidth(self.percentage.sizeHint().width())
        out = self._button("zoom-out", "−", self.tr("Zoom out (Ctrl+-)"))
        into = self._button("zoom-in", "+", self.tr("Zoom in (Ctrl++)"))
        fit = self._button("zoom-fit", self.tr("Fit"), self.tr("Fit the network into view (Ctrl+0)"))
        for button in (out, self.percentage, into, fit):
            layout.addWidget(button)
        out.clicked.connect(lambda: self.stepped.emit(-1))
        into.clicked.connect(lambda: self.stepped.emit(1))
        self.percentage.clicked.connect(self.reset)
        fit.clicked.connect(self.fitted)
        self.show_zoom(1.0)

    def show_zoom(self, zoom: float) -> None:
        self.percentage.setText(f"{zoom:.0%}".replace("%", " %"))

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


class Overlay:
    """Places these over a widget; ``place`` is called whenever its size or their words change."""

    def __init__(self, over: QWidget, titles_for: Callable[[Problem], Sequence[str]]) -> None:
        self._over = over
        self.zoom = ZoomBar(over)
        self.problems = ProblemBar(over, titles_for)
        self.figures = self._label("network-figures", "muted")
        self.hint = self._label("canvas-hint", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)

    def _label(self, name: str, role: str) -> QLabel:
        label = QLabel(self._over)
        label.setObjectName(name)
        label.setProperty("role", role)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return label

    def place(self, area: QRect) -> None:
        """Puts everything at its edge of ``area``, the part of the widget without scroll bars."""
        zoom = self.zoom.sizeHint()
        bottom = area.bottom() - MARGIN
        self.zoom.setGeometry(area.left() + MARGIN, bottom - zoom.height(), zoom.width(), zoom.height())
        room = area.width() - zoom.width() - 3 * MARGIN
        bar = self.problems.size_for(min(720, room))
        if bar.width() > room:  # not beside the zoom, but above it
            bottom -= zoom.height() + 8
        self.problems.setGeometry(
            area.right() - MARGIN - bar.width(), bottom - bar.height(), bar.width(), bar.height()
        )
        self.free_corner = self.zoom.geometry().topLeft() - QPoint(0, 8)
        """Above it, at the left edge, nothing of this lies."""
        if bar.width() > room and not self.problems.isHidden():
            self.free_corner.setY(self.problems.y() - 8)
        figures = self.figures.sizeHint()
        self.figures.setGeometry(
            area.right() - MARGIN - figures.width(), area.top() + 8, figures.width(), figures.height()
        )
        wide = min(area.width() - 2 * MARGIN, 460)
        high = self.hint.heightForWidth(wide)
        middle = area.center().y() + area.height() // 5
        self.hint.setGeometry(area.center().x() - wide // 2, middle, wide, high)
