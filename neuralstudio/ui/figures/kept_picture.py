"""A widget's picture, kept between paints and renewed only as often as its cost allows."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

_INTERVAL_MS = 250
# The picture is renewed less often where it takes long: it may have a fiftieth of the time.
_SPARING = 50


class KeptPicture:
    """Renewed at most four times a second after ``is_stale`` was set, and at once after ``drop``."""

    def __init__(self, widget: QWidget) -> None:
        self.is_stale = True
        self._widget = widget
        self._picture: QPixmap | None = None
        self._rest_ms = _INTERVAL_MS
        self._since_paint = QElapsedTimer()
        self._timer = QTimer(widget, singleShot=True)
        self._timer.timeout.connect(widget.update)

    def drop(self) -> None:
        """The next paint makes a new one."""
        self._picture = None

    def renewed(self, paint: Callable[[QPainter], None], ground: str) -> QPixmap:
        """The picture, painted anew by ``paint`` on ``ground`` if it is its turn."""
        size = self._widget.size() * self._widget.devicePixelRatioF()
        rests = self._since_paint.isValid() and self._since_paint.elapsed() < self._rest_ms
        picture = self._picture
        if picture is not None and picture.size() == size and (rests or not self.is_stale):
            if self.is_stale and not self._timer.isActive():
                self._timer.start(max(1, self._rest_ms - self._since_paint.elapsed()))
            return picture
        self._since_paint.start()
        picture = self._picture = QPixmap(size)
        picture.setDevicePixelRatio(self._widget.devicePixelRatioF())
        picture.fill(QColor(ground))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._widget.font())
        paint(painter)
        painter.end()
        self._rest_ms = max(_INTERVAL_MS, _SPARING * self._since_paint.elapsed())
        self.is_stale = False
        self._since_paint.start()
        return picture
