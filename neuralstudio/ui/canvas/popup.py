"""The small list of layers that opens at a + and filters while one types."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from neuralstudio.layers.registry import LAYERS
from neuralstudio.ui.canvas.places import Place
from neuralstudio.ui.catalogue import found
from neuralstudio.ui.theme import Theme

_TAG = Qt.ItemDataRole.UserRole
_ROWS = 10


class LayerPopup(QFrame):
    """Type, choose with Up and Down, Enter inserts; Escape or a click elsewhere closes.

    It is part of the window, not a window of its own: no system needs to grant it the keyboard.
    """

    chosen = Signal(str, object)
    """The tag of a layer, and the ``Place`` where it is to go."""
    closed = Signal()
    """Escape was pressed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("layer-popup")
        self.setAccessibleName(self.tr("Insert a layer"))
        self._place = Place()
        self._theme: Theme | None = None
        self.hide()
        self.filter = QLineEdit()
        self.filter.setObjectName("popup-filter")
        self.filter.setPlaceholderText(self.tr("Insert a layer: type its name"))
        self.filter.setAccessibleName(self.tr("Name of the layer"))
        self.filter.installEventFilter(self)
        self.filter.textChanged.connect(self._refill)
        self.list = QListWidget()
        self.list.setObjectName("popup-list")
        self.list.setAccessibleName(self.tr("Layers"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setIconSize(QSize(14, 14))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self.filter)
        layout.addWidget(self.list)
        self._icons: dict[str, QIcon] = {}

    def open_at(self, where: QPoint, place: Place, theme: Theme) -> None:
        """Opens with its top centre at a point of its parent; the choice goes to ``place``."""
        self._place = place
        self._theme = theme
        self._icons = {kind.group: _square(theme.family(kind.group)) for kind in LAYERS}
        self.filter.clear()
        self._refill("")
        rows = min(self.list.count(), _ROWS) * max(self.list.sizeHintForRow(0), 1)
        self.list.setFixedHeight(rows + 2 * self.list.frameWidth() + 2)
        self.resize(self.fontMetrics().averageCharWidth() * 38, self.minimumSizeHint().height())
        corner = where - QPoint(self.width() // 2, 0)
        room = self._over.rect().adjusted(4, 4, -self.width() - 4, -self.height() - 4)
        self.move(
            max(room.left(), min(corner.x(), room.right())), max(room.top(), min(corner.y(), room.bottom()))
        )
        self.show()
        self.raise_()
        self.filter.setFocus()

    def _refill(self, text: str) -> None:
        """The layers that match, those first whose name begins with the text."""
        self.list.clear()
        for kind in found(text):
            item = QListWidgetItem(self._icons.get(kind.group, QIcon()), kind.title)
            item.setData(_TAG, kind.tag())
            item.setToolTip(kind.summary())
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.hide()
            self.chosen.emit(str(item.data(_TAG)), self._place)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._theme.border))
        painter.setBrush(QColor(self._theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                places = 1 if key == Qt.Key.Key_Down else -1
                row = self.list.currentRow() + places
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentItem())
                return True
            if key == Qt.Key.Key_Escape:
                self.hide()
                self.closed.emit()
                return True
        elif isinstance(event, QFocusEvent) and event.lostFocus():
            # The menu of the text field takes the keyboard for a moment only.
            self.setVisible(event.reason() == Qt.FocusReason.PopupFocusReason)
        return super().eventFilter(watched, event)


def _square(colour: str) -> QIcon:
    pixmap = QPixmap(28, 28)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(0, 0, 28, 28, 8, 8)
    painter.end()
    return QIcon(pixmap)
