"""Speaks to the window as a person does: clicks, keys and strokes, so that a test reads as sentences."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.ui.window import StudioWindow
from neuralstudio.views._base import Bars, Figure

SECONDS = 1000
_PLAIN = Qt.KeyboardModifier.NoModifier


class StudioRobot:
    """Drives one window. Widgets are found by object name, what they show by the figures they were given."""

    def __init__(self, qtbot: QtBot, window: StudioWindow) -> None:
        self.bot = qtbot
        self.window = window
        self.studio = window.studio

    # ── finding ──────────────────────────────────────────────────────────────────────────────────

    def widget(self, name: str) -> QWidget:
        """The visible widget of this object name (any, if none is visible)."""
        found = self.window.findChildren(QWidget, name)
        assert found, f"no widget is named {name!r}"
        return next((each for each in found if each.isVisible()), found[0])

    def figure(self, name: str) -> Figure:
        """The figure a figure widget shows now."""
        figure: Figure = self.widget(name).figure  # type: ignore[attr-defined]
        return figure

    def wait_for(self, condition: object, seconds: float = 30) -> None:
        """Lets the window live until ``condition()`` is true."""
        self.bot.waitUntil(condition, timeout=int(seconds * SECONDS))  # type: ignore[arg-type]

    # ── doing ────────────────────────────────────────────────────────────────────────────────────

    def click(self, name: str) -> None:
        """Left-clicks a widget in its middle."""
        QTest.mouseClick(self.widget(name), Qt.MouseButton.LeftButton)

    def do(self, action: str) -> None:
        """Chooses a command, as its menu entry or shortcut would."""
        assert self.studio.actions[action].isEnabled(), f"{action} cannot be done now"
        self.studio.actions[action].trigger()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Presses a key where the keyboard is."""
        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, modifiers)

    def add_layer(self, title: str, **settings: str | int | float) -> str:
        """Finds a layer in the palette by typing, inserts it with Enter, sets its fields; returns its id."""
        self.window.show_panel("layers")
        self.window.studio.document.select()
        box = self.widget("palette-filter")
        self.replace_text(box, title)
        QTest.keyClick(box, Qt.Key.Key_Down)
        layers = self.widget("palette-layers")
        QTest.keyClick(layers, Qt.Key.Key_Return)
        (node,) = self.studio.document.selection
        for field, value in settings.items():
            self.set_field(field, value)
        self.replace_text(box, "")
        return node

    def set_field(self, field: str, value: str | int | float) -> None:
        """Sets a field of the inspector's form by typing."""
        control = next(
            each
            for each in self.window.panels["inspector"].findChildren(QWidget, f"field-{field}")
            if each.isVisible()
        )
        control.setFocus()
        if isinstance(control, QComboBox):
            QTest.keyClicks(control, str(value))
        elif isinstance(control, QAbstractSpinBox):
            control.selectAll()
            QTest.keyClicks(control, str(value))
            QTest.keyClick(control, Qt.Key.Key_Return)
        else:
            self.replace_text(control, str(value))
            QTest.keyClick(control, Qt.Key.Key_Return)

    def replace_text(self, box: QWidget, text: str) -> None:
        """Types over whatever stands in a line."""
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(box, Qt.Key.Key_Delete)
        QTest.keyClicks(box, text)

    def import_mnist(self, folder: Path) -> None:
        """Imports a folder of IDX files and waits until the digits are there."""
        self.window.show_panel("data")
        self.window.panels["data"].import_folder(str(folder))  # type: ignore[attr-defined]
        self.wait_for(lambda: self.studio.document.project.dataset.tag() == "mnist")
        self.wait_for(lambda: self.studio.loader.data is not None)

    def train(self, epochs: int, seconds: float = 120) -> None:
        """Presses Train and waits until that many epochs are finished, then pauses."""
        self.click("train-button")
        self.wait_for(lambda: self.studio.training.position.epoch >= epochs, seconds)
        if self.studio.training.state == "running":
            self.click("train-button")
        self.wait_for(lambda: self.studio.training.state != "running")

    def draw(self, stroke: Sequence[tuple[float, float]]) -> None:
        """Draws one stroke on the pad with the mouse; points are shares of its side."""
        self.window.docks.raise_panel("draw")
        pad = self.widget("pad")
        side = min(pad.width(), pad.height())
        left, top = (pad.width() - side) // 2, (pad.height() - side) // 2
        points = [QPoint(left + round(x * side), top + round(y * side)) for x, y in stroke]
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, _PLAIN, points[0])
        for point in points[1:]:
            QTest.mouseMove(pad, point)
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, _PLAIN, points[-1])

    def percentages(self) -> NDArray[np.float64]:
        """The class percentages the Draw panel shows, in per cent."""
        figure = self.figure("percentages")
        assert isinstance(figure, Bars)
        return 100 * np.asarray(figure.values, dtype=np.float64)
