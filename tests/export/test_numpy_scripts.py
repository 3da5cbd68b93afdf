"""NumPy scripts of all templates run, predict what we predict and learn as we do."""

import ast
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from neuralstudio.engine.activations import Softmax, Tanh
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.updater import Updater
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.layers.add import Add
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.multiply import Multiply
from neuralstudio.layers.rbf import RBF
from neuralstudio.layers.simple_rnn import SimpleRNN
from neuralstudio.network.learning import Learning
from neuralstudio.network.model import Model
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.project.examples import example_names
from tests.export.comparisons import assert_numpy_is_ours, assert_numpy_names_are_ours, trained
from tests.export.scripts import Made, made_project, run_project, run_script, with_learning
from tests.export.templates import WEIGHTS, moved_model, save_weights, short_template, write_samples

numpy_script = SCRIPTS["numpy"]().script
every_template = pytest.mark.parametrize("name", example_names())


def take(model: Model, names: dict[str, Any]) -> None:
    """Gives our model the weights of a script, which come in the same order and layouts."""
    states = [name for name in model.parameters.shapes if name not in model.parameters.trained]
    for mine, theirs in ((model.parameters.trained, names["weights"]), (states, names.get("running", {}))):
        for name, value in zip(mine, theirs.values(), strict=True):
            model.parameters.value(name)[...] = value


@every_template
def test_the_script_of_a_template_trains_and_then_predicts_what_ours_does(name: str, tmp_path: Path) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    printed, names = run_script(numpy_script(project), tmp_path)
    assert printed.startswith("epoch 1: test loss ")
    model = Model(project.network, project.dataset.signature, project.loss, project.seeds)
    started = model.parameters.values.copy()
    take(model, names)
    assert not np.array_equal(model.parameters.values, started)
    x = names["x_test"]
    np.testing.assert_allclose(names["predict"](x), model.predict(x), rtol=0, atol=1e-5)


@every_template
def test_the_gradients_in_the_script_of_a_template_are_ours(name: str, tmp_path: Path) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    _, names = run_script(numpy_script(project).replace("range(EPOCHS)", "range(0)"), tmp_path)
    is_random = any(isinstance(node.layer, Dropout) for node in project.network)
    assert_numpy_names_are_ours(project, names, is_random=is_random)


@every_template
def test_a_script_with_trained_weights_predicts_at_once_what_ours_does(name: str, tmp_path: Path) -> None:
    project = short_template(name)
    write_samples(name, tmp_path)
    model = moved_model(project)
    save_weights(model, tmp_path)
    printed, names = run_script(numpy_script(project, WEIGHTS), tmp_path)
    assert printed.startswith("test loss ")  # and no epoch before it
    x = names["x_test"]
    np.testing.assert_allclose(names["predict"](x), model.predict(x), rtol=0, atol=1e-5)


def test_a_script_with_trained_weights_trains_on_from_them_when_told_to(tmp_path: Path) -> None:
    project = short_template("xor")
    write_samples("xor", tmp_path)
    model = moved_model(project)
    save_weights(model, tmp_path)
    script = numpy_script(project, WEIGHTS).replace("TRAIN = False", "TRAIN = True")
    printed, names = run_script(script, tmp_path)
    assert printed.startswith("epoch 1: ")
    assert "\ntest loss " in printed
    moved = names["weights"]["W1"] - model.parameters.value("dense-1/kernel")
    assert 0 < np.abs(moved).max() < 0.2  # it did not start anew


LAYERS: dict[str, tuple[Any, ...]] = {
    "convolution": (Conv1D(3), Flatten()),
    "embedding and both ways": (Embedding(7, 3), LSTM(3, direction="both", returns="all"), GRU(2)),
    "gated": (Embedding(0, 3), GRU(2, direction="both")),
    "plain": (Embedding(0, 3), SimpleRNN(2, direction="backward")),
    "radial": (RBF(4),),
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_every_name_of_a_weight_is_found_in_the_file(layers: tuple[Any, ...], tmp_path: Path) -> None:
    data = Made(shape=(6,), vocabulary=5 if isinstance(layers[0], Embedding) else 0)
    project = made_project(*layers, Dense(3, Softmax()), data=data)
    model = moved_model(project)
    save_weights(model, tmp_path)
    _, names = run_project(project, numpy_script(project, WEIGHTS), tmp_path)
    x = names["x_test"]
    np.testing.assert_allclose(names["predict"](x), model.predict(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda kind: kind.tag())
def test_three_steps_of_every_optimiser_take_the_weights_where_ours_do(kind: Any, tmp_path: Path) -> None:
    """Through an LSTM and a shortcut, in single precision."""
    nodes = (
        Node("lstm-1", LSTM(4)),
        Node("dense-1", Dense(4, Tanh()), ("lstm-1",)),
        Node("add-1", Add(), ("lstm-1", "dense-1")),
        Node("dense-2", Dense(3, Softmax()), ("add-1",)),
    )
    data, optimiser = Made(shape=(5, 2)), kind(learning_rate=0.01)
    project = made_project(Dense(3, Softmax()), data=data, optimiser=optimiser)
    project = msgspec.structs.replace(project, network=NetworkSpec(nodes))
    _, names = run_project(project, numpy_script(project).replace("range(EPOCHS)", "range(0)"), tmp_path)
    model = Model(project.network, data.signature, project.loss)
    take(model, names)
    updater = Updater(optimiser, model.parameters.values, model.parameters.gradients)
    x, target = names["x_train"], names["y_train"]
    for step in (1, 2, 3):
        names["update"](names["backward"](*names["forward"](x, True), target), step, 0.01)
        trained(model, x, target)
        updater.step()
    for ours, theirs in zip(model.parameters.trained, names["weights"].values(), strict=True):
        np.testing.assert_allclose(theirs, model.parameters.value(ours), rtol=0, atol=2e-6)


def test_a_frozen_batch_norm_normalises_with_what_it_has_learnt() -> None:
    project = with_learning(
        made_project(BatchNorm(), Dense(3, Softmax()), data=Made(shape=(4,))), is_frozen=True
    )
    assert_numpy_is_ours(project, numpy_script(project))
    behind = made_project(Dense(4), BatchNorm(), Dense(3, Softmax()), data=Made(shape=(4,)))
    first, norm, last = behind.network
    frozen = msgspec.structs.replace(norm, learning=project.network["batch-norm-1"].learning)
    behind = msgspec.structs.replace(behind, network=NetworkSpec((first, frozen, last)))
    assert_numpy_is_ours(behind, numpy_script(behind))


@pytest.mark.parametrize("learning", [{"l1": 0.1, "l2": 0.2}, {"is_frozen": True}])
@pytest.mark.parametrize("layer", [LSTM(3, direction="both"), GRU(3), RBF(3), Conv1D(3)])
def test_penalties_and_frozen_layers_of_every_kind_are_in_the_gradients(
    layer: Any, learning: dict[str, Any]
) -> None:
    shape = (4,) if isinstance(layer, RBF) else (4, 2)
    flat = [Flatten()] if isinstance(layer, Conv1D) else []
    plain = made_project(layer, *flat, Dense(3, Softmax()), data=Made(shape=shape))
    project = with_learning(plain, **learning)
    assert_numpy_is_ours(project, numpy_script(project))


def test_radial_units_start_amid_groups_of_samples(tmp_path: Path) -> None:
    project = made_project(RBF(5), Dense(3, Softmax()), data=Made(shape=(2,)))
    _, names = run_project(project, numpy_script(project).replace("range(EPOCHS)", "range(0)"), tmp_path)
    x, centres = names["x_train"], names["weights"]["C1"]
    distances = ((x[:, None] - centres) ** 2).sum(-1)
    assert distances.min(axis=1).mean() < 0.3 * x.var(axis=0).sum()
    assert set(distances.argmin(axis=1)) == set(range(5))


NASTY = 'a\'"\n"""\nimport os\n#\u2028\\\x00\r\ud800'


@pytest.mark.parametrize("tag", ["numpy", "keras"])
def test_names_of_layers_and_files_with_quotes_and_newlines_stay_text(tag: str) -> None:
    first = Node(NASTY, Dense(4, Tanh()), learning=Learning(rate_factor=0.5))
    last = Node(f"{NASTY}2", Dense(3, Softmax()), (NASTY,))
    plain = made_project(Dense(3, Softmax()), data=Made())
    project = msgspec.structs.replace(plain, title=NASTY, network=NetworkSpec((first, last)))
    for file in ("", f"{NASTY}.safetensors"):
        script = SCRIPTS[tag]().script(project, file)
        tree = ast.parse(script.encode())
        assert not any(isinstance(each, ast.Name) and each.id == "os" for each in ast.walk(tree))
        texts = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
        assert (f"{NASTY}/kernel" in texts) == (f"{NASTY}.safetensors" in texts) == bool(file)


def test_many_samples_are_predicted_a_part_at_a_time(tmp_path: Path) -> None:
    project = made_project(GRU(3), Dense(3, Softmax()), data=Made(shape=(4, 2)))
    _, names = run_project(project, numpy_script(project), tmp_path)
    x = np.random.default_rng(1).normal(0, 1, (1203, 4, 2)).astype(np.float32)
    np.testing.assert_allclose(names["predict"](x), names["forward"](x, False)[0][-1], rtol=0, atol=1e-6)


def test_a_script_needs_nothing_but_numpy() -> None:
    for name in example_names():
        for file in ("", WEIGHTS):
            tree = ast.walk(ast.parse(numpy_script(short_template(name), file)))
            found = [each for each in tree if isinstance(each, ast.Import | ast.ImportFrom)]
            modules = {name for each in found for name in _imported(each)}
            assert modules <= {"numpy", "math", "time", "gzip", "json", "pathlib"}


def _imported(statement: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(statement, ast.ImportFrom):
        return [statement.module or ""]
    return [each.name for each in statement.names]


def test_a_gradient_that_two_layers_send_back_is_their_sum() -> None:
    """A source read by several layers, and twice by the same one, with and without others between."""
    nodes = (
        Node("dense-1", Dense(3, Tanh())),
        Node("dense-2", Dense(3, Tanh())),
        Node("add-1", Add(), ("dense-1", "dense-1", "dense-2")),
        Node("dense-3", Dense(3, Tanh()), ("add-1",)),
        Node("multiply-1", Multiply(), ("dense-3", "dense-3")),
        Node("add-2", Add(), ("add-1", "multiply-1", "dense-1")),
        Node("dense-4", Dense(3, Softmax()), ("add-2",)),
    )
    project = made_project(Dense(3, Softmax()), data=Made(shape=(4,)))
    project = msgspec.structs.replace(project, network=NetworkSpec(nodes))
    assert_numpy_is_ours(project, numpy_script(project))
