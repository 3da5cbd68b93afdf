"""A network beside the function it is to follow: lines in the function's own unit, residual and R²."""

import numpy as np
import pytest

from neuralstudio.data._base import Samples
from neuralstudio.data.sets.function import Function
from neuralstudio.engine.activations import Linear
from neuralstudio.engine.initialisers import Zeros
from neuralstudio.engine.losses import HalfSquaredError
from neuralstudio.layers.dense import Dense
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.views import fitting


def silent(dataset: Function) -> Model:
    """A network that says 0 of everything: the middle of the function's range."""
    layer = Dense(units=1, activation=Linear(), initialiser=Zeros())
    return Model(stack(layer), dataset.signature, HalfSquaredError())


def test_a_fit_is_in_the_unit_of_the_function() -> None:
    dataset = Function(expression="10 + 4*x", low=0, high=5)
    fit = fitting.compute(silent(dataset), dataset, dataset.load(1))
    assert fit.right[0] == pytest.approx(10, abs=1e-3)
    assert fit.right[-1] == pytest.approx(30, abs=1e-3)
    assert fit.said == pytest.approx(20, abs=1e-3)
    assert fit.largest == pytest.approx(10, abs=1e-2)
    assert fit.rms == pytest.approx(10 / np.sqrt(3), rel=0.01)
    assert len(fit.points) == 400
    assert fit.is_test.sum() == 200


def test_where_the_function_has_no_value_there_is_no_residual() -> None:
    dataset = Function(expression="sqrt(x)", low=-1, high=3)
    fit = fitting.compute(silent(dataset), dataset, None)
    assert np.isnan(fit.right[0])
    assert np.isfinite(fit.largest)
    assert len(fit.points) == 0


def test_r_squared_of_the_mean_is_zero_and_of_constant_targets_unknown() -> None:
    dataset = Function()
    model = silent(dataset)
    inputs = np.linspace(-1, 1, 5, dtype=np.float32)[:, np.newaxis]
    assert fitting.r_squared(model, Samples(inputs, inputs)) == pytest.approx(0)
    assert np.isnan(fitting.r_squared(model, Samples(inputs, np.ones_like(inputs))))
