"""Percentages for every kind of output, and scores for the map of the plane."""

import numpy as np
import pytest

from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.engine.activations import Activation, Linear, ReLU, Sigmoid, Softmax, Tanh
from neuralstudio.engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss, MeanSquaredError
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.session.predict import Predictor
from neuralstudio.training.backprop import Backprop

ENDS: list[tuple[Activation, int, Loss]] = [
    (Softmax(), 2, CategoricalCrossEntropy()),
    (Sigmoid(), 1, BinaryCrossEntropy()),
    (Sigmoid(), 2, BinaryCrossEntropy()),
    (Tanh(), 1, MeanSquaredError()),
    (Sigmoid(), 1, MeanSquaredError()),
    (Linear(), 1, MeanSquaredError()),
    (Linear(), 2, MeanSquaredError()),
    (ReLU(), 2, MeanSquaredError()),
    (Softmax(), 2, MeanSquaredError()),
]
ends = pytest.mark.parametrize(("activation", "units", "loss"), ENDS)
POINTS = np.random.default_rng(0).uniform(-6, 6, (40, 2)).astype(np.float32)


def predictor(activation: Activation, units: int, loss: Loss, scale: float = 1.0) -> Predictor:
    """A predictor for two classes with weights that give bold answers."""
    spec = stack(Dense(units=8), Dense(units=units, activation=activation))
    made = Predictor(Project(network=spec, dataset=Circle(), trainer=Backprop(loss=loss)))
    made.load(made.model.parameters.values * scale)
    return made


@ends
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0, 1e20, np.nan, np.inf])
def test_percentages_are_a_share_for_each_class_whatever_the_network_ends_with(
    activation: Activation, units: int, loss: Loss, scale: float
) -> None:
    with np.errstate(all="ignore"):
        made = predictor(activation, units, loss, scale)
        for point in POINTS[:10]:
            shares = made.percentages(point)
            assert shares.shape == (2,)
            assert (shares >= 0).all()
            assert shares.sum() == pytest.approx(1, abs=1e-9)


@ends
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0, np.nan])
def test_scores_lie_between_the_classes(activation: Activation, units: int, loss: Loss, scale: float) -> None:
    with np.errstate(all="ignore"):
        scores = predictor(activation, units, loss, scale).scores(POINTS)
    assert scores.shape == (40,)
    assert np.isfinite(scores).all()
    assert (np.abs(scores) <= 1).all()


@ends
def test_scores_and_percentages_agree_about_the_class(activation: Activation, units: int, loss: Loss) -> None:
    made = predictor(activation, units, loss)
    for point, score in zip(POINTS, made.scores(POINTS), strict=True):
        first, second = made.percentages(point)
        assert (score > 1e-6) <= (second >= first)
        assert (score < -1e-6) <= (second <= first)


def test_percentages_of_a_softmax_are_its_outputs() -> None:
    spec = stack(Flatten(), Dense(units=10, activation=Softmax()))
    made = Predictor(Project(network=spec, dataset=PenDigits(count=200)))
    image = np.random.default_rng(0).uniform(size=(28, 28)).astype(np.float32)
    np.testing.assert_allclose(made.percentages(image), made.model.predict(image[None])[0], 1e-6)


def test_a_predictor_has_weights_of_its_own() -> None:
    made = predictor(Sigmoid(), 1, BinaryCrossEntropy())
    weights = made.model.parameters.values * 2
    made.load(weights)
    weights[...] = 0
    assert made.model.parameters.values.any()


def test_activations_are_the_outputs_of_the_layers_asked_for() -> None:
    made = predictor(Sigmoid(), 1, BinaryCrossEntropy())
    found = made.activations(POINTS, ["dense-1", "dense-2"])
    assert found["dense-1"].shape == (40, 8)
    np.testing.assert_allclose(found["dense-2"], made.model.predict(POINTS), 1e-6)
