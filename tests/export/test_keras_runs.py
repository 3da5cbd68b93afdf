"""Keras scripts run, where Keras is installed, and predict what we predict."""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.activations import Formula, Softmax, Tanh
from neuralstudio.engine.clipping import ClipByNorm, ClipByValue
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.schedules import SCHEDULES
from neuralstudio.engine.stopping import Stopping
from neuralstudio.export.registry import TARGETS
from neuralstudio.layers._base import Layer
from neuralstudio.layers.dense import Dense
from neuralstudio.network.model import Model
from neuralstudio.network.targets import encoded
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import ProblemError
from tests.export.comparisons import model_of, trained
from tests.export.scripts import made_project, run_project, with_learning
from tests.export.test_every_layer import NETWORKS, every_layer, few, some_projects
from tests.export.test_training_in_scripts import FLAT, FORMULAS, FUNCTIONS, LOSSES, loss_project

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("default"),  # Keras and its back end have warnings of their own
]


@pytest.fixture(autouse=True)
def keras() -> Any:
    return pytest.importorskip("keras", exc_type=ImportError)


def run_keras(project: Project) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return run_project(project, TARGETS["keras"]().script(project), Path(folder))[1]


def assert_keras_predicts_as_ours(project: Project) -> dict[str, Any]:
    """The same predictions with the weights of the trained Keras model."""
    names = run_keras(project)
    model = model_of(project)
    take(model, names["model"])
    x = names["x_test"]
    expected = names["model"].predict(x, verbose=0)
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-3, atol=2e-5)
    return names


def take(model: Model, keras_model: Any) -> None:
    """Gives our model the weights of Keras's, which come in the same order and layouts.

    Only a GRU has its two biases in one array: one row after the other, as they are in ours.
    """
    numbers = np.concatenate([each.ravel() for layer in keras_model.layers for each in layer.get_weights()])
    owners = dict.fromkeys(name.rpartition("/")[0] for name in model.parameters.shapes)
    for owner in owners:
        for name in model.parameters.shapes:
            if name.rpartition("/")[0] == owner:
                value = model.parameters.value(name)
                value[...] = numbers[: value.size].reshape(value.shape)
                numbers = numbers[value.size :]
    assert not len(numbers)


@every_layer
@settings(few, max_examples=4)
@given(data=st.data())
def test_every_layer_of_a_keras_script_predicts_what_ours_does(
    kind: type[Layer], data: st.DataObject
) -> None:
    project = data.draw(some_projects(kind))
    try:
        script = TARGETS["keras"]().script(project)
    except ProblemError:
        return
    if "on PyTorch as its back end" in script:
        run_keras(project)
    else:
        assert_keras_predicts_as_ours(project)


@pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)
def test_a_network_of_many_layers_is_the_same_in_keras(project: Project) -> None:
    assert_keras_predicts_as_ours(project)


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "class weights"])
def test_every_loss_of_a_keras_script_is_ours(name: str) -> None:
    project = loss_project(name)
    names = assert_keras_predicts_as_ours(project)
    model = model_of(project)
    take(model, names["model"])
    samples = project.dataset.load(1).test
    signature = project.dataset.signature
    targets = encoded(samples.targets, model.encoding, len(signature.classes))
    expected = trained(model, samples.inputs, targets)
    assert names["loss"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("function", [*FUNCTIONS, *map(Formula, FORMULAS)], ids=lambda each: each.tag())
def test_every_activation_of_a_keras_script_is_ours(function: Any) -> None:
    assert_keras_predicts_as_ours(made_project(Dense(8, function), Dense(3, Softmax()), data=FLAT))


@pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda kind: kind.tag())
def test_every_optimiser_of_a_keras_script_runs(kind: Any) -> None:
    for clip in (ClipByNorm(), ClipByValue()):
        run_keras(made_project(Dense(3, Softmax()), data=FLAT, optimiser=kind(), clipping=clip))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda kind: kind.tag())
def test_every_schedule_of_a_keras_script_runs_with_the_rules_of_stopping(schedule: Any) -> None:
    rules = Stopping(patience=2, restores_best=True, target_loss=1e-9, target_metric=1.0, time_limit=60.0)
    run_keras(made_project(Dense(3, Softmax()), data=FLAT, schedule=schedule(), stopping=rules, epochs=2))


def test_penalties_and_frozen_layers_are_known_to_keras() -> None:
    plain = made_project(Dense(4, Tanh()), Dense(3, Softmax()), data=FLAT)
    assert len(run_keras(with_learning(plain, is_frozen=True))["model"].trainable_weights) == 2
    names = run_keras(with_learning(plain, l1=0.5, l2=0.25))
    kernel = names["model"].layers[0].get_weights()[0]
    expected = 0.5 * np.abs(kernel).sum() + 0.25 * (kernel**2).sum()
    assert float(names["model"].losses[0]) == pytest.approx(expected, rel=1e-4)
