"""The tools beside a painted plane: a brush for each class, its size and density, an eraser, and clear."""

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.data.sets._base import COLOURS
from neuralstudio.ui.figures.colours import class_colours
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.playground.painting import DENSITIES, SIZES, Painting
from neuralstudio.ui.playground.picker import Picker
from neuralstudio.ui.studio import Studio

_ROW = 5
_CHIP = 16


class PaintTools(QWidget):
    """Before there is a painted plane, how to begin one; then the brushes."""

    def __init__(self, studio: Studio, painting: Painting) -> None:
        super().__init__()
        self._studio, self._painting = studio, painting
        self._begin = QWidget()
        self._tools = QWidget()
        self._fill_begin()
        self._fill_tools()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._begin)
        column.addWidget(self._tools)
        painting.changed.connect(self._show)
        studio.loader.changed.connect(self._show)
        studio.theme.theme_changed.connect(lambda _theme: self._show())
        self._show()

    def _fill_begin(self) -> None:
        column = QVBoxLayout(self._begin)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(Sentence(self.tr("Paint with the mouse on the output map."), "muted", self._begin))
        self._on_present = self._push(
            self.tr("Paint on these points"),
            "paint-on-present",
            self.tr("Begins with the points there are now"),
        )
        self._on_present.clicked.connect(self._painting.begin_on_present)
        empty = self._push(self.tr("Start empty"), "paint-empty", self.tr("Begins with an empty plane"))
        empty.clicked.connect(self._painting.begin_empty)
        column.addWidget(self._on_present)
        column.addWidget(empty)

    def _fill_tools(self) -> None:
        column = QVBoxLayout(self._tools)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._swatches = QGridLayout()
        self._swatches.setSpacing(4)
        self._brushes = QButtonGroup(self)
        for place, name in enumerate(COLOURS):
            brush = QToolButton()
            brush.setObjectName(f"brush-{name}")
            brush.setProperty("role", "tile")
            brush.setCheckable(True)
            brush.setIconSize(QSize(_CHIP, _CHIP))
            brush.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            brush.setAccessibleName(self.tr("Brush: {}").format(name))
            brush.setToolTip(self.tr("Paint points of the class “{}”").format(name))
            brush.clicked.connect(partial(self._painting.choose, colour=place))
            self._brushes.addButton(brush, place)
            self._swatches.addWidget(brush, place // _ROW, place % _ROW)
        column.addLayout(self._swatches)
        self._add = self._push(
            self.tr("Add class"), "paint-add-class", self.tr("One more colour to paint with")
        )
        self._add.clicked.connect(self._on_add)
        self._eraser = self._push(
            self.tr("Eraser"), "paint-eraser", self.tr("Takes away the points it touches")
        )
        self._eraser.setCheckable(True)
        self._eraser.clicked.connect(lambda is_on: self._painting.choose(is_eraser=is_on))
        clear = self._push(
            self.tr("Clear"), "paint-clear", self.tr("Takes all points away; Undo brings them back")
        )
        clear.clicked.connect(self._painting.clear)
        column.addWidget(self._add)
        tools = QHBoxLayout()
        tools.setSpacing(4)
        tools.addWidget(self._eraser)
        tools.addWidget(clear)
        column.addLayout(tools)
        sizes = [self.tr("Fine"), self.tr("Medium"), self.tr("Wide"), self.tr("Very wide")]
        self._size = Picker(
            self.tr("Brush size"),
            self.tr("How far the brush and the eraser reach"),
            "paint-size",
            list(zip(sizes, SIZES, strict=True)),
            letters=14,
        )
        self._size.picked.connect(lambda radius: self._painting.choose(radius=radius))
        densities = [self.tr("Single points"), self.tr("Some points"), self.tr("Many points")]
        self._density = Picker(
            self.tr("Density"),
            self.tr("How many points the brush leaves"),
            "paint-density",
            list(zip(densities, DENSITIES, strict=True)),
            letters=14,
        )
        self._density.picked.connect(lambda density: self._painting.choose(density=density))
        for picker in (self._size, self._density):
            picker.setProperty("role", "")
            column.addWidget(picker)

    def _push(self, text: str, name: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.setProperty("role", "compact")
        return button

    def _show(self) -> None:
        painting = self._painting
        self._begin.setVisible(not painting.is_on)
        self._tools.setVisible(painting.is_on)
        data = self._studio.loader.data
        self._on_present.setEnabled(data is not None and data.signature.input_shape == (2,))
        shown = min(len(COLOURS), max(painting.classes, painting.colour + 1))
        colours = class_colours(self._studio.theme.theme, len(COLOURS))
        for place, colour in enumerate(colours):
            brush = self._brushes.button(place)
            brush.setIcon(self._chip(colour))
            brush.setVisible(place < shown)
        self._brushes.setExclusive(not painting.is_eraser)
        for place in range(len(COLOURS)):
            self._brushes.button(place).setChecked(place == painting.colour and not painting.is_eraser)
        self._add.setVisible(shown < len(COLOURS))
        self._eraser.setChecked(painting.is_eraser)
        self._size.show_value("", lambda radius: radius == painting.radius)
        self._density.show_value("", lambda density: density == painting.density)

    def _on_add(self) -> None:
        """The next colour comes into view and into the hand."""
        place = next(place for place in range(len(COLOURS)) if self._brushes.button(place).isHidden())
        self._painting.choose(colour=place)
        self._brushes.button(place).setFocus()

    def _chip(self, colour: str) -> QIcon:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(_CHIP, _CHIP) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._studio.theme.theme.panel), 1))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(1, 1, _CHIP - 2, _CHIP - 2)
        painter.end()
        return QIcon(picture)
