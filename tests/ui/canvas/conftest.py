"""A shown Build panel on a small data set, and hands to drive it with."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.layers._base import Layer
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.ui.canvas.view import LAYER_MIME
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.studio import Studio


class Hands:
    """Builds with mouse and keys, as a person does."""

    def __init__(self, panel: BuildPanel, studio: Studio, qtbot: QtBot) -> None:
        self.panel, self.studio, self.qtbot = panel, studio, qtbot

    @property
    def ids(self) -> list[str]:
        return [node.id for node in self.studio.document.network]

    def selected(self) -> tuple[str, ...]:
        return self.studio.document.selection

    def open(self, *layers: Layer) -> None:
        """Opens a stack on 100 pen digits."""
        self.studio.document.open(Project(network=stack(*layers), dataset=PenDigits(count=100)))

    def undo(self) -> None:
        self.studio.document.undo_stack.undo()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.panel.view, key, modifier)

    def click(self, at: QPoint, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(self.panel.view.viewport(), Qt.MouseButton.LeftButton, modifier, at)

    def double_click(self, at: QPoint) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._mouse(QEvent.Type.MouseButtonDblClick, at, left, left, none)

    def drag(
        self,
        start: QPoint,
        *ways: QPoint,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        is_dropped: bool = True,
    ) -> None:
        """Presses at ``start``, moves through ``ways``, and lets go."""
        self._mouse(QEvent.Type.MouseButtonPress, start, button, button, modifier)
        for way in ways:
            self._mouse(QEvent.Type.MouseMove, way, Qt.MouseButton.NoButton, button, modifier)
        if is_dropped:
            self._mouse(QEvent.Type.MouseButtonRelease, ways[-1], button, Qt.MouseButton.NoButton, modifier)

    def drop_layer(self, tag: str, at: QPoint) -> bool:
        """Brings a layer from the palette; whether it was taken."""
        mime = QMimeData()
        mime.setData(LAYER_MIME, tag.encode())
        return self.drop(mime, at)

    def drop(self, mime: QMimeData, at: QPoint) -> bool:
        copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
        left, viewport = Qt.MouseButton.LeftButton, self.panel.view.viewport()
        enter = QDragEnterEvent(at, copy, mime, left, none)
        QApplication.sendEvent(viewport, enter)
        if not enter.isAccepted():
            return False
        event = QDropEvent(QPointF(at), copy, mime, left, none)
        QApplication.sendEvent(viewport, event)
        return event.isAccepted()

    def _mouse(
        self,
        kind: QEvent.Type,
        at: QPoint,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton,
        modifier: Qt.KeyboardModifier,
    ) -> None:
        viewport = self.panel.view.viewport()
        where = QPointF(viewport.mapToGlobal(at))
        QApplication.sendEvent(viewport, QMouseEvent(kind, QPointF(at), where, button, buttons, modifier))


@pytest.fixture
def hands(qtbot: QtBot, studio: Studio) -> Hands:
    """Hands on an empty canvas, 900×480."""
    studio.document.open(Project(dataset=PenDigits(count=100)))
    panel = BuildPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(900, 480)
    panel.show()
    qtbot.waitExposed(panel)
    panel.view.setFocus()
    return Hands(panel, studio, qtbot)
