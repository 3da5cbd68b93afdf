"""The layers there are, to be filtered, dragged onto the canvas, or inserted with Enter."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QSettings,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.edits import append, insert_after
from neuralstudio.network.spec import DATA
from neuralstudio.ui.catalogue import found, grouped, matches
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.icons import icon_names, icon_pixmap
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme, blend, scaled

LAYER_MIME = "application/x-neuralstudio-layer"
"""What is dragged: the tag of a layer in UTF-8."""

_SWATCH = 18
_ROW, _HEADING = 27, 30
_TAG, _GROUP = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_CLOSED_KEY = "palette/closed"


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
        self.layers = _LayerList(self, studio.settings)
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
    """Headings that open and close their group, and below each the layers of the group."""

    chosen = Signal(str)
    left_upwards = Signal()

    def __init__(self, parent: Panel, settings: QSettings) -> None:
        super().__init__(parent)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._settings = settings
        self._closed = set(filter(None, str(settings.value(_CLOSED_KEY, "")).split(",")))
        self._sought = ""
        self._signs = _Signs(self)
        self.setItemDelegate(self._signs)

    def fill(self, theme: Theme) -> None:
        """All layers, in the colours of ``theme``; filter and current layer stay."""
        current = self.current_tag()
        self._signs.theme = theme
        self.clear()
        for group, kinds in grouped().items():
            self._add_heading(group, len(kinds), theme)
            for number, kind in enumerate(kinds):
                share = max(0.4, 1 - min(0.3, 0.6 / len(kinds)) * number)
                item = QListWidgetItem(_swatch(theme, group, share), kind.title)
                item.setData(_TAG, kind.tag())
                item.setData(_GROUP, group)
                item.setToolTip(kind.summary())
                item.setSizeHint(QSize(40, _ROW))
                self.addItem(item)
                if kind.tag() == current:
                    self.setCurrentItem(item)
        self.filter(self._sought)

    def filter(self, text: str) -> bool:
        """Hides the layers that match in neither title nor tag nor summary; False if none is left.

        While something is sought, all groups are open.
        """
        self._sought = text.strip()
        groups = {kind.group for kind in LAYERS if matches(kind, self._sought)}
        for item in self._items():
            tag, group = item.data(_TAG), str(item.data(_GROUP))
            if tag:
                is_open = bool(self._sought) or group not in self._closed
                item.setHidden(not (is_open and matches(LAYERS[tag], self._sought)))
            else:
                item.setHidden(group not in groups)
        if self._sought and groups:
            best = found(self._sought)[0].tag()
            self.setCurrentItem(next(item for item in self._items() if item.data(_TAG) == best))
        return bool(groups)

    def is_open(self, group: str) -> bool:
        """Whether the layers of a group can be seen."""
        return bool(self._sought) or group not in self._closed

    def toggle(self, group: str) -> None:
        """Opens or closes a group; which are closed is remembered."""
        if self._sought:
            return
        self._closed ^= {group}
        self._settings.setValue(_CLOSED_KEY, ",".join(sorted(self._closed)))
        self.filter("")
        for item in self._items():
            if not item.data(_TAG):
                _tell_state(item, is_open=self.is_open(str(item.data(_GROUP))))
        self.viewport().update()

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
        item, key = self.currentItem(), event.key()
        group = str(item.data(_GROUP)) if item is not None else ""
        is_heading = item is not None and not item.data(_TAG)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and is_heading:
            self.toggle(group)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.current_tag())
        elif key == Qt.Key.Key_Left and group and self.is_open(group):
            self._go_to_heading(group)
            self.toggle(group)
        elif key == Qt.Key.Key_Right and group and not self.is_open(group):
            self.toggle(group)
        elif key == Qt.Key.Key_Up and self._is_first():
            self.left_upwards.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        item = self.itemAt(event.position().toPoint())
        if item is not None and not item.data(_TAG) and event.button() == Qt.MouseButton.LeftButton:
            self.toggle(str(item.data(_GROUP)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and item.data(_TAG):
            self.chosen.emit(str(item.data(_TAG)))
        elif item is not None:
            self.toggle(str(item.data(_GROUP)))

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    def _is_first(self) -> bool:
        seen = [item for item in self._items() if not item.isHidden()]
        return self.currentItem() in seen[:1] or (bool(self._sought) and self.currentItem() in seen[:2])

    def _go_to_heading(self, group: str) -> None:
        self.setCurrentItem(
            next(item for item in self._items() if item.data(_GROUP) == group and not item.data(_TAG))
        )

    def _add_heading(self, group: str, count: int, theme: Theme) -> None:
        heading = QListWidgetItem(_sign(theme, group), group.upper())
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        heading.setData(_GROUP, group)
        heading.setForeground(QColor(theme.muted))
        heading.setFont(scaled(self.font(), 0.85, bold=True))
        heading.setSizeHint(QSize(40, _HEADING))
        heading.setToolTip(self.tr("{n} layers; click to open or close the group").format(n=count))
        _tell_state(heading, is_open=self.is_open(group))
        self.addItem(heading)


class _Signs(QStyledItemDelegate):
    """Headings get an arrow at the right that says whether their group is open."""

    theme: Theme

    def __init__(self, parent: _LayerList) -> None:
        super().__init__(parent)
        self._list = parent

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.data(_TAG):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.muted), 1.5))
        painter.translate(option.rect.right() - 16, option.rect.center().y() + 1)
        if not self._list.is_open(str(index.data(_GROUP))):
            painter.rotate(-90)
        painter.drawPolyline([QPointF(-4, -2), QPointF(0, 2), QPointF(4, -2)])
        painter.restore()


def _tell_state(heading: QListWidgetItem, *, is_open: bool) -> None:
    """For screen readers."""
    heading.setData(
        Qt.ItemDataRole.AccessibleTextRole,
        f"{heading.data(_GROUP)}, {'open' if is_open else 'closed'}",
    )


def _sign(theme: Theme, group: str) -> QIcon:
    """The group's icon in its colour; a square for a group without one."""
    if group.lower() not in icon_names():
        return _swatch(theme, group, 1.0)
    sign = QIcon()
    for size in (_SWATCH, 2 * _SWATCH):
        pixmap = icon_pixmap(group.lower(), theme.family(group), size)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
            sign.addPixmap(pixmap, mode)
    return sign


def _swatch(theme: Theme, group: str, share: float) -> QIcon:
    """A rounded square in the group's colour, fainter with a smaller ``share``."""
    ratio, side, edge = 2, _SWATCH, 4
    pixmap = QPixmap(side * ratio, side * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(blend(theme.panel, theme.family(group), share))
    painter.drawRoundedRect(edge // 2, edge // 2, side - edge, side - edge, 4, 4)
    painter.end()
    swatch = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        swatch.addPixmap(pixmap, mode)
    return swatch
