"""The learning-rate range test suggests a rate that learns, and stops before it wastes time."""

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.engine.activations import Linear, Sigmoid
from neuralstudio.engine.optimisers import SGD
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.project.examples import example
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.rate_test import HIGHEST, LOWEST, rate_test
from neuralstudio.training.backprop import Backprop


def test_the_rates_rise_and_the_suggestion_lies_where_the_loss_falls() -> None:
    project = example("xor")
    heard: list[float] = []
    found = rate_test(project, project.dataset.load(1), heard.append)
    assert len(found.rates) == len(found.losses) >= 20
    assert found.rates[0] == pytest.approx(LOWEST)
    assert (np.diff(np.log(found.rates)) > 0).all()
    assert found.suggestion == pytest.approx(found.rates[found.losses.argmin()] / 10)
    assert 1e-4 < found.suggestion < HIGHEST
    assert heard == sorted(heard)


def test_it_stops_when_the_loss_blows_up() -> None:
    project = example("xor")
    assert isinstance(project.trainer, Backprop)
    wild = replace(project, trainer=replace(project.trainer, optimiser=SGD()), network=_deep())
    found = rate_test(wild, wild.dataset.load(1))
    assert np.isfinite(found.losses[:-1]).all()


def test_the_same_seeds_give_the_same_test() -> None:
    project = example("xor")
    first, second = (rate_test(project, project.dataset.load(1)) for _ in range(2))
    np.testing.assert_array_equal(first.losses, second.losses)


def test_a_network_that_cannot_be_trained_is_refused() -> None:
    project = replace(example("xor"), network=stack(Dense(units=3)))
    with pytest.raises(ProblemError):
        rate_test(project, project.dataset.load(1))


def _deep() -> NetworkSpec:
    wide = [Dense(units=30, activation=Linear()) for _ in range(4)]
    return stack(*wide, Dense(units=1, activation=Sigmoid()))
