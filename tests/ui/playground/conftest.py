"""The playground as its panel alone, on the classic network."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from neuralstudio.project.playground import setup
from neuralstudio.ui.panels.playground import PlaygroundPanel
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.studio import Studio
from tests.ui.playground.hands import Hands


@pytest.fixture
def hands(studio: Studio, qtbot: QtBot) -> Iterator[Hands]:
    """A hand on a visible playground with its points loaded."""
    studio.document.open(setup.classic())
    panel = PlaygroundPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(1300, 800)

    def want() -> None:
        project = studio.document.project
        studio.loader.want(project.dataset, project.seeds.data)

    studio.document.changed.connect(want)
    panel.show()
    found = Hands(studio, panel, qtbot)
    found.load()
    yield found
    studio.training.stop()
    panel.hide()


@pytest.fixture
def board(qtbot: QtBot, studio: Studio) -> Iterator[BoardWidget]:
    """The board of the classic network, on the screen."""
    studio.document.open(setup.classic())
    board = BoardWidget(studio)
    qtbot.addWidget(board)
    board.resize(850, 650)
    board.show()
    qtbot.waitUntil(lambda: board.live.board is not None)
    yield board
    studio.training.stop()
