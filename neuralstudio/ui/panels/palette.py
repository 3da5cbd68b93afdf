"""The layers there are, to be filtered, dragged onto the canvas, or inserted with Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from neuralstudio.layers._base import Layer
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.edits import append, insert_after
from neuralstudio.network.spec import DATA
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme, blend, scaled

LAYER_MIME = "application/x-neuralstudio-layer"
"""What is dragged: the tag of a layer in UTF-8."""

_GROUPS = ("Core", "Convolution", "Sequence", "Regularise", "Merge", "Maps & energy")
_SWATCH = 18
_TAG = Qt.ItemDataRole.UserRole


class PalettePanel(Panel):
    """Groups of layers with a search box above them."""

    tag = "layers"
    title = "Layers"
    area = "left"
    order = 0

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.filter_box = _FilterBox(self)
        self.filter_box.setObjectName("palette-filter")
        self.filter_box.setPlaceholderText(self.tr("Filter layers"))
        self.filter_box.setAccessibleName(self.tr("Filter layers"))
        self.filter_box.setClearButtonEnabled(True)
        self.layers = _LayerList(self)
        self.layers.setObjectName("palette-layers")
        self.layers.setAccessibleName(self.tr("Layers"))
        self._nothing = Sentence(role="muted", parent=self)
        self._nothing.setContentsMargins(12, 0, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(6)
        above = QVBoxLayout()
        above.setContentsMargins(12, 0, 12, 0)
        above.addWidget(self.filter_box)
        above.addWidget(self._nothing)
        column.addLayout(above)
        column.addWidget(self.layers, 1)
        self.filter_box.textChanged.connect(self._on_filter_changed)
        self.filter_box.left_downwards.connect(self.layers.take_focus)
        self.filter_box.returnPressed.connect(lambda: self._insert(self.layers.current_tag()))
        self.layers.chosen.connect(self._insert)
        self.layers.left_upwards.connect(lambda: self.filter_box.setFocus(Qt.FocusReason.BacktabFocusReason))
        studio.theme.theme_changed.connect(self.layers.fill)
        self.layers.fill(studio.theme.theme)

    def _on_filter_changed(self, text: str) -> None:
        found = self.layers.filter(text)
        self._nothing.show_text(
            "" if found else self.tr("No layer matches “{text}”.").format(text=text.strip())
        )

    def _insert(self, tag: str) -> None:
        """Puts a layer behind the last selected card, else at the end, and selects it."""
        if not tag:
            return
        document = self.studio.document
        layer = LAYERS[tag]()
        spec = document.network
        selected = [node.id for node in spec if node.id in document.selection]
        if selected:
            edited, node_id = insert_after(spec, selected[-1], layer)
        elif DATA in document.selection:
            edited, node_id = insert_after(spec, DATA, layer)
        else:
            edited, node_id = append(spec, layer)
        document.edit_network(self.tr("add {layer}").format(layer=layer.title), edited, (node_id,))


class _FilterBox(QLineEdit):
    left_downwards = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class _LayerList(QListWidget):
    """Headings that cannot be chosen, and below each the layers of its group."""

    chosen = Signal(str)
    left_upwards = Signal()

    def __init__(self, parent: Panel) -> None:
        super().__init__(parent)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._sought = ""

    def fill(self, theme: Theme) -> None:
        """All layers, in the colours of ``theme``; filter and current layer stay."""
        current = self.current_tag()
        self.clear()
        for group, kinds in _grouped().items():
            self._add_heading(group, theme)
            for number, kind in enumerate(kinds):
                item = QListWidgetItem(_swatch(theme, group, number), kind.title)
                item.setData(_TAG, kind.tag())
                item.setToolTip(kind.summary())
                item.setSizeHint(QSize(40, 30))
                self.addItem(item)
                if kind.tag() == current:
                    self.setCurrentItem(item)
        self.filter(self._sought)

    def filter(self, text: str) -> bool:
        """Hides the layers that match in neither title nor tag nor summary; False if none is left."""
        self._sought = text
        words = text.lower().split()
        heading: QListWidgetItem | None = None
        first: QListWidgetItem | None = None
        for item in self._items():
            tag = item.data(_TAG)
            if not tag:
                heading = item
                item.setHidden(True)
                continue
            kind = LAYERS[tag]
            haystack = f"{kind.title} {tag} {kind.summary()} {kind.group}".lower()
            matches = all(word in haystack for word in words)
            item.setHidden(not matches)
            if matches and heading is not None:
                heading.setHidden(False)
            if matches and first is None:
                first = item
        current = self.currentItem()
        if words and (current is None or current.isHidden() or not self._is_better(current, words)):
            best = next((item for item in self._items() if self._is_better(item, words)), first)
            if best is not None:
                self.setCurrentItem(best)
        return first is not None

    def current_tag(self) -> str:
        """Tag of the current layer, "" if none is to be seen."""
        item = self.currentItem()
        return "" if item is None or item.isHidden() else str(item.data(_TAG) or "")

    def take_focus(self) -> None:
        """Takes the focus with a layer current."""
        self.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.current_tag():
            first = next((item for item in self._items() if item.data(_TAG) and not item.isHidden()), None)
            if first is not None:
                self.setCurrentItem(first)

    # ── Qt ───────────────────────────────────────────────────────────────────────────────────────

    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        tags = [str(item.data(_TAG)) for item in items if item.data(_TAG)]
        if tags:
            data.setData(LAYER_MIME, QByteArray(tags[0].encode()))
        return data

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.current_tag())
        elif event.key() == Qt.Key.Key_Up and self._is_first():
            self.left_upwards.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and item.data(_TAG):
            self.chosen.emit(str(item.data(_TAG)))

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    def _is_first(self) -> bool:
        layers = [item for item in self._items() if item.data(_TAG) and not item.isHidden()]
        return not layers or self.currentItem() is layers[0]

    def _is_better(self, item: QListWidgetItem, words: list[str]) -> bool:
        """The title begins with what is sought, which counts more than a word in the summary."""
        return bool(item.data(_TAG)) and not item.isHidden() and item.text().lower().startswith(words[0])

    def _add_heading(self, group: str, theme: Theme) -> None:
        heading = QListWidgetItem(group.upper())
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        heading.setForeground(QColor(theme.muted))
        heading.setFont(scaled(self.font(), 0.85, bold=True))
        heading.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        heading.setSizeHint(QSize(40, 32))
        self.addItem(heading)


def _grouped() -> dict[str, list[type[Layer]]]:
    """The layers by group, in the order of the groups; groups nobody foresaw come last."""
    groups: dict[str, list[type[Layer]]] = {}
    for kind in LAYERS:
        groups.setdefault(kind.group, []).append(kind)
    order = sorted(groups, key=lambda group: _GROUPS.index(group) if group in _GROUPS else len(_GROUPS))
    return {group: groups[group] for group in order}


def _swatch(theme: Theme, group: str, number: int) -> QIcon:
    """A rounded square in the group's colour, a little fainter for each layer further down."""
    ratio = 2
    pixmap = QPixmap(_SWATCH * ratio, _SWATCH * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(blend(theme.panel, theme.family(group), max(0.4, 1 - 0.3 * number)))
    painter.drawRoundedRect(0, 0, _SWATCH, _SWATCH, 4, 4)
    painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(pixmap, mode)
    return icon
