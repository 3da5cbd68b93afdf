"""A hand on the playground without a window around it: the panel, its parts by name, mouse and waiting."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup
from neuralstudio.project.playground.setup import Setup
from neuralstudio.ui.panels.playground import PlaygroundPanel
from neuralstudio.ui.studio import Studio
from tests.robots.pointer import move_pointer

SECONDS = 20_000
_PLAIN = Qt.KeyboardModifier.NoModifier
_LEFT = Qt.MouseButton.LeftButton


@dataclass
class Hands:
    """Does what a person would, and reads what a person would see."""

    studio: Studio
    panel: PlaygroundPanel
    bot: QtBot

    @property
    def project(self) -> Project:
        return self.studio.document.project

    @property
    def setup(self) -> Setup:
        return setup.read(self.project)

    @property
    def steps(self) -> int:
        """Undo steps there are."""
        return self.studio.document.undo_stack.index()

    def find(self, name: str) -> QWidget:
        found = self.panel.findChildren(QWidget, name)
        assert found, f"no widget is named {name!r}"
        return next((each for each in found if each.isVisible()), found[0])

    def text(self, name: str) -> str:
        label = self.find(name)
        assert isinstance(label, QLabel)
        return label.text()

    def click(self, name: str) -> None:
        widget = self.find(name)
        assert widget.isVisible(), f"{name} cannot be seen"
        assert widget.isEnabled(), f"{name} cannot be clicked"
        QTest.mouseClick(widget, _LEFT, _PLAIN, widget.rect().center())

    def check(self, name: str) -> None:
        """Toggles a box with the keyboard."""
        self.find(name).setFocus()
        QTest.keyClick(self.find(name), Qt.Key.Key_Space)

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=SECONDS)

    def load(self) -> None:
        """Waits until the points of the document are there."""
        self.studio.loader.want(self.project.dataset, self.project.seeds.data)
        self.wait(lambda: not self.studio.loader.is_loading)

    def stroke(self, *places: tuple[float, float]) -> None:
        """Draws on the map with the mouse, through places of the plane."""
        canvas = self.panel.output.picture.map
        points = [canvas.place_of(*place) for place in places]
        QTest.mousePress(canvas, _LEFT, _PLAIN, points[0].toPoint())
        for point in points[1:]:
            move_pointer(canvas, point.toPoint(), _LEFT)
        QTest.mouseRelease(canvas, _LEFT, _PLAIN, points[-1].toPoint())

    def point_at(self, x: float, y: float) -> None:
        """Puts the pointer on a place of the plane."""
        canvas = self.panel.output.picture.map
        place: QPointF = canvas.place_of(x, y)
        move_pointer(canvas, place.toPoint())

    def train(self, epochs: int) -> None:
        """Trains so many epochs more, then pauses."""
        training = self.studio.training
        goal = training.position.epoch + epochs
        training.train()
        self.wait(lambda: training.position.epoch >= goal)
        training.pause()
        self.wait(lambda: training.state != "running")
        assert training.saved_run() is not None
