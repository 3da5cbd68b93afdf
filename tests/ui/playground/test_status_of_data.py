"""What the status bar says of data and weights follows what is there now."""

import numpy as np
from PySide6.QtWidgets import QLabel, QStatusBar

from neuralstudio.project.playground import setup
from neuralstudio.ui.status import StatusLine
from tests.ui.playground.hands import Hands


def status(hands: Hands) -> QStatusBar:
    bar = QStatusBar()
    hands.bot.addWidget(bar)
    StatusLine(hands.studio, bar)
    return bar


def told(bar: QStatusBar, name: str) -> str:
    label = bar.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_what_was_said_of_one_colour_goes_with_a_second_one(hands: Hands) -> None:
    bar = status(hands)
    hands.click("tile-painted")
    hands.click("paint-empty")
    hands.load()
    problem = hands.find("playground-data-problem")
    assert problem.property("role") == "muted"
    painting = hands.panel.data.painting
    hands.stroke((-4, 0), (-2, 0))
    hands.load()
    assert "points are orange" in told(bar, "status-warning")
    assert problem.property("role") == "danger"
    painting.choose(colour=1)
    hands.stroke((4, 0), (2, 0))
    hands.load()
    assert told(bar, "status-warning") == ""
    assert not problem.isVisible()


def test_the_score_is_not_that_of_weights_set_by_hand(hands: Hands) -> None:
    bar = status(hands)
    hands.train(3)
    hands.wait(lambda: told(bar, "status-score").startswith("Test accuracy"))
    output = setup.read(hands.project).output.id
    predictor = hands.studio.training.predictor
    assert predictor is not None
    kernel = np.zeros_like(predictor.model.parameters.value(f"{output}/kernel"))
    hands.studio.training.put_weights({f"{output}/kernel": kernel})
    hands.wait(lambda: told(bar, "status-score").startswith("Weights changed by hand"))
    hands.train(2)
    hands.wait(lambda: told(bar, "status-score").startswith("Test accuracy"))
