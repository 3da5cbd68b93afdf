"""The network itself: neurons in columns and their weights, to be walked through, scrolled and pinned."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.graph_layout import Layout, column_area, lay_out
from neuralstudio.ui.figures.graph_moves import moved
from neuralstudio.ui.figures.graph_overlay import GraphOverlay, Stage, edge_text, spoken
from neuralstudio.ui.figures.graph_painting import GraphPainter, Lit
from neuralstudio.ui.figures.graph_reach import ColumnBar, Reach
from neuralstudio.ui.figures.kept_picture import KeptPicture
from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Graph, Layer
from neuralstudio.views.network import Window
from neuralstudio.views.network.focus import Focus

_DRAG = 5
_DIM = 0.28


class GraphWidget(FigureWidget[Graph]):
    """Paints into a kept picture at most four times a second; what moves goes on top of it.

    Whoever shows figures asks ``windows`` which neurons to show, and hears ``windows_changed`` when a person
    scrolls; hears ``place_changed`` when another neuron is pointed at or pinned, and answers ``show_focus``.
    """

    windows_changed = Signal()
    place_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._layout: Layout | None = None
        self._painted = Graph("", (), ())
        self._picture = KeptPicture(self)
        self._reach = Reach()
        self._columns: tuple[Layer, ...] = ()
        self._pointed: tuple[int, int] | None = None
        self._pinned: tuple[int, int] | None = None
        self._edge: tuple[int, int] | None = None
        self._focus: Focus | None = None
        self._stage: Stage | None = None
        self._pressed: tuple[QPointF, int | None, float] | None = None
        self._is_dragging = False
        self._bar = ColumnBar(self)
        self._bar.valueChanged.connect(self._on_bar_moved)

    # What a panel asks and says

    def windows(self, layers: Sequence[Layer]) -> tuple[Window, ...]:
        """Which neurons of columns with these sizes are to be shown."""
        self._columns = tuple(layers)
        return self._measured().windows()

    def begin_anew(self) -> None:
        """Another network: all columns from their beginning, nothing pinned."""
        self._reach.begin_anew()
        self._pinned = self._pointed = self._edge = self._focus = None
        self._picture.drop()

    @property
    def place(self) -> tuple[int, int] | None:
        """(column, index) of the neuron that is pinned, or else pointed at."""
        return self._pinned or self._pointed

    @property
    def is_pinned(self) -> bool:
        """The neuron stays when the pointer goes."""
        return self._pinned is not None

    def show_focus(self, focus: Focus | None) -> None:
        """What there is to say about the neuron at ``place``."""
        self._focus = focus
        self.setAccessibleDescription(spoken(focus) if focus is not None and self.hasFocus() else "")
        self.update()

    def show_stage(self, stage: Stage | None) -> None:
        """How far a signal has come; None: there is none, and all columns are lit."""
        if self._lit != (stage.lit if stage is not None else Lit()):
            self._picture.drop()
        self._stage = stage
        self.update()

    def fit(self) -> None:
        """All columns in view at once; the natural size again if they are."""
        if self.figure is None or not self.figure.layers:
            return
        self._measured().fit()
        self._on_reached()

    # The figure

    def has_content(self, figure: Graph) -> bool:
        return any(len(layer.shown) for layer in figure.layers)

    def ground(self) -> str:
        return self.theme.window

    def refresh(self) -> None:
        self._picture.is_stale = True
        if self.is_empty:
            self._bar.hide()

    def settle(self) -> None:
        self._picture.drop()

    def set_theme(self, theme: Theme) -> None:
        self._picture.drop()
        super().set_theme(theme)

    @property
    def _line(self) -> float:
        return QFontMetricsF(self.font()).height()

    @property
    def _lit(self) -> Lit:
        return self._stage.lit if self._stage is not None else Lit()

    def paint_content(self, painter: QPainter, figure: Graph, area: QRectF) -> None:
        if painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf):
            self._paint_network(painter, figure, area)
            return
        picture = self._picture.renewed(lambda onto: self._paint_network(onto, figure, area), self.ground())
        focus = self._focus if self.place is not None else None
        is_marked = focus is not None or (self._edge is not None and self._stage is None)
        painter.save()
        painter.setClipRect(self.rect().adjusted(0, self.header_height, 0, 0))
        painter.setOpacity(_DIM if is_marked else 1.0)
        painter.drawPixmap(0, 0, picture)
        painter.restore()
        if self._layout is not None:
            painting = GraphPainter(self.theme, self.font())
            overlay = GraphOverlay(painting, self._painted, self._layout, self._stage)
            painter.save()
            painter.translate(-self._reach.pan, 0)
            view = self.content_area().translated(self._reach.pan, 0)
            overlay.paint(painter, view, focus, self._edge, is_pinned=self.is_pinned)
            painter.restore()

    def _paint_network(self, painter: QPainter, figure: Graph, area: QRectF) -> None:
        columns = self.edge_area()
        layout = self._layout = lay_out(figure, columns, self._line, self._measured().zoom)
        self._painted = figure
        self._reach.pan = self._bar.suit(columns.width(), layout.width, self._reach.pan)
        painter.save()
        painter.translate(-self._reach.pan, 0)
        view = QRectF(self.rect()).translated(self._reach.pan, 0)
        GraphPainter(self.theme, self.font()).paint(painter, figure, layout, self._lit, view)
        painter.restore()
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, figure.note)

    def edge_area(self) -> QRectF:
        """Where columns lie: above the note, and inside the names at both ends."""
        figure = self.figure or Graph("", (), ())
        below = 1.2 * self._line if figure.note else self._bar.sizeHint().height() + 2.0
        small = QFontMetricsF(self.small_font())
        return column_area(self._columns or figure.layers, self.content_area(), small, below)

    # Moving about

    def _on_bar_moved(self, value: int) -> None:
        self._reach.pan = float(value)
        self._picture.drop()
        self.update()

    def _on_reached(self) -> None:
        """Other neurons are in view."""
        self._picture.drop()
        self.update()
        self.windows_changed.emit()

    def _measured(self) -> Reach:
        layers = self._columns or (self.figure.layers if self.figure is not None else ())
        return self._reach.measured(layers, self.edge_area(), self._line)

    def _scroll(self, column: int, rows: int, *, is_page: bool = False) -> None:
        layer = self.figure.layers[column] if self.figure is not None else None
        if layer is not None and self._measured().scroll(layer, column, rows, is_page=is_page):
            self._on_reached()

    def _has_more(self, column: int | None) -> bool:
        if column is None or self.figure is None:
            return False
        layer = self.figure.layers[column]
        return len(layer.shown) < layer.total

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.is_empty or self._layout is None:
            return
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._measured().enlarge(1.1 ** (turned.y() / 120))
            self._on_reached()
            return
        sideways = turned.x() or (turned.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        column = self._layout.column_at(self._on_ground(event.position()))
        if not sideways and column is not None and self._has_more(column):
            self._scroll(column, -round(turned.y() / 120) or (-1 if turned.y() > 0 else 1))
        else:
            self._bar.setValue(round(self._reach.pan - (sideways or turned.y()) * 0.5))
        event.accept()

    # Pointer

    def _on_ground(self, where: QPointF) -> QPointF:
        return where + QPointF(self._reach.pan, 0)

    def neuron_at(self, where: QPointF) -> tuple[int, int] | None:
        """(column, index) of the neuron under the pointer."""
        if self._layout is None or self.is_empty:
            return None
        found = self._layout.neuron_at(self._on_ground(where))
        return None if found is None else (found[0], int(self._painted.layers[found[0]].shown[found[1]]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._layout is not None:
            column = self._layout.column_at(self._on_ground(event.position()))
            if column is not None and self._has_more(column) and self.figure is not None:
                self._pressed = event.position(), column, float(self.figure.layers[column].first)
            else:
                self._pressed = event.position(), None, self._reach.pan
            self._is_dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event.position())
            return
        self._point_at(self.neuron_at(event.position()), self._edge_at(event.position()))

    def _edge_at(self, where: QPointF) -> tuple[int, int] | None:
        """The (group, index) of the edge under the pointer, where no neuron is."""
        if self._layout is None or self.is_empty or self.neuron_at(where) is not None:
            return None
        return self._layout.edge_at(self._on_ground(where))

    def _drag(self, where: QPointF) -> None:
        pressed, column, begin = self._pressed or (where, None, 0.0)
        way = where - pressed
        if not self._is_dragging and way.manhattanLength() < _DRAG:
            return
        self._is_dragging = True
        if column is None:
            self._bar.setValue(round(begin - way.x()))
        elif self.figure is not None:
            size = self._measured().size(column)
            wanted = begin - round(way.y() / size.height) * size.across
            self._scroll(column, round((wanted - self.figure.layers[column].first) / size.across))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, was_dragging = self._pressed, self._is_dragging
        self._pressed, self._is_dragging = None, False
        if pressed is None or was_dragging or event.button() != Qt.MouseButton.LeftButton:
            return
        neuron = self.neuron_at(event.position())
        if neuron is not None:
            self._pin(None if neuron == self._pinned else neuron)
        elif pressed[1] is not None and self._layout is not None:
            body, y = self._layout.places[pressed[1]].body, event.position().y()
            if not body.top() <= y <= body.bottom():
                self._scroll(pressed[1], 1 if y > body.bottom() else -1, is_page=True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None, None)

    def _point_at(self, neuron: tuple[int, int] | None, edge: tuple[int, int] | None) -> None:
        if self._edge != edge:
            self._edge = edge
            self.update()
        if self._pointed != neuron:
            self._pointed = neuron
            if self._pinned is None:
                self.place_changed.emit()

    def _pin(self, neuron: tuple[int, int] | None) -> None:
        self._pinned = neuron
        self.place_changed.emit()

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        figure = self.figure
        if figure is None or self.is_empty:
            super().keyPressEvent(event)
            return
        key, keys = event.key(), Qt.Key
        if key == keys.Key_Escape and self.place is not None:
            self._pointed = None
            self._pin(None)
        elif key in (keys.Key_Return, keys.Key_Enter) and self.place is not None:
            self._pin(None if self._pinned is not None else self.place)
        elif (place := moved(figure, self.place, key)) is not None:
            self._walk_to(place)
        else:
            super().keyPressEvent(event)

    def _walk_to(self, place: tuple[int, int]) -> None:
        """Points at a neuron by keyboard; its column and the view follow."""
        if self.figure is None:
            return
        column, index = place
        layer = self.figure.layers[column]
        self._pointed = place
        if self._pinned is not None:
            self._pinned = place
        if self._measured().show(layer, column, index):
            self._on_reached()
        if self._layout is not None and column < len(self._layout.places):
            self._bar.reveal(self._layout.places[column].lane, self.edge_area())
        self.place_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.underMouse():
            self._point_at(None, None)

    # Tool tips, and the size

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.windows_changed.emit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def text_at(self, where: QPointF) -> str:
        """The weight under the pointer; neurons have a card instead."""
        edge = self._edge_at(where)
        return edge_text(self._painted, *edge) if edge is not None else ""
