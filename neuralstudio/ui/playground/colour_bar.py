"""What the colours of the output map mean: a bar from −1 to 1, or a chip for each class."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralstudio.ui.figures.colours import class_colours, image_from, signed_pixels
from neuralstudio.ui.theme import Theme, scaled


class ColourBar(QWidget):
    """``ends`` are the texts below a bar, from the left to the right; ``classes`` the names beside chips."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.ends: tuple[str, ...] = ("−1", "0", "1")
        self.classes: tuple[str, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("What the colours mean"))

    def show_scale(self, ends: tuple[str, ...]) -> None:
        """A bar from the negative to the positive colour."""
        self._become(ends, ())

    def show_classes(self, classes: tuple[str, ...]) -> None:
        """A chip for each class."""
        self._become((), classes)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def _become(self, ends: tuple[str, ...], classes: tuple[str, ...]) -> None:
        if (ends, classes) != (self.ends, self.classes):
            self.ends, self.classes = ends, classes
            self.setAccessibleDescription(", ".join(classes or ends))
            self.updateGeometry()
            self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        line = QFontMetricsF(scaled(self.font(), 0.85)).height()
        if not self.classes:
            return round(line + 12)
        return round(self._chips(width)[-1][0].bottom() + 3)

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def _chips(self, width: int) -> list[tuple[QRectF, str]]:
        """Where the name of each class stands, after its chip."""
        metrics = QFontMetricsF(scaled(self.font(), 0.85))
        x, y, found = 0.0, 2.0, []
        for name in self.classes:
            wide = 14 + metrics.horizontalAdvance(name) + 12
            if x and x + wide > width:
                x, y = 0.0, y + metrics.height() + 2
            found.append((QRectF(x, y, min(wide, width), metrics.height()), name))
            x += wide
        return found

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled(self.font(), 0.85))
        if self.classes:
            colours = class_colours(self.theme, len(self.classes))
            for (where, name), colour in zip(self._chips(self.width()), colours, strict=True):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colour))
                painter.drawEllipse(QPointF(where.left() + 5, where.center().y()), 4.5, 4.5)
                painter.setPen(QColor(self.theme.muted))
                painter.drawText(where.adjusted(14, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)
        elif self.ends:
            theme, bar = self.theme, QRectF(0, 2, self.width(), 6)
            shades = np.linspace(-1, 1, 128)[np.newaxis]
            image = image_from(signed_pixels(shades, theme.neutral, theme.positive, theme.negative))
            painter.drawImage(bar, image)
            painter.setPen(QColor(theme.muted))
            below = QRectF(0, 9, self.width(), self.height() - 9)
            flags = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
            for text, flag in zip(self.ends, flags, strict=False):
                painter.drawText(below, flag, text)
        painter.end()
