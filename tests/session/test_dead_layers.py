"""A layer that has died is noticed."""

import numpy as np

from neuralstudio.engine.activations import ReLU, Sigmoid
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.session.predict import Predictor

XOR = example("xor")
NETWORK = stack(Dense(units=4, activation=ReLU()), Dense(units=1, activation=Sigmoid()))
PROJECT = Project(network=NETWORK, dataset=XOR.dataset, trainer=XOR.trainer)


def test_a_fresh_network_has_no_dead_layer() -> None:
    inputs = PROJECT.dataset.load(1).test.scaled()
    assert Predictor(PROJECT).dead_layers(inputs) == ()


def test_a_layer_of_units_that_give_0_for_everything_is_dead() -> None:
    predictor = Predictor(PROJECT)
    predictor.model.parameters.value("dense-1/bias")[...] = -1000.0
    inputs = np.zeros((10, 2), np.float32)
    assert [node.id for node in predictor.dead_layers(inputs)] == ["dense-1"]
