"""Our own stroke icons, tinted with the colours of a theme."""

from functools import cache

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from neuralstudio.schema.assets import asset
from neuralstudio.ui.theme import Theme, disabled

# Every size a screen asks for at 100, 125, 150 and 200 %, so that no icon is drawn scaled and soft.
_SIZES = (16, 20, 24, 32, 40, 48, 64)


def icon_names() -> tuple[str, ...]:
    """Names of all shipped icons, sorted."""
    return tuple(sorted(path.stem for path in asset("icons").glob("*.svg")))


@cache
def icon(name: str, theme: Theme, colour: str = "") -> QIcon:
    """The icon in the theme's text colour (or ``colour``, ``#rrggbb``), and fainter where it is disabled.

    An unknown name is a bug in the caller: FileNotFoundError.
    """
    result = QIcon()
    mode = QIcon.Mode
    for size in _SIZES:
        usual = icon_pixmap(name, colour or theme.text, size)
        for which in (mode.Normal, mode.Active, mode.Selected):
            result.addPixmap(usual, which)
        result.addPixmap(icon_pixmap(name, disabled(theme).name(), size), mode.Disabled)
    return result


def icon_pixmap(name: str, colour: str, size: int) -> QPixmap:
    """One picture of ``size`` × ``size`` device pixels; ``app`` keeps its own colours."""
    source = asset("icons", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", QColor(colour).name()).encode()))
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return pixmap
