"""What tests of the board share: finding its parts, and what the document says of them."""

from typing import TypeVar

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QLabel,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from neuralstudio.project.playground import setup as playground
from neuralstudio.project.playground.setup import Setup
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.playground.board_layout import Spot
from neuralstudio.ui.studio import Studio

W = TypeVar("W", bound=QWidget)
KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Plus)
LEFT = Qt.MouseButton.LeftButton


def child(board: BoardWidget, kind: type[W], name: str) -> W:
    found = board.findChild(kind, name)
    assert found is not None
    return found


def setup_of(studio: Studio) -> Setup:
    return playground.read(studio.document.project)


def units(studio: Studio) -> list[int]:
    return [column.units for column in setup_of(studio).hidden]


def press(board: BoardWidget, name: str) -> None:
    QTest.mouseClick(child(board, QToolButton, name), LEFT)


def weight(studio: Studio, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert studio.training.predictor is not None
    return np.array(studio.training.predictor.model.parameters.value(name))


def point(board: BoardWidget, node: str, unit: int) -> QPoint:
    assert board.canvas.places is not None
    tile = board.canvas.places.tile_of(Spot(node, unit))
    assert tile is not None
    return tile.center().toPoint()


def on_link(board: BoardWidget, gap: int) -> QPoint:
    """A point on the first link of a gap, where no other is near."""
    assert board.canvas.places is not None
    found = board.canvas.places.gaps[gap]
    return QPointF(found.left + 3, found.starts[0]).toPoint()


def text(board: BoardWidget, name: str) -> str:
    return child(board, QLabel, name).text()


def learn(qtbot: QtBot, studio: Studio) -> None:
    """A few steps, so that the weights are worth keeping."""
    studio.training.step_epoch()
    qtbot.waitUntil(lambda: studio.training.position.epoch == 1)
    qtbot.waitUntil(lambda: studio.training.state != "running")
    studio.training.saved_run()  # brings over what the run has told last
