"""The board itself: tiles of neurons, flowing links between them, and where everything stands."""

from time import perf_counter

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from neuralstudio.layers.features import FEATURES, Feature
from neuralstudio.network.spec import DATA
from neuralstudio.ui.playground.board_edits import BoardEdits
from neuralstudio.ui.playground.board_header import ColumnHeader
from neuralstudio.ui.playground.board_layout import HEADER, LEAST_HEIGHT, Places, Spot, lay_out, least_width
from neuralstudio.ui.playground.board_live import BoardLive
from neuralstudio.ui.playground.board_painting import BoardPainting
from neuralstudio.ui.playground.board_strokes import Mark, Strokes
from neuralstudio.ui.playground.hover_card import WeightAt
from neuralstudio.ui.studio import Studio
from neuralstudio.views import board as view
from neuralstudio.views.board import Mode

_USUAL = FEATURES[:7]
"""The features of the classic page; the others come with "more"."""
_WORDS = 76
"""Pixels that the word above the output needs."""
_NARROW = 92
"""Pixels between columns below which their headers say numbers only."""


class BoardCanvas(QWidget):
    """Paints everything; ``BoardLive`` says what, ``BoardHands`` turns pointer and keys into calls."""

    pointed = Signal()
    """Another spot or weight is under the pointer."""
    arranged = Signal()
    """Everything has another place."""
    stood_in = Signal()
    """Weights are shown in the place of what is not known yet, or not any more."""

    def __init__(self, studio: Studio, live: BoardLive, edits: BoardEdits, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("board-canvas")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._studio, self.live, self.edits = studio, live, edits
        self.places: Places | None = None
        self.mode: Mode = "weight"
        self.is_standing_in = False
        """Links show weights, as what they are to show is not known before the next step."""
        self.spot: Spot | None = None
        """What the pointer is on."""
        self.selection: Spot | None = None
        """What the keyboard is on."""
        self.marked: WeightAt | None = None
        """The weight whose card is open."""
        self.has_popover = True
        """Whether what the pointer is on is shown larger here; not where the output does it."""
        self._firsts: dict[str, int] = {}
        self._shows_all = False
        self._strokes = Strokes(studio.theme.theme)
        self._painting = BoardPainting(studio, live)
        self._strengths: tuple[view.Links, ...] = ()
        self._headers: list[ColumnHeader] = []
        self._more = QToolButton(self)
        self._more.setObjectName("board-more-features")
        self._more.setProperty("flat", True)
        self._more.setStyleSheet("padding: 0 3px;")
        self._more.clicked.connect(self._on_more)
        live.rebuilt.connect(self._on_rebuilt)
        live.refreshed.connect(self._on_refreshed)
        live.beaten.connect(lambda: self.update(self._moving))
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._on_rebuilt()

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features that are shown, active or not."""
        setup = self.live.setup
        if setup is None or self._studio.document.project.dataset.signature.input_shape == (1,):
            return FEATURES[:1]
        hidden = set(setup.features) - set(_USUAL)
        return FEATURES if self._shows_all or hidden else _USUAL

    @property
    def shown(self) -> int:
        """Number of links in view."""
        return sum(gap.count for gap in self.places.gaps) if self.places else 0

    def set_mode(self, mode: Mode) -> None:
        """What thickness and colour of the links stand for."""
        self.mode = mode
        self.restyle()

    def scroll_column(self, node: str, steps: int) -> None:
        """Moves the part of a column that is in view; nothing where all of it is."""
        if self.places is None:
            return
        stretch = next(column for column in self.places.columns if column.node == node)
        first = max(0, min(stretch.first + steps, stretch.total - len(stretch.tiles)))
        if first != stretch.first:
            self._firsts[node] = first
            self.arrange()

    def reveal(self, spot: Spot) -> None:
        """Scrolls a neuron into view."""
        columns = self.places.columns if self.places is not None else ()
        for stretch in columns:
            if stretch.node == spot.node and spot.unit not in stretch.units:
                near = stretch.first if spot.unit < stretch.first else stretch.units[-1]
                self.scroll_column(spot.node, spot.unit - near)

    def point_at(self, spot: Spot | None, marked: WeightAt | None = None) -> None:
        """Highlights a neuron or a weight, and dims the links that do not touch it."""
        if (spot, marked) != (self.spot, self.marked):
            self.spot, self.marked = spot, marked
            self.restyle()
            self.pointed.emit()

    def open_menu(self, node: str, where: QPoint) -> None:
        """The menu of a layer, at a point of the screen."""
        for header in self._headers:
            if header.node == node and header.isVisible():
                header.menu.popup(where)

    def weight_at(self, where: QPointF) -> WeightAt | None:
        """The bias or the link under a point."""
        if self.places is None or self.live.setup is None:
            return None
        bias = self.places.bias_at(where)
        if bias is not None:
            return WeightAt(bias.node, None, bias.unit)
        return self._strokes.weight_at(self.places, where)

    # ── taking in what is new ────────────────────────────────────────────────────────────────────

    def _on_rebuilt(self) -> None:
        setup = self.live.setup
        if setup is None:
            return
        known = {column.id: column.units for column in (*setup.hidden, setup.output)}
        known[DATA] = len(self.features)
        if self.selection and self.selection.unit >= known.get(self.selection.node, 0):
            self.selection = None
        self.spot = self.marked = None
        self.setMinimumWidth(least_width(setup))
        self.arrange()
        self.pointed.emit()

    def _on_more(self) -> None:
        self._shows_all = not self._shows_all
        self.arrange()

    def _on_theme_changed(self) -> None:
        self._strokes.set_theme(self._studio.theme.theme)
        self._painting.forget()
        self._painting.take_in()
        self.restyle()

    def _on_refreshed(self) -> None:
        self._painting.take_in()
        self.restyle(is_new=not self.live.is_flowing)

    def restyle(self, *, is_new: bool = True) -> None:
        """Widths and styles of the links, anew from the board; a little later where only weights moved."""
        board, places, setup = self.live.board, self.places, self.live.setup
        self.update() if is_new or places is None else self.update(self._moving)
        if board is None or places is None or setup is None or len(board.layers) != len(places.gaps):
            return
        is_standing_in = not view.is_known(board, self.mode)
        if is_standing_in != self.is_standing_in:
            self.is_standing_in = is_standing_in
            self.stood_in.emit()
        self._strengths = view.strengths(board, "weight" if is_standing_in else self.mode)
        mark: Mark = self.marked
        if mark is None:
            mark = self.spot or (self.selection if self.hasFocus() else None)
            if mark is not None and mark.node == DATA:
                name = self.features[mark.unit]
                mark = Spot(DATA, setup.features.index(name) if name in setup.features else -1)
        self._strokes.draw(places, self._strengths, mark, is_new=is_new)

    # ── places ───────────────────────────────────────────────────────────────────────────────────

    def arrange(self) -> None:
        """Puts everything in its place for the present size and network."""
        setup = self.live.setup
        if setup is None:
            return
        height = max(LEAST_HEIGHT, self.height())
        self.places = lay_out(setup, self.features, self.width(), height, self._firsts)
        self._strokes.arrange(self.places, self.size(), self.devicePixelRatioF())
        self._painting.arrange(self.places.tile, self.devicePixelRatioF())
        self._place_headers()
        self._painting.take_in()
        self.restyle()
        self.arranged.emit()

    def _place_headers(self) -> None:
        setup, places = self.live.setup, self.places
        assert setup is not None
        assert places is not None
        columns = (*setup.hidden, setup.output)
        while len(self._headers) < len(columns):
            self._headers.append(ColumnHeader(self.edits, self))
        spacing = places.columns[1].x - places.columns[0].x
        for number, header in enumerate(self._headers, 1):
            header.setVisible(number <= len(columns))
            if number > len(columns):
                continue
            column = columns[number - 1]
            header.show_column(column, number, is_output=column is setup.output, is_narrow=spacing < _NARROW)
            width = round(min(max(spacing, _WORDS if column is setup.output else 0), 150))
            header.setGeometry(round(places.columns[number].x - width / 2), 2, width, HEADER - 8)
        first = places.columns[0]
        self._more.setVisible(self.features != FEATURES[:1] and not set(setup.features) - set(_USUAL))
        self._more.setText(self.tr("fewer") if self._shows_all else self.tr("more"))
        self._more.setToolTip(self.tr("Show cosines as well"))
        self._more.adjustSize()
        self._more.move(round(first.x - self._more.width() / 2), 28)

    def sizeHint(self) -> QSize:
        return QSize(800, 620)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    # ── painting ─────────────────────────────────────────────────────────────────────────────────

    @property
    def _moving(self) -> QRect:
        """What changes while the network learns: all but the features and the headers."""
        left = round(self.places.gaps[0].left) + 2 if self.places is not None else 0
        return QRect(left, HEADER, self.width() - left, self.height() - HEADER)

    def paintEvent(self, event: QPaintEvent) -> None:
        begin = perf_counter()
        painter = QPainter(self)
        links = self._strokes.image(self.live.step) if self._painting.is_ready else None
        if links is None:
            painter.fillRect(self.rect(), QColor(self._studio.theme.theme.window))
        else:
            painter.drawImage(0, 0, links)
        if self.places is not None and self.live.setup is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            strong = {self.spot, self.selection if self.hasFocus() else None}
            if not self._moving.contains(event.rect()):
                self._painting.paint_words(painter, self.places, self.features, self.font())
                self._painting.paint_features(painter, self.places, self.features, strong)
            self._painting.paint_neurons(painter, self.places, self._strengths, strong)
            if self.spot is not None and self.has_popover:
                self._painting.paint_popover(painter, self.places, self.spot, self.size())
        painter.end()
        self.live.spent(perf_counter() - begin)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)
