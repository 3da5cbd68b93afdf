"""Paints what stands on the board between the links: words, features, neurons with their biases."""

from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from neuralstudio.layers.features import Feature
from neuralstudio.network.spec import DATA
from neuralstudio.ui.playground.board_layout import HEADER, LARGEST, Places, Spot
from neuralstudio.ui.playground.board_live import BoardLive
from neuralstudio.ui.playground.board_names import feature_names, output_names
from neuralstudio.ui.playground.board_tiles import Sheet, TileLook
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import scaled
from neuralstudio.views import board as view
from neuralstudio.views.board import Links

_NAME_WIDTH = 68
_POPOVER = 168.0


class BoardPainting:
    """Pictures of all tiles, renewed with the board, and how they are painted."""

    def __init__(self, studio: Studio, live: BoardLive) -> None:
        self._studio, self._live = studio, live
        self._tile, self._ratio = LARGEST, 1.0
        self._look: TileLook | None = None
        self._sheets: list[Sheet] = []
        self._feature_sheets: dict[bool, Sheet] = {}
        self._shown_features: tuple[object, ...] = ()

    @property
    def is_ready(self) -> bool:
        """There are neurons to be painted."""
        return bool(self._sheets)

    def arrange(self, tile: int, ratio: float) -> None:
        """Tiles have another size."""
        if (tile, ratio) != (self._tile, self._ratio):
            self._tile, self._ratio = tile, ratio
            self.forget()

    def forget(self) -> None:
        """Colours are others."""
        self._look = None
        self._feature_sheets.clear()

    def take_in(self) -> None:
        """Pictures of the newest board."""
        board, setup = self._live.board, self._live.setup
        self._sheets = []
        if board is None or setup is None:
            return
        classes = len(self._studio.document.project.dataset.signature.classes)
        for layer in board.layers:
            is_shares = layer.id == setup.output.id and setup.output.units == classes > 1
            self._sheets.append(self.look.sheet(layer.maps, classes=classes if is_shares else 0))

    @property
    def look(self) -> TileLook:
        """Colours and frames in the present theme."""
        if self._look is None:
            self._look = TileLook(self._studio.theme.theme, self._tile, self._ratio)
        return self._look

    def paint_words(
        self, painter: QPainter, places: Places, features: Sequence[Feature], font: QFont
    ) -> None:
        """The heading and the names of the features."""
        theme, setup = self._studio.theme.theme, self._live.setup
        assert setup is not None
        first = places.columns[0]
        painter.setFont(scaled(font, 0.92, bold=True))
        painter.setPen(QColor(theme.text))
        heading = QRectF(first.x - 60, 8, 120, 20)
        painter.drawText(heading, Qt.AlignmentFlag.AlignCenter, self._heading(len(features)))
        painter.setFont(font)
        names = feature_names(self._studio.document.project, features)
        metrics = QFontMetricsF(font)
        for unit, tile in zip(first.units, first.tiles, strict=True):
            is_on = features[unit] in setup.features
            painter.setPen(QColor(theme.text if is_on else theme.muted))
            words = metrics.elidedText(names[unit], Qt.TextElideMode.ElideRight, _NAME_WIDTH)
            where = QRectF(tile.left() - _NAME_WIDTH - 8, tile.top(), _NAME_WIDTH, tile.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _heading(self, count: int) -> str:
        tr = self._live.tr
        return tr("Features") if count > 1 else tr("Input")

    def paint_features(
        self,
        painter: QPainter,
        places: Places,
        features: tuple[Feature, ...],
        strong: Collection[Spot | None],
    ) -> None:
        """All features; those that are not active are pale."""
        setup, signature = self._live.setup, self._studio.document.project.dataset.signature
        assert setup is not None
        if not self._feature_sheets or self._shown_features != (signature, features):
            maps = view.feature_maps(signature)
            stack = np.asarray([maps[name] for name in features], dtype=np.float32)
            self._feature_sheets = {pale: self.look.sheet(stack, is_pale=pale) for pale in (False, True)}
            self._shown_features = (signature, features)
        first = places.columns[0]
        for unit, tile in zip(first.units, first.tiles, strict=True):
            self._feature_sheets[features[unit] not in setup.features].paint(painter, unit, tile)
            if Spot(DATA, unit) in strong:
                self.look.paint_mark(painter, tile)

    def paint_neurons(
        self,
        painter: QPainter,
        places: Places,
        strengths: Sequence[Links],
        strong: Collection[Spot | None],
    ) -> None:
        """All neurons in view, with what they say and their biases."""
        board, look = self._live.board, self.look
        if board is None or not len(self._sheets) == len(places.columns) - 1 == len(strengths):
            return
        for column, layer, sheet, strength in zip(
            places.columns[1:], board.layers, self._sheets, strengths, strict=True
        ):
            biases, shares = layer.weights.biases.tolist(), strength.biases.tolist()
            for unit, tile in zip(column.units, column.tiles, strict=True):
                sheet.paint(painter, unit, tile)
                look.paint_bias(painter, tile, shares[unit], biases[unit])
        for spot in strong:
            tile_of = places.tile_of(spot) if spot is not None and spot.node != DATA else None
            if tile_of is not None:
                look.paint_mark(painter, tile_of)
        self._paint_notes(painter, places)

    def _paint_notes(self, painter: QPainter, places: Places) -> None:
        """How many neurons are out of view, and which outputs stand for which classes."""
        last = places.columns[-1]
        painter.setPen(QColor(self._studio.theme.theme.muted))
        names = output_names(self._studio.document.project, last.units)
        for tile, name in zip(last.tiles, names, strict=True):
            if name:
                where = QRectF(tile.right() + 8, tile.top(), _NAME_WIDTH, tile.height())
                painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, name)
        for column in places.columns[1:]:
            if column.more is not None:
                words = self._live.tr("… {} more").format(f"{column.total - len(column.tiles):,}")
                painter.drawText(column.more, Qt.AlignmentFlag.AlignCenter, words)

    def paint_popover(self, painter: QPainter, places: Places, spot: Spot, size: QSize) -> None:
        """What is pointed at, larger."""
        tile, setup = places.tile_of(spot), self._live.setup
        if tile is None or setup is None or not self._sheets or not self._feature_sheets:
            return
        is_left = tile.right() + _POPOVER + 16 > size.width()
        left = tile.left() - _POPOVER - 12 if is_left else tile.right() + 12
        highest, lowest = float(HEADER), size.height() - _POPOVER - 4
        box = QRectF(left, max(highest, min(tile.center().y() - _POPOVER / 2, lowest)), _POPOVER, _POPOVER)
        order = [column.id for column in (*setup.hidden, setup.output)]
        is_feature = spot.node == DATA
        sheet = self._feature_sheets[False] if is_feature else self._sheets[order.index(spot.node)]
        sheet.paint_inside(painter, spot.unit, box)
        painter.setPen(QColor(self._studio.theme.theme.accent))
        painter.drawRect(box)
