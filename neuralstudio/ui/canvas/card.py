"""One card on the canvas: data, a layer or the loss."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from neuralstudio.ui.canvas.card_layout import STRIP, lay_out
from neuralstudio.ui.canvas.content import CardContent
from neuralstudio.ui.canvas.look import COLOUR_BELOW, PLAIN_BELOW, Look
from neuralstudio.ui.canvas.ports import Port
from neuralstudio.ui.icons import icon
from neuralstudio.ui.theme import blend, scaled

RADIUS = 8.0
_MARGIN = 9.0
PortMark = tuple[QPointF, bool, bool]
"""A port relative to the card's corner, whether it takes one more wire, and whether a hand is at it."""


@dataclass(frozen=True)
class Bars:
    """A small histogram: heights 0–1 from the lowest to the highest value, and what is said below it."""

    heights: tuple[float, ...]
    note: str
    share: str = ""


class CardItem(QGraphicsItem):
    """Paints a ``CardContent``. It takes no part in mouse handling: the view does, from the arrangement."""

    def __init__(self, content: CardContent, look: Look) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(1)
        self.content = content
        self.look = look
        self.bars: Bars | None = None
        self.figure = ""
        self.is_selected = False
        self.has_keyboard = False
        self.is_target = False
        self.ports: tuple[PortMark, ...] = ()
        self._measure()

    @property
    def size(self) -> QSizeF:
        return self._layout.size

    @property
    def accessible_text(self) -> str:
        """The card in words."""
        return ". ".join(part for part in (self.content.spoken, self.figure) if part)

    def set_content(self, content: CardContent) -> None:
        """Shows something else, unless it is the same."""
        if content != self.content:
            self.content = content
            self._measure()

    def set_look(self, look: Look) -> None:
        self.look = look
        self._measure()

    def set_marked(self, is_selected: bool, has_keyboard: bool) -> None:
        """Selected, and whether keys act on it now."""
        if (is_selected, has_keyboard) != (self.is_selected, self.has_keyboard):
            self.is_selected, self.has_keyboard = is_selected, has_keyboard
            self.update()

    def set_target(self, is_target: bool) -> None:
        """Whether a wire would be drawn to it now."""
        if is_target != self.is_target:
            self.is_target = is_target
            self.update()

    def set_ports(self, ports: tuple[PortMark, ...]) -> None:
        """Shows these ports."""
        if ports != self.ports:
            self.ports = ports
            self.update()

    def set_live(self, bars: Bars | None, figure: str = "") -> None:
        """What moves while training. ``size`` may change when the first figure comes or the last goes."""
        if (bars, figure) == (self.bars, self.figure):
            return
        needs_room = (bars is None, not figure) != (self.bars is None, not self.figure)
        grows = bool(figure) and len(figure) != len(self.figure)
        self.bars, self.figure = bars, figure
        if needs_room or grows or figure:
            self._measure()
        self.update()

    def _measure(self) -> None:
        self.prepareGeometryChange()
        self._layout = lay_out(self.content, self.look, self.figure, self.bars is not None)
        rect = QRectF(QPointF(), self._layout.size)
        self._outline = QPainterPath()
        self._outline.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        above = QPainterPath()
        above.addRect(QRectF(0, 0, rect.width(), STRIP))
        self._strip = self._outline.intersected(above)
        self._body = self._outline.subtracted(above)
        self._bounds = rect.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        self.setToolTip(self.content.spoken)
        self.update()

    def picture(self, ratio: float) -> QPixmap:
        """The card by itself, not marked, for a screen of this device pixel ratio."""
        pixmap = QPixmap((self.size * ratio).toSize())
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        was = self.is_selected, self.ports
        self.is_selected, self.ports = False, ()
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter, QStyleOptionGraphicsItem())
        painter.end()
        self.is_selected, self.ports = was
        return pixmap

    # Painting

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        theme, layout = self.look.theme, self._layout
        scale = painter.worldTransform().m11()
        if scale < COLOUR_BELOW:
            colour = theme.accent if self.is_selected else theme.family(self.content.family)
            painter.fillRect(QRectF(QPointF(), layout.size), QColor(colour))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.family(self.content.family)))
        painter.drawPath(self._strip)
        painter.setBrush(QColor(theme.panel))
        painter.drawPath(self._body)
        self._paint_border(painter)
        if scale < PLAIN_BELOW:
            self._paint_title(painter, scale)
            return
        for box in layout.texts:
            painter.setFont(box.font)
            painter.setPen(QColor(str(getattr(theme, box.role))))
            painter.drawText(box.rect, box.flags, box.text)
        if layout.lock is not None:
            icon("lock", theme, theme.muted).paint(painter, layout.lock.toRect())
        for rect, problem in layout.icons:
            is_error = problem.severity == "error"
            name, colour = ("error", theme.danger) if is_error else ("warning", theme.warning)
            icon(name, theme, colour).paint(painter, rect.toRect())
        if layout.picture is not None and self.content.picture is not None:
            painter.drawPixmap(layout.picture.topLeft(), self.content.picture)
        if layout.bars is not None and layout.note is not None and self.bars is not None:
            self._paint_bars(painter, layout.bars, layout.note, self.bars)
        for port in self.ports:
            self._paint_port(painter, *port)

    def _paint_title(self, painter: QPainter, scale: float) -> None:
        """All that can be read from afar: the title, larger than it is near by."""
        font = scaled(self.look.title, min(1.6, 0.42 / scale))
        painter.setFont(font)
        painter.setPen(QColor(self.look.theme.text))
        room = QRectF(QPointF(), self.size).adjusted(6, STRIP + 2, -6, -2)
        text = QFontMetricsF(font).elidedText(
            self._layout.texts[0].text, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_port(self, painter: QPainter, at: QPointF, takes_more: bool, is_hot: bool) -> None:
        theme = self.look.theme
        accent = QColor(theme.accent)
        radius = Port.RADIUS + (2 if is_hot else 0)
        painter.setPen(
            QPen(accent, 1.6, Qt.PenStyle.DotLine if takes_more and not is_hot else Qt.PenStyle.SolidLine)
        )
        painter.setBrush(accent if is_hot else QColor(theme.window))
        painter.drawEllipse(at, radius, radius)
        if takes_more:
            arm = radius * 0.5
            painter.setPen(QPen(QColor(theme.on_accent) if is_hot else accent, 1.4))
            painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0))
            painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm))

    def _paint_border(self, painter: QPainter) -> None:
        theme = self.look.theme
        severities = {problem.severity for problem in self.content.problems}
        colour = theme.border
        if severities:
            colour = theme.danger if "error" in severities else theme.warning
        elif self.is_selected:
            colour = theme.accent
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colour), 1.0 if colour == theme.border else 1.5))
        painter.drawPath(self._outline)
        if self.is_target:
            painter.setPen(QPen(QColor(theme.accent), 4.0))
            painter.drawRoundedRect(
                QRectF(QPointF(), self.size).adjusted(-2, -2, 2, 2), RADIUS + 2, RADIUS + 2
            )
        elif self.is_selected:
            ring = QRectF(QPointF(), self.size).adjusted(-2, -2, 2, 2)
            faint = blend(theme.window, theme.accent, 0.6)
            painter.setPen(QPen(QColor(theme.accent) if self.has_keyboard else faint, 2.0))
            painter.drawRoundedRect(ring, RADIUS + 2, RADIUS + 2)

    def _paint_bars(self, painter: QPainter, area: QRectF, below: QRectF, bars: Bars) -> None:
        theme = self.look.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.family(self.content.family)))
        step = area.width() / len(bars.heights)
        columns = [
            QRectF(area.left() + place * step, area.bottom() - high, step - 1, high)
            for place, high in enumerate(max(1.0, share * area.height()) for share in bars.heights)
            if bars.heights[place]
        ]
        if columns:
            painter.drawRects(columns)
        painter.setPen(QColor(theme.border))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(self.look.small)
        painter.setPen(QColor(theme.muted))
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), bars.note)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), bars.share)
