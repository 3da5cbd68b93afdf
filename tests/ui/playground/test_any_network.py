"""Networks that the board cannot show: data, answer, losses and readings are there all the same."""

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QLabel

from neuralstudio.data.sets.xor import Xor
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.playground.setup import classic
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.playground.loss_curve import LossCurve
from neuralstudio.ui.playground.picker import Picker
from tests.ui.playground.hands import Hands


def normalised() -> Project:
    """The classic with its first layer's outputs normalised."""
    first, second, output = classic().network.nodes
    norm = Node("batch-norm-1", BatchNorm(), (first.id,))
    spec = NetworkSpec((first, norm, replace(second, inputs=(norm.id,)), output))
    return replace(classic(), network=spec)


every_kind = pytest.mark.parametrize("project", [example("rbf"), normalised()], ids=["rbf", "batch-norm"])


@every_kind
def test_another_network_has_its_map_losses_and_readings(hands: Hands, project: Project) -> None:
    hands.studio.document.open(project)
    hands.load()
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    assert len(np.unique(figure.background)) > 10
    assert len(figure.points) == 250
    hands.train(2)
    curve = hands.find("playground-loss")
    assert isinstance(curve, LossCurve)
    hands.wait(lambda: len(curve.rows) >= 2)
    assert hands.text("playground-score").endswith("%")
    hands.wait(lambda: hands.text("playground-flow") != "–")
    assert hands.find("replay-slider").isEnabled()
    hands.check("playground-3d")
    assert hands.find("playground-surface").isVisible()


@every_kind
def test_another_network_learns_from_other_data_of_its_kind(hands: Hands, project: Project) -> None:
    hands.studio.document.open(project)
    hands.click("tile-xor")
    assert hands.project.dataset == Xor(noise=0, share=50)
    assert hands.project.network == project.network
    rate = hands.find("playground-learning-rate")
    assert isinstance(rate, Picker)
    assert rate.isEnabled()
    assert not hands.find("playground-activation").isEnabled()
    rate.picked.emit(0.3)
    trainer = hands.project.trainer
    assert isinstance(trainer, Backprop)
    assert trainer.optimiser.learning_rate == 0.3


def test_the_board_alone_refuses_and_offers_ways_on(hands: Hands) -> None:
    hands.studio.document.open(example("rbf"))
    assert hands.find("board-refusal").isVisible()
    label = hands.find("board-refusal")
    assert isinstance(label, QLabel)
    assert label.text().count(".") == 2  # what it cannot show, and where to go on
    assert hands.find("board-to-network").isVisible()
    assert hands.find("board-to-build").isVisible()
    with hands.bot.waitSignal(hands.panel.classic_wanted):
        hands.click("board-to-classic")


def test_data_without_a_plane_has_no_readings(hands: Hands) -> None:
    hands.studio.document.open(example("digits-mlp"))
    hands.load()
    assert hands.text("playground-score") == "–"
    assert not hands.find("playground-problem").isEnabled()
