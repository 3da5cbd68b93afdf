"""Exported scripts: they compile, they run, their gradients are right, and no text in them becomes code."""

import ast
import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import (
    ACTIVATIONS,
    ActivationFunction,
    Linear,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from neuralstudio.engine.initialisers import INITIALISERS, InitialiserKind
from neuralstudio.engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss, MeanSquaredError
from neuralstudio.engine.optimisers import OPTIMISERS, Adam, OptimiserKind
from neuralstudio.export._base import Script
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, Node, stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training.backprop import Backprop
from tests.export.scripts import run_script

every_target = pytest.mark.parametrize("target", SCRIPTS.kinds, ids=lambda kind: kind.tag())


def write_mnist(folder: Path) -> None:
    random = np.random.default_rng(1)
    for part, count in (("train", 40), ("t10k", 20)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            sizes = b"".join(side.to_bytes(4, "big") for side in array.shape)
            header = bytes((0, 0, 8, array.ndim)) + sizes
            (folder / f"{part}-{name}-ubyte").write_bytes(header + array.tobytes())


def write_npz(folder: Path) -> None:
    data = Xor(count=40).load(1)
    names = {"x_train": data.train.inputs, "y_train": data.train.targets}
    names |= {"x_test": data.test.inputs, "y_test": data.test.targets}
    with (folder / "xor.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **names)


def with_one_epoch(project: Project) -> Project:
    return msgspec.structs.replace(project, trainer=msgspec.structs.replace(project.trainer, epochs=1))


def xor_project(*layers: Any, loss: Loss, optimiser: Any = None) -> Project:
    trainer = Backprop(loss=loss, optimiser=optimiser or Adam(), epochs=1)
    return Project(network=stack(*layers), dataset=Xor(count=40), trainer=trainer)


@every_target
@pytest.mark.parametrize("name", example_names())
def test_every_example_becomes_a_script_that_compiles(target: type[Script], name: str) -> None:
    project = example(name)
    script = target().script(project)
    compile(script, name, "exec")
    assert script.endswith("\n")
    assert max(map(len, script.splitlines())) <= 110
    docstring = ast.get_docstring(ast.parse(script))
    assert docstring is not None
    assert docstring.startswith(project.title)


@pytest.mark.parametrize("tag", ["numpy", pytest.param("pytorch", marks=pytest.mark.peers)])
def test_the_digits_script_trains_on_a_folder_of_mnist(tmp_path: Path, tag: str) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    write_mnist(tmp_path)
    project = msgspec.structs.replace(example("digits-mlp"), dataset=Mnist(folder=str(tmp_path)))
    printed, _ = run_script(SCRIPTS[tag]().script(with_one_epoch(project)), tmp_path)
    assert printed.startswith("epoch 1: test loss ")
    loss = float(printed.split("test loss ")[1].split(",")[0])
    assert math.isfinite(loss)


@pytest.mark.parametrize("tag", ["numpy", pytest.param("pytorch", marks=pytest.mark.peers)])
def test_the_xor_script_learns_from_the_arrays_that_data_saves(tmp_path: Path, tag: str) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    write_npz(tmp_path)
    trainer = msgspec.structs.replace(example("xor").trainer, epochs=60)
    project = msgspec.structs.replace(example("xor"), trainer=trainer)
    printed, _ = run_script(SCRIPTS[tag]().script(project), tmp_path)
    accuracies = [float(line.rsplit(" ", 1)[1]) for line in printed.splitlines()]
    assert len(accuracies) == 60
    assert accuracies[-1] >= 0.8


NETWORKS: dict[str, tuple[list[Any], Loss]] = {
    "softmax": ([Dense(5, Tanh()), Dense(2, Softmax())], CategoricalCrossEntropy()),
    "sigmoid": ([Dense(5, ReLU()), Dense(1, Sigmoid())], BinaryCrossEntropy()),
    "two sigmoids": ([Dense(4, Sigmoid()), Dense(2, Sigmoid())], BinaryCrossEntropy()),
    "squares of softmax": ([Dense(4, Sigmoid()), Dense(2, Softmax())], MeanSquaredError()),
    "squares of tanh": ([Dense(4, Softmax()), Dense(1, Tanh())], MeanSquaredError()),
    "squares of sigmoid": ([Dense(4, Tanh()), Dense(1, Sigmoid())], MeanSquaredError()),
    "own activations": (
        [Activation(Tanh()), Dense(4, Linear()), Flatten(), Activation(), Dense(2), Activation(Softmax())],
        CategoricalCrossEntropy(),
    ),
}


@pytest.mark.parametrize(("layers", "loss"), NETWORKS.values(), ids=NETWORKS)
def test_the_gradients_of_the_numpy_script_are_those_of_finite_differences(
    tmp_path: Path, layers: list[Any], loss: Loss
) -> None:
    write_npz(tmp_path)
    _, names = run_script(SCRIPTS["numpy"]().script(xor_project(*layers, loss=loss)), tmp_path)
    weights = {name: array.astype(np.float64) for name, array in names["weights"].items()}
    names["weights"].update(weights)
    x, target = names["x_train"].astype(np.float64), names["y_train"]

    def loss_now() -> float:
        return float(names["loss_of"](names["forward"](x, True)[0][-1], target))

    gradients = names["backward"](*names["forward"](x, True), target)
    assert gradients.keys() == weights.keys()
    for name, weight in weights.items():
        numeric = np.zeros_like(weight)
        for place in np.ndindex(weight.shape):
            kept = weight[place]
            weight[place] = kept + 1e-6
            above = loss_now()
            weight[place] = kept - 1e-6
            numeric[place] = (above - loss_now()) / 2e-6
            weight[place] = kept
        np.testing.assert_allclose(gradients[name], numeric, rtol=1e-4, atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize(("layers", "loss"), NETWORKS.values(), ids=NETWORKS)
def test_every_network_trains_in_pytorch_too(tmp_path: Path, layers: list[Any], loss: Loss) -> None:
    pytest.importorskip("torch")
    write_npz(tmp_path)
    printed, _ = run_script(SCRIPTS["pytorch"]().script(xor_project(*layers, loss=loss)), tmp_path)
    assert 0 <= float(printed.rsplit(" ", 1)[1]) <= 1


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda kind: kind.tag())
@pytest.mark.parametrize("tag", ["numpy", pytest.param("pytorch", marks=pytest.mark.peers)])
def test_every_optimiser_lowers_the_loss(tmp_path: Path, optimiser: type[Any], tag: str) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    write_npz(tmp_path)
    layers = (Dense(8, Tanh()), Dense(1, Sigmoid()))
    project = xor_project(*layers, loss=BinaryCrossEntropy(), optimiser=optimiser(learning_rate=0.02))
    trainer = msgspec.structs.replace(project.trainer, epochs=20)
    script = SCRIPTS[tag]().script(msgspec.structs.replace(project, trainer=trainer))
    printed, _ = run_script(script, tmp_path)
    losses = [float(line.split("test loss ")[1].split(",")[0]) for line in printed.splitlines()]
    assert losses[-1] < losses[0]


@every_target
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda kind: kind.tag())
def test_every_target_writes_every_kind(target: type[Script], optimiser: type[Any]) -> None:
    kinds: list[Any] = [(one(), other()) for one in ACTIVATIONS for other in INITIALISERS]
    hidden = [Dense(3, activation, initialiser) for activation, initialiser in kinds]
    layers = (*hidden, Dropout(0.25), Dense(2, Softmax()))
    script = target().script(xor_project(*layers, loss=CategoricalCrossEntropy(), optimiser=optimiser()))
    compile(script, "script.py", "exec")
    assert "0.25" in script


def test_dropout_in_the_numpy_script_works_only_while_training(tmp_path: Path) -> None:
    write_npz(tmp_path)
    project = xor_project(
        Dense(50, Tanh()), Dropout(0.5), Dense(2, Softmax()), loss=CategoricalCrossEntropy()
    )
    _, names = run_script(SCRIPTS["numpy"]().script(project), tmp_path)
    _, masks = names["forward"](names["x_test"], True)
    (mask,) = masks.values()
    assert set(np.unique(mask)) == {0.0, 2.0}
    first, second = (names["forward"](names["x_test"], False)[0][-1] for _ in range(2))
    assert np.array_equal(first, second)


NASTY = "\"\"\"\nimport os; os.abort()\n''' \\ \u2028 \x00 {x} %s # \ud800"


@every_target
def test_no_text_of_a_project_becomes_code(target: type[Script]) -> None:
    project = msgspec.structs.replace(
        example("digits-mlp"), title=NASTY, question=NASTY, dataset=Mnist(folder=NASTY)
    )
    nodes = tuple(
        Node(NASTY + node.id, node.layer, ("data",) if place == 0 else (NASTY + node.inputs[0],))
        for place, node in enumerate(project.network)
    )
    script = target().script(msgspec.structs.replace(project, network=NetworkSpec(nodes)))
    tree = ast.parse(script)
    assert not any(isinstance(each, ast.Attribute) and each.attr == "abort" for each in ast.walk(tree))
    texts = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    assert NASTY in texts  # the folder, whole


@every_target
def test_a_network_with_problems_is_not_written(target: type[Script]) -> None:
    with pytest.raises(ProblemError, match="There are no layers yet"):
        target().script(Project())


class _Strange(Dense, tag="strange"):
    """A layer no target has heard of."""

    def emit(self, to: Any) -> None:
        raise NotImplementedError


@every_target
def test_a_layer_a_target_cannot_write_is_a_problem_at_its_card(target: type[Script]) -> None:
    project = xor_project(_Strange(3), Dense(2, Softmax()), loss=CategoricalCrossEntropy())
    with pytest.raises(ProblemError, match=f"{target.title} has no such layer") as raised:
        target().script(project)
    assert raised.value.problems[0].node == "strange-1"


class _OddActivation(ActivationFunction, tag="odd"):
    title = "Odd"

    def build(self, x: Any) -> Any:
        return x


class _OddInitialiser(InitialiserKind, tag="odd-initialiser"):
    title = "Odd start"

    def sample(self, random: Any, shape: Any) -> Any:  # noqa: ARG002
        return np.zeros(shape)


class _OddOptimiser(OptimiserKind, tag="odd-optimiser"):
    title = "Odd steps"


@every_target
def test_a_start_or_an_optimiser_a_target_cannot_write_is_a_problem(target: type[Script]) -> None:
    odd: Any = _OddInitialiser()
    project = xor_project(Dense(2, Softmax(), odd), loss=CategoricalCrossEntropy())
    with pytest.raises(ProblemError, match=f"Odd start: {target.title} scripts cannot be written with it"):
        target().script(project)
    project = xor_project(Dense(2, Softmax()), loss=CategoricalCrossEntropy(), optimiser=_OddOptimiser())
    with pytest.raises(ProblemError, match=f"Odd steps: {target.title} scripts cannot be written with it"):
        target().script(project)


@pytest.mark.parametrize("tag", ["numpy", "pytorch", "keras"])
def test_an_activation_a_target_cannot_write_is_a_problem(tag: str) -> None:
    odd: Any = _OddActivation()
    project = xor_project(Dense(3, odd), Dense(2, Softmax()), loss=CategoricalCrossEntropy())
    with pytest.raises(ProblemError, match="scripts cannot be written with it"):
        SCRIPTS[tag]().script(project)


@every_target
def test_no_name_of_a_layer_becomes_code(target: type[Script]) -> None:
    """Names of layers stand in remarks and refusals."""
    learning = Learning(rate_factor=0.5)
    nodes = (
        Node(NASTY, Dense(3, Tanh()), learning=learning),
        Node("dense-2", Dense(2, Softmax()), (NASTY,), learning),
    )
    project = msgspec.structs.replace(xor_project(loss=CategoricalCrossEntropy()), network=NetworkSpec(nodes))
    tree = ast.parse(target().script(project))
    assert not any(isinstance(each, ast.Attribute) and each.attr == "abort" for each in ast.walk(tree))


@every_target
def test_branches_are_written(target: type[Script]) -> None:
    nodes = (
        Node("dense-1", Dense(3, Tanh())),
        Node("dense-2", Dense(3, Tanh())),
        Node("add-1", Add(), ("dense-1", "dense-2")),
        Node("dense-3", Dense(2, Softmax()), ("add-1",)),
    )
    project = msgspec.structs.replace(xor_project(loss=CategoricalCrossEntropy()), network=NetworkSpec(nodes))
    lines = {
        "keras": "x3 = keras.layers.Add()([x1, x2])",
        "pytorch": "x3 = x1 + x2",
        "numpy": "h5 = h2 + h4",
    }
    assert lines[target.tag()] in target().script(project)


NASTY_PARTS = (
    '"',
    "'",
    '"""',
    "\n",
    "\r",
    "\\",
    "{}",
    "{k}",
    "{m}",
    "%s",
    "#",
    "\x0c",
    "\x85",
    "\u2028",
    "x",
    " ",
)


def structure(script: str) -> str:
    """The script's syntax tree with all its texts left out."""
    tree = ast.parse(script)
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            each.value = ""
    return ast.dump(tree)


@every_target
@given(
    title=st.lists(st.sampled_from(NASTY_PARTS), max_size=8).map("".join),
    name=st.lists(st.sampled_from(NASTY_PARTS), min_size=1, max_size=8).map("".join),
    folder=st.lists(st.sampled_from(NASTY_PARTS), max_size=8).map("".join),
)
@settings(max_examples=30, deadline=None)
def test_texts_change_nothing_but_texts(target: type[Script], title: str, name: str, folder: str) -> None:
    def script(title: str, name: str, folder: str) -> str:
        learning = Learning(rate_factor=0.5)
        nodes = (
            Node("flatten-1", Flatten()),
            Node(name, Dense(3, Tanh()), ("flatten-1",), learning),
            Node("dense-9", Dense(10, Softmax()), (name,)),
        )
        project = msgspec.structs.replace(
            example("digits-mlp"), title=title, dataset=Mnist(folder=folder), network=NetworkSpec(nodes)
        )
        return target().script(project, f"{folder}.safetensors")

    written = script(title, name, folder)
    assert structure(written) == structure(script("plain", "dense-1", "plain"))
    texts = [each.value for each in ast.walk(ast.parse(written)) if isinstance(each, ast.Constant)]
    assert folder in texts
    assert f"{folder}.safetensors" in texts
    assert any(isinstance(text, str) and text.startswith(f"{title}: ") for text in texts)
