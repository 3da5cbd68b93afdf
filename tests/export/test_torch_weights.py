"""PyTorch scripts with trained weights predict what we predict, and those without train on every template."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuralstudio.engine.activations import Softmax
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.simple_rnn import SimpleRNN
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example_names
from tests.export.scripts import Made, made_project, run_project, run_script, with_learning
from tests.export.templates import WEIGHTS, moved_model, save_weights, short_template, write_samples
from tests.export.test_every_layer import NETWORKS
from tests.export.torch_weights import take_weights

pytestmark = pytest.mark.peers
every_template = pytest.mark.parametrize("name", example_names())
script = SCRIPTS["pytorch"]().script
TOKENS = Made(shape=(5,), vocabulary=7)
STEPS = Made(shape=(4, 5), steps=4)
SEQUENCES = {
    "GRU both ways": made_project(GRU(3, direction="both"), Dense(3, Softmax()), data=Made(shape=(4, 5))),
    "GRU backwards": made_project(
        GRU(3, returns="all", direction="backward"), Dense(3, Softmax()), data=STEPS
    ),
    "LSTM both ways": made_project(
        LSTM(3, returns="all", direction="both"), LayerNorm(), Dense(3, Softmax()), data=STEPS
    ),
    "simple, both ways": made_project(
        Embedding(7, 4), SimpleRNN(3, direction="both"), Dense(3, Softmax()), data=TOKENS
    ),
    "convolution": made_project(
        Embedding(7, 4), Conv1D(3), BatchNorm(), Flatten(), Dense(3, Softmax()), data=TOKENS
    ),
}


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def assert_predicts_what_ours_does(names: dict[str, Any], model: Any) -> None:
    x = names["x_test"]
    np.testing.assert_allclose(names["predict"](x), model.predict(x.numpy()), rtol=0, atol=1e-5)


@every_template
def test_the_script_of_a_template_trains_and_then_predicts_what_ours_does(
    torch: Any, name: str, tmp_path: Path
) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    printed, names = run_script(script(project), tmp_path)
    assert printed.startswith("epoch 1: test loss ")
    assert np.isfinite(float(printed.split("test loss ")[1].split(",")[0]))
    model = moved_model(project)
    take_weights(model, names["model"])
    assert_predicts_what_ours_does(names, model)


@every_template
def test_a_script_with_trained_weights_predicts_at_once_what_ours_does(
    torch: Any, name: str, tmp_path: Path
) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    model = moved_model(project)
    save_weights(model, tmp_path)
    printed, names = run_script(script(project, WEIGHTS), tmp_path)
    assert printed.startswith("test loss ")  # and no epoch before it
    assert_predicts_what_ours_does(names, model)


@pytest.mark.parametrize("project", [*NETWORKS.values(), *SEQUENCES.values()], ids=[*NETWORKS, *SEQUENCES])
def test_weights_of_any_layers_are_read_in_their_layouts(
    torch: Any, project: Project, tmp_path: Path
) -> None:
    model = moved_model(project)
    save_weights(model, tmp_path)
    _, names = run_project(project, script(project, WEIGHTS), tmp_path)
    assert_predicts_what_ours_does(names, model)


def test_the_switch_makes_a_script_train_on_from_the_weights(torch: Any, tmp_path: Path) -> None:
    project = with_learning(NETWORKS["images"], is_frozen=True)
    model = moved_model(project)
    save_weights(model, tmp_path)
    written = script(project, WEIGHTS).replace("TRAIN = False", "TRAIN = True")
    printed, names = run_project(project, written, tmp_path)
    assert printed.startswith("epoch 1: ")
    frozen = project.network.nodes[0].id
    changed = moved_model(project)
    take_weights(changed, names["model"])
    moved = {
        name.rpartition("/")[0]
        for name in model.parameters.trained
        if not np.array_equal(changed.parameters.value(name), model.parameters.value(name))
    }
    assert moved
    assert frozen not in moved


def test_weights_are_saved_where_it_was_asked_for(torch: Any, tmp_path: Path) -> None:
    project = SEQUENCES["GRU both ways"]
    written = script(project).replace('SAVE_TO = ""', 'SAVE_TO = "model.pt"')
    _, names = run_project(project, written, tmp_path)
    saved = torch.load(tmp_path / "model.pt", weights_only=True)
    now = names["model"].state_dict()
    assert saved.keys() == now.keys()
    assert all(torch.equal(saved[name], now[name]) for name in now)
