"""Every icon can be seen in every theme and brings nothing foreign along."""

import xml.etree.ElementTree as ElementTree

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication

from neuralstudio.schema.assets import asset
from neuralstudio.ui.icons import icon, icon_names
from neuralstudio.ui.theme import named_theme

# fmt: off
NEEDED = (
    "app", "new", "open", "save", "save-as", "undo", "redo", "cut", "copy", "paste", "duplicate",
    "delete", "play", "pause", "stop", "reset", "step", "step-epoch", "zoom-in", "zoom-out", "fit",
    "theme", "light", "dark", "search", "random", "plus", "minus", "up", "down", "left", "right", "layers",
    "data", "examples", "network", "curves", "log", "settings", "help", "info", "warning", "error",
    "check", "close", "folder", "image", "pencil", "clear", "export", "link", "eye", "lock",
    "core", "convolution", "pooling", "recurrent", "normalise", "regularise", "merge", "shape",
)
# fmt: on
SVG = "{http://www.w3.org/2000/svg}"


def _opaque_pixels(image: QImage) -> int:
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(image.pixelColor(x, y).alpha() > 128 for x, y in places)


def test_all_icons_that_the_window_names_are_there() -> None:
    assert set(NEEDED) == set(icon_names())


@pytest.mark.parametrize("name", NEEDED)
def test_icon_is_plain_svg_in_the_current_colour(name: str) -> None:
    text = asset("icons", f"{name}.svg").read_text(encoding="utf-8")
    for element in ElementTree.fromstring(text).iter():
        assert element.tag.startswith(SVG)
        assert not any(attribute.startswith("{") for attribute in element.attrib)
    assert len(text) < 1500
    assert name == "app" or "currentColor" in text


@pytest.mark.parametrize("theme", [named_theme("light"), named_theme("dark")], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", NEEDED)
def test_icon_is_not_empty_and_disabled_looks_different(qapp: QApplication, name: str, theme: object) -> None:
    chosen = named_theme("light") if theme is named_theme("light") else named_theme("dark")
    usual = icon(name, chosen).pixmap(QSize(24, 24)).toImage()
    grey = icon(name, chosen).pixmap(QSize(24, 24), QIcon.Mode.Disabled).toImage()
    assert _opaque_pixels(usual) >= 15
    assert name == "app" or usual != grey


def test_icon_takes_the_colour_of_the_theme(qapp: QApplication) -> None:
    theme = named_theme("light")
    middle = icon("stop", theme).pixmap(QSize(24, 24)).toImage().pixelColor(12, 12)
    assert middle == QColor(theme.text)
    tinted = icon("stop", theme, theme.on_accent).pixmap(QSize(24, 24)).toImage().pixelColor(12, 12)
    assert tinted == QColor(theme.on_accent)


def test_icon_is_sharp_on_a_dense_screen(qapp: QApplication) -> None:
    pixmap = icon("play", named_theme("dark")).pixmap(QSize(24, 24), 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (48, 2.0)


def test_same_icon_is_made_once(qapp: QApplication) -> None:
    theme = named_theme("dark")
    assert icon("play", theme) is icon("play", theme)


def test_unknown_icon_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icon("unicorn", named_theme("dark"))
