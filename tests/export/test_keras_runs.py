"""Keras scripts run, where Keras is installed, and predict what we predict."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.activations import Formula, LeakyReLU, Softmax, Tanh
from neuralstudio.engine.clipping import ClipByNorm, ClipByValue
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.schedules import SCHEDULES
from neuralstudio.engine.stopping import Stopping
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.layers._base import Layer
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.rbf import RBF
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.simple_rnn import SimpleRNN
from neuralstudio.network.model import Model
from neuralstudio.network.targets import encoded
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example_names
from tests.export.comparisons import model_of, trained
from tests.export.scripts import Made, made_project, run_project, run_script, with_learning
from tests.export.templates import WEIGHTS, moved_model, save_weights, short_template, write_samples
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


keras_script = SCRIPTS["keras"]().script
STEPS = ["Import", "Get", "Stack", "Compile", "Fit", "Evaluate"]


def run_keras(project: Project) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return run_project(project, SCRIPTS["keras"]().script(project), Path(folder))[1]


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
    script = SCRIPTS["keras"]().script(project)
    if "on PyTorch as its back end" in script:
        run_keras(project)
    else:
        assert_keras_predicts_as_ours(project)


@pytest.mark.parametrize("name", example_names())
def test_the_script_of_a_template_fits_in_six_steps_and_then_predicts_what_ours_does(
    name: str, tmp_path: Path
) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    script = keras_script(project)
    steps = re.findall(r"^# (\d)\. (\w+)", script, re.MULTILINE)
    assert [number for number, _ in steps] == list("123456")
    verbs = [verb for _, verb in steps]
    assert verbs in (STEPS, [verb.replace("Stack", "Connect") for verb in STEPS])
    _, names = run_script(script, tmp_path)
    model = Model(project.network, project.dataset.signature, project.loss, project.seeds)
    take(model, names["model"])
    x = names["x_test"]
    expected = names["model"].predict(x, verbose=0)
    np.testing.assert_allclose(model.predict(x), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", example_names())
def test_a_script_with_trained_weights_predicts_at_once_what_ours_does(name: str, tmp_path: Path) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    model = moved_model(project)
    save_weights(model, tmp_path)
    printed, names = run_script(keras_script(project, WEIGHTS), tmp_path)
    assert "Epoch" not in printed
    assert "test loss" in printed
    x = names["x_test"]
    found = names["model"].predict(x, verbose=0)
    np.testing.assert_allclose(found, model.predict(x), rtol=0, atol=1e-5)


STORED: dict[str, tuple[Any, ...]] = {
    "convolution": (Conv1D(3), LayerNorm(), Flatten()),
    "larger": (Reshape("3×2×1"), ConvTranspose2D(2), Flatten()),
    "both ways": (LSTM(3, direction="both", returns="all"), GRU(2)),
    "gated": (GRU(2, direction="both"), Dense(4, LeakyReLU())),
    "plain": (SimpleRNN(2, direction="backward", returns="all"), Flatten()),
    "radial": (RBF(4), RBF(2, "random")),
    "stride with gaps": (Conv1D(3, 2, stride=2, padding="same", dilation=2), Flatten()),
    "much noise": (Dense(3), GaussianNoise(5.0)),
    "four axes": (Dense(48), Reshape("2×2×2×2×3"), GlobalMaxPool()),
}


@pytest.mark.parametrize("layers", STORED.values(), ids=STORED)
def test_stored_weights_of_every_kind_go_to_their_places(layers: tuple[Any, ...], tmp_path: Path) -> None:
    project = made_project(*layers, Dense(3, Softmax()), data=Made(shape=(6,)))
    model = moved_model(project)
    save_weights(model, tmp_path)
    _, names = run_project(project, keras_script(project, WEIGHTS), tmp_path)
    x = names["x_test"]
    found = names["model"].predict(x, verbose=0)
    np.testing.assert_allclose(found, model.predict(x), rtol=0, atol=1e-5)


def test_an_embedding_of_all_tokens_has_a_row_for_each(tmp_path: Path) -> None:
    layers = (Embedding(0, 3), Flatten(), Dense(3, Softmax()))
    assert_keras_predicts_as_ours(made_project(*layers, data=Made(shape=(6,), vocabulary=5)))


def test_radial_units_start_amid_groups_of_samples_in_keras(tmp_path: Path) -> None:
    project = made_project(Dense(2), RBF(5), Dense(3, Softmax()), data=Made(shape=(2,)), epochs=1)
    script = keras_script(project).replace("epochs=EPOCHS", "epochs=0")
    _, names = run_project(project, script, tmp_path)
    x = names["arriving"]
    centres = names["model"].layers[1].get_weights()[0]
    distances = ((x[:, None] - centres) ** 2).sum(-1)
    assert distances.min(axis=1).mean() < 0.3 * x.var(axis=0).sum()


@pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)
def test_a_network_of_many_layers_is_the_same_in_keras(project: Project) -> None:
    assert_keras_predicts_as_ours(project)


@pytest.mark.parametrize("name", LOSSES)
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
