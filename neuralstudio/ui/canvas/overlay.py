"""What lies over the canvas: zoom buttons, the line of figures, the first problem, and how to begin."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from neuralstudio.schema.problem import Problem
from neuralstudio.ui.icons import icon
from neuralstudio.ui.theme import Theme

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
        self.percentage = self._button("zoom-reset", "100 %", self.tr("Zoom to 100 %"))
        out = self._button("zoom-out", "−", self.tr("Zoom out"))
        into = self._button("zoom-in", "+", self.tr("Zoom in"))
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


class ProblemBar(QFrame):
    """The first problem in words; a click selects its card."""

    followed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("problem-bar")
        self.setProperty("role", "toast")
        self._problem: Problem | None = None
        self._mark = QLabel()
        self._words = QLabel()
        self._words.setObjectName("problem-text")
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; "" while it is hidden."""
        return self._words.text() if self._problem is not None else ""

    def show_problems(self, problems: tuple[Problem, ...], theme: Theme) -> None:
        """Errors come before warnings; no problems hide the bar."""
        ranked = sorted(problems, key=lambda problem: problem.severity != "error")
        self._problem = ranked[0] if ranked else None
        self.setVisible(bool(ranked))
        if self._problem is None:
            return
        words = str(self._problem)
        if len(ranked) > 1:
            words += " " + self.tr("({n} more)").format(n=len(ranked) - 1)
        is_error = self._problem.severity == "error"
        self._mark.setPixmap(
            icon("error", theme, theme.danger).pixmap(16)
            if is_error
            else icon("warning", theme, theme.warning).pixmap(16)
        )
        self._words.setText(words)
        self.setAccessibleName(words)
        is_link = bool(self._problem.node)
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor)
        self.setToolTip(self.tr("Show the card") if is_link else "")

    def size_for(self, widest: int) -> QSize:
        """Size for a given greatest width: one line where it fits, else wrapped."""
        metrics = self._words.fontMetrics()
        frame = 24 + 16 + 8 + 4
        one_line = metrics.horizontalAdvance(self._words.text()) + 2
        wide = max(60, min(one_line, widest - frame))
        flags = int(Qt.TextFlag.TextWordWrap)
        high = metrics.boundingRect(QRect(0, 0, wide, 1000), flags, self._words.text()).height()
        return QSize(wide + frame, max(high, 16) + 18)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        if self._problem is not None and self._problem.node:
            self.followed.emit(self._problem.node)


class Overlay:
    """Places these over a widget; ``place`` is called whenever its size or their words change."""

    def __init__(self, over: QWidget) -> None:
        self._over = over
        self.zoom = ZoomBar(over)
        self.problems = ProblemBar(over)
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
        bar = self.problems.size_for(min(520, area.width() - zoom.width() - 3 * MARGIN))
        self.problems.setGeometry(
            area.right() - MARGIN - bar.width(), bottom - bar.height(), bar.width(), bar.height()
        )
        figures = self.figures.sizeHint()
        self.figures.setGeometry(
            area.right() - MARGIN - figures.width(), area.top() + 8, figures.width(), figures.height()
        )
        wide = min(area.width() - 2 * MARGIN, 460)
        high = self.hint.heightForWidth(wide)
        middle = area.center().y() + area.height() // 5
        self.hint.setGeometry(area.center().x() - wide // 2, middle, wide, high)
