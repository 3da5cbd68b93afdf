"""Pointer and keys on the board: what is pointed at, what is chosen, and the card of a weight."""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent

from neuralstudio.network.spec import DATA
from neuralstudio.project.playground.setup import Setup
from neuralstudio.ui.playground.board_canvas import BoardCanvas
from neuralstudio.ui.playground.board_layout import Spot, column_of, neuron_name
from neuralstudio.ui.playground.board_names import feature_names, weight_name
from neuralstudio.ui.playground.hover_card import HoverCard, WeightAt, WeightNow
from neuralstudio.ui.studio import Studio

_STEPS = {
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
}


class BoardHands(QObject):
    """Listens to the canvas's events."""

    hovered = Signal(str, int)
    """A neuron is pointed at: its layer's id and number; a feature: ``DATA`` and its place among all

    features; nothing: "" and −1.
    """

    def __init__(self, studio: Studio, canvas: BoardCanvas) -> None:
        super().__init__(canvas)
        self._studio, self._canvas = studio, canvas
        self._told: Spot | None = None
        self.card = HoverCard(canvas)
        self.card.value_entered.connect(self._on_value_entered)
        self.card.frozen_changed.connect(canvas.edits.set_frozen)
        self.card.chosen.connect(lambda weight: self.open_card(weight, self.card.pos() - QPoint(14, 14)))
        self.card.closed.connect(self._on_card_closed)
        canvas.installEventFilter(self)
        canvas.pointed.connect(self._tell)
        canvas.live.refreshed.connect(self._refresh_card)
        canvas.live.rebuilt.connect(self._on_rebuilt)
        studio.document.replaced.connect(self._forget)

    # ── the card ─────────────────────────────────────────────────────────────────────────────────

    def open_card(self, weight: WeightAt, where: QPoint) -> None:
        """Pins the card of a weight, ready to be typed in."""
        now, setup = self._now(weight), self._canvas.live.setup
        if now is None or setup is None:
            return
        self.card.show_at(weight, now, where, is_pinned=True)
        self.card.set_choices(self._choices(setup, weight))
        self._canvas.point_at(None, weight)

    def _choices(self, setup: Setup, weight: WeightAt) -> list[tuple[str, WeightAt]]:
        board = self._canvas.live.board
        assert board is not None
        layer = next(layer for layer in board.layers if layer.id == weight.node)
        sources = [None, *range(len(layer.weights.weights))]
        weights = [WeightAt(weight.node, source, weight.unit) for source in sources]
        project = self._studio.document.project
        return [(weight_name(project, setup, each), each) for each in weights]

    def _now(self, weight: WeightAt) -> WeightNow | None:
        setup, board = self._canvas.live.setup, self._canvas.live.board
        layer = next((each for each in board.layers if each.id == weight.node), None) if board else None
        if setup is None or layer is None:
            return None
        numbers: list[float | None] = []
        for links in (layer.weights, layer.gradients, layer.updates):
            if links is None:
                numbers.append(None)
            elif weight.source is None:
                numbers.append(float(links.biases[weight.unit]))
            else:
                numbers.append(float(links.weights[weight.source, weight.unit]))
        words = weight_name(self._studio.document.project, setup, weight)
        is_frozen = column_of(setup, weight.node).is_frozen
        return WeightNow(words, numbers[0] or 0.0, numbers[1], numbers[2], is_frozen)

    def _refresh_card(self) -> None:
        if self.card.weight is None:
            return
        now = self._now(self.card.weight)
        if now is not None:
            self.card.refresh(now)

    def _on_rebuilt(self) -> None:
        """The weight may be gone, or another one may have its place."""
        setup, weight = self._canvas.live.setup, self.card.weight
        if weight is not None and (setup is None or not _has(setup, weight)):
            self.card.unpin()

    def _on_value_entered(self, weight: WeightAt, value: float) -> None:
        self._canvas.edits.set_weight(weight.node, weight.source, weight.unit, value)

    def _on_card_closed(self) -> None:
        self._canvas.point_at(None)
        self._canvas.setFocus()

    # ── pointer and keys ─────────────────────────────────────────────────────────────────────────

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        if isinstance(event, QWheelEvent):
            return self._on_wheel(event)
        if isinstance(event, QContextMenuEvent):
            return self._on_menu(event)
        if isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseMove:
                self._on_moved(event)
            elif event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._on_pressed(event)
        elif event.type() == QEvent.Type.Leave and not self.card.is_pinned:
            self.card.unpin()
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._canvas.restyle()
            self._tell()
        return False

    def _on_moved(self, event: QMouseEvent) -> None:
        canvas, where = self._canvas, event.position()
        if canvas.places is None or self.card.is_pinned:
            return
        spot, weight = self._under(where)
        canvas.point_at(spot, weight)
        is_feature = spot is not None and spot.node == DATA
        canvas.setCursor(
            Qt.CursorShape.PointingHandCursor if weight or is_feature else Qt.CursorShape.ArrowCursor
        )
        now = self._now(weight) if weight is not None else None
        if weight is not None and now is not None:
            self.card.show_at(weight, now, event.position().toPoint(), is_pinned=False)
        elif self.card.weight is not None:
            self.card.weight = None
            self.card.hide()

    def _under(self, where: QPointF) -> tuple[Spot | None, WeightAt | None]:
        """The neuron or the weight under a point; a bias lies over the corner of its neuron."""
        places = self._canvas.places
        if places is None:
            return None, None
        spot = None if places.bias_at(where) is not None else places.spot_at(where)
        return spot, None if spot is not None else self._canvas.weight_at(where)

    def _on_pressed(self, event: QMouseEvent) -> None:
        canvas = self._canvas
        if canvas.places is None:
            return
        where = event.position()
        spot, weight = self._under(where)
        if self.card.is_pinned:
            self.card.unpin()
        self.select(None)  # the mouse takes over from the keyboard
        if weight is not None:
            self.open_card(weight, where.toPoint())
        elif spot is not None and spot.node == DATA:
            canvas.edits.toggle_feature(canvas.features[spot.unit])

    def _on_menu(self, event: QContextMenuEvent) -> bool:
        """The right button on a neuron, or the menu key with one selected."""
        canvas = self._canvas
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        spot = self._under(QPointF(event.pos()))[0] if by_mouse else canvas.selection
        if spot is None or spot.node == DATA:
            return False
        canvas.open_menu(spot.node, event.globalPos())
        return True

    def _on_wheel(self, event: QWheelEvent) -> bool:
        places = self._canvas.places
        column = places.column_at(event.position()) if places is not None else None
        if column is None or column.more is None:
            return False
        self._canvas.scroll_column(
            column.node, -round(event.angleDelta().y() / 120) or (1 if event.angleDelta().y() < 0 else -1)
        )
        return True

    def _on_key(self, event: QKeyEvent) -> bool:
        key, canvas = event.key(), self._canvas
        selection = canvas.selection
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return self._step(1 if key == Qt.Key.Key_Tab else -1, 0, is_tab=True)
        if key in _STEPS:
            return self._step(*_STEPS[Qt.Key(key)])
        if key == Qt.Key.Key_Escape:
            self._forget()
            return True
        if selection is None:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if selection.node == DATA:
                canvas.edits.toggle_feature(canvas.features[selection.unit])
            else:
                tile = canvas.places.tile_of(selection) if canvas.places else None
                where = tile.bottomRight().toPoint() if tile is not None else QPoint(40, 40)
                self.open_card(WeightAt(selection.node, None, selection.unit), where)
            return True
        change = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Minus: -1}.get(Qt.Key(key))
        if change is not None and selection.node != DATA:
            canvas.edits.change_units(selection.node, change)
            return True
        return False

    def _step(self, columns: int, units: int, *, is_tab: bool = False) -> bool:
        """Moves the selection; False where Tab would leave the board."""
        places, selection = self._canvas.places, self._canvas.selection
        if places is None:
            return False
        if selection is None:
            self.select(Spot(places.columns[0 if columns >= 0 else -1].node, 0))
            return True
        order = [column.node for column in places.columns]
        if selection.node not in order:
            return False
        place = order.index(selection.node) + columns
        if not 0 <= place < len(order):
            return not is_tab
        column = places.columns[place]
        unit = selection.unit + units
        if columns and len(column.tiles) > 0:  # to the neighbour at the same height
            tile = places.tile_of(selection)
            height = tile.center().y() if tile is not None else 0.0
            gaps = [abs(each.center().y() - height) for each in column.tiles]
            unit = column.first + gaps.index(min(gaps))
        self.select(Spot(column.node, max(0, min(unit, column.total - 1))))
        return True

    def select(self, spot: Spot | None) -> None:
        """Moves the keyboard's mark, and says where it is; None takes it away."""
        if spot is None and self._canvas.selection is None:
            return
        self._canvas.selection = spot
        if spot is not None:
            self._canvas.reveal(spot)
        self._canvas.restyle()
        self._canvas.setAccessibleDescription(self.described(spot) if spot is not None else "")
        self._tell()

    def _forget(self) -> None:
        """Nothing is pointed at or selected any more: the answer is shown again."""
        self.select(None)
        self._canvas.point_at(None)

    def described(self, spot: Spot) -> str:
        """A neuron or feature in words."""
        setup, board = self._canvas.live.setup, self._canvas.live.board
        if setup is None:
            return ""
        if spot.node == DATA:
            feature = self._canvas.features[spot.unit]
            (name,) = feature_names(self._studio.document.project, [feature])
            return (
                self.tr("Feature {}, on").format(name)
                if feature in setup.features
                else self.tr("Feature {}, off").format(name)
            )
        column, name = column_of(setup, spot.node), neuron_name(setup, spot)
        layer = next((each for each in board.layers if each.id == spot.node), None) if board else None
        if layer is None or spot.unit >= len(layer.weights.biases):
            return name
        return self.tr("Neuron {name}, {activation}, bias {bias:.3g}, {inputs} inputs").format(
            name=name,
            activation=column.activation.title,
            bias=float(layer.weights.biases[spot.unit]),
            inputs=len(layer.weights.weights),
        )

    def _tell(self) -> None:
        """Says which spot is to be shown large: the pointer's, else the keyboard's."""
        spot = self._canvas.spot or (self._canvas.selection if self._canvas.hasFocus() else None)
        if spot != self._told:
            self._told = spot
            self.hovered.emit(spot.node if spot else "", spot.unit if spot else -1)


def _has(setup: Setup, weight: WeightAt) -> bool:
    order = (*setup.hidden, setup.output)
    sources = len(setup.features)
    for column in order:
        if column.id == weight.node:
            return weight.unit < column.units and (weight.source or 0) < sources
        sources = column.units
    return False
