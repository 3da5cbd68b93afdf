"""The frame behind the cards of a group that is open, with the group's name above them."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from neuralstudio.project.document import Group
from neuralstudio.ui.canvas.arrangement import Pair
from neuralstudio.ui.canvas.card import RADIUS, CardItem
from neuralstudio.ui.canvas.look import PLAIN_BELOW, Look
from neuralstudio.ui.canvas.wire import WireItem
from neuralstudio.ui.theme import blend

_MARGIN = 9.0
_INDENT = 8.0


class FrameItem(QGraphicsItem):
    """Lies below cards and wires. ``surround`` is called for every frame of an animation, so it is cheap."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(-1)
        self.look = look
        self.content = Group("", ())
        self._rect = QRectF()
        self._name = ""

    @property
    def title(self) -> QRectF:
        """Where hands find the group: the strip with its name."""
        return QRectF(self._rect.topLeft(), self._rect.topRight() + QPointF(0, self._strip))

    @property
    def _strip(self) -> float:
        return self.look.small_metrics.height() + 5.0

    def set_group(self, group: Group) -> None:
        if group != self.content:
            self.content = group
            words = QCoreApplication.translate("FrameItem", "{name}, an open group: double-click to close it")
            self.setToolTip(words.format(name=group.name))
            self._shorten()

    def set_look(self, look: Look) -> None:
        self.look = look
        self._shorten()

    def surround(self, cards: Mapping[str, CardItem], wires: Mapping[Pair, WireItem]) -> None:
        """Lies around its cards, and the wires between them, wherever these are now."""
        members = set(self.content.nodes)
        rect = QRectF()
        for name in members & cards.keys():
            rect |= QRectF(cards[name].pos(), cards[name].size)
        ys = [point.y() for pair, wire in wires.items() if members.issuperset(pair) for point in wire.route]
        rect.setTop(min([rect.top(), *ys]))
        rect.setBottom(max([rect.bottom(), *ys]))
        rect.adjust(-_MARGIN, -_MARGIN / 2 - self._strip, _MARGIN, _MARGIN)
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
            self._shorten()

    def _shorten(self) -> None:
        room = self._rect.width() - 2 * _INDENT
        self._name = self.look.small_metrics.elidedText(self.content.name, Qt.TextElideMode.ElideRight, room)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-1, -1, 1, 1)

    def shape(self) -> QPainterPath:
        """Only the title: elsewhere the frame is ground like any other."""
        path = QPainterPath()
        path.addRect(self.title)
        return path

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        theme = self.look.theme
        painter.setPen(QPen(blend(theme.window, theme.muted, 0.4), 1.0))
        painter.setBrush(blend(theme.window, theme.muted, 0.08))
        painter.drawRoundedRect(self._rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if painter.worldTransform().m11() >= PLAIN_BELOW:
            painter.setFont(self.look.small)
            painter.setPen(QColor(theme.muted))
            left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(self.title.adjusted(_INDENT, 2, -_INDENT, 0), left, self._name)
