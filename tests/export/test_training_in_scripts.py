"""Losses, activations, schedules, clipping, stopping and learning in exported scripts are ours."""

import ast
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from neuralstudio.engine import losses
from neuralstudio.engine.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    ActivationFunction,
    Formula,
    LeakyReLU,
    Linear,
    Sigmoid,
    Softmax,
    Tanh,
)
from neuralstudio.engine.clipping import CLIPPINGS, ClipByNorm, ClipByValue
from neuralstudio.engine.initialisers import INITIALISERS, BiasInitialiser
from neuralstudio.engine.initialisers import Constant as BiasConstant
from neuralstudio.engine.losses import LossFunction
from neuralstudio.engine.optimisers import SGD
from neuralstudio.engine.schedules import SCHEDULES, Constant, CosineDecay, Progress, ReduceOnPlateau
from neuralstudio.engine.shrinking import ShrinkL1
from neuralstudio.engine.stopping import Stopping
from neuralstudio.export._base import Script
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.lstm import LSTM
from neuralstudio.project.document import Project
from tests.export.comparisons import assert_numpy_is_ours, assert_torch_learns_as_ours
from tests.export.scripts import Made, made_project, run_project, with_learning

BIAS_INITIALISERS = get_args(BiasInitialiser)
every_target = pytest.mark.parametrize("target", SCRIPTS.kinds, ids=lambda kind: kind.tag())
with_loop = pytest.mark.parametrize("tag", ["numpy", pytest.param("pytorch", marks=pytest.mark.peers)])

FLAT, TWO, NUMBERS = Made(shape=(5,)), Made(shape=(5,), classes=2), Made(shape=(5,), classes=0)
STEPS = Made(shape=(4, 5), steps=4)
LOSSES: dict[str, tuple[LossFunction, int, ActivationFunction, Made]] = {
    "squares": (losses.MeanSquaredError(), 3, Softmax(), FLAT),
    "squares of numbers": (losses.MeanSquaredError(), 3, Linear(), NUMBERS),
    "squares of signs": (losses.MeanSquaredError(), 1, Tanh(), TWO),
    "half squares": (losses.HalfSquaredError(), 3, Linear(), NUMBERS),
    "half squares of signs": (losses.HalfSquaredError(), 1, Tanh(), TWO),
    "absolute": (losses.MeanAbsoluteLoss(), 3, Linear(), NUMBERS),
    "huber": (losses.HuberLoss(delta=0.3), 3, Linear(), NUMBERS),
    "log-cosh": (losses.LogCoshLoss(), 3, Linear(), NUMBERS),
    "sigmoid": (losses.BinaryCrossEntropy(), 1, Sigmoid(), TWO),
    "sigmoids": (losses.BinaryCrossEntropy(label_smoothing=0.2), 3, Sigmoid(), FLAT),
    "smooth labels": (losses.CategoricalCrossEntropy(label_smoothing=0.1), 3, Softmax(), FLAT),
    "balanced": (losses.CategoricalCrossEntropy(class_weights="balanced"), 3, Softmax(), FLAT),
    "class weights": (
        losses.CategoricalCrossEntropy(label_smoothing=0.1, class_weights="1, 2, 0.5"), 3, Softmax(), FLAT,
    ),
    "steps": (losses.CategoricalCrossEntropy(), 3, Softmax(), STEPS),
    "weighted steps": (losses.CategoricalCrossEntropy(class_weights="1, 2, 3"), 3, Softmax(), STEPS),
    "sign": (losses.Hinge(), 1, Linear(), TWO),
    "margins": (losses.Hinge(), 3, Linear(), FLAT),
    "margins of steps": (losses.Hinge(), 3, Linear(), STEPS),
    "divergence": (losses.KullbackLeibler(), 3, Softmax(), FLAT),
    "divergence of numbers": (losses.KullbackLeibler(), 3, Softmax(), NUMBERS),
}  # fmt: skip
every_loss = pytest.mark.parametrize("name", LOSSES)


def loss_project(name: str) -> Project:
    loss, units, activation, data = LOSSES[name]
    return made_project(Dense(units, activation), data=data, loss=loss)  # type: ignore[arg-type]


def test_all_losses_are_tried() -> None:
    assert {type(loss) for loss, *_ in LOSSES.values()} == set(losses.LOSSES)


@every_loss
def test_every_loss_and_its_gradient_are_the_same_in_numpy(name: str) -> None:
    project = loss_project(name)
    assert_numpy_is_ours(project, SCRIPTS["numpy"]().script(project))


@pytest.mark.peers
@every_loss
def test_every_loss_and_its_gradient_are_the_same_in_pytorch(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    project = loss_project(name)
    _, names = run_project(project, SCRIPTS["pytorch"]().script(project), tmp_path)
    assert_torch_learns_as_ours(torch, project, names)


@every_loss
def test_every_loss_is_written_for_keras(name: str) -> None:
    ast.parse(SCRIPTS["keras"]().script(loss_project(name)))


FUNCTIONS: list[ActivationFunction] = [kind() for kind in ACTIVATIONS if kind is not Formula]
FUNCTIONS += [LeakyReLU(slope=0.2), ELU(alpha=0.5), GELU(approximate="tanh")]
FORMULAS = [
    "x * sigmoid(1.7*x)",
    "max(x, -0.1) − x²/9 + min(-2, x)",
    "2^x - pow(x, 3) + step(x)",
    "sin(3*x)*exp(-x^2) + cos(x) + tan(x/9)",
    "sqrt(abs(x)+1) + log(1+x^2) + sign(x)*relu(x) + softplus(-x) + tanh(x)",
]


@pytest.mark.parametrize(
    "function",
    [*FUNCTIONS, *map(Formula, FORMULAS)],
    ids=lambda each: getattr(each, "expression", each.tag()),
)
def test_every_activation_and_its_slope_are_the_same_in_numpy(function: Any) -> None:
    project = made_project(Dense(8, function), Dense(3, Softmax()), data=FLAT)
    assert_numpy_is_ours(project, SCRIPTS["numpy"]().script(project))


@pytest.mark.peers
@pytest.mark.parametrize(
    "function",
    [*FUNCTIONS, *map(Formula, FORMULAS)],
    ids=lambda each: getattr(each, "expression", each.tag()),
)
def test_every_activation_and_its_slope_are_the_same_in_pytorch(function: Any, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    project = made_project(Dense(8, function), Dense(3, Softmax()), data=FLAT)
    _, names = run_project(project, SCRIPTS["pytorch"]().script(project), tmp_path)
    assert_torch_learns_as_ours(torch, project, names)


def test_formulas_are_never_written_as_they_are_typed() -> None:
    project = made_project(Dense(4, Formula("x^2·2 + 1")), Dense(3, Softmax()), data=FLAT)
    for tag in ("keras", "pytorch", "numpy"):
        tree = ast.parse(SCRIPTS[tag]().script(project))
        assert "x^2·2 + 1" in [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
        assert not any(isinstance(each, ast.BitXor) for each in ast.walk(tree))


@with_loop
@pytest.mark.parametrize("initialiser", INITIALISERS, ids=lambda kind: kind.tag())
def test_every_start_has_the_spread_of_ours(tag: str, initialiser: Any, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    data = Made(shape=(60,))
    project = made_project(Dense(200, Tanh(), initialiser()), Dense(3, Softmax()), data=data, optimiser=SGD())
    script = SCRIPTS[tag]().script(project).replace("in range(EPOCHS)", "in range(0)")
    _, names = run_project(project, script, tmp_path)
    weight = names["weights"]["W1"] if tag == "numpy" else names["model"][0].weight.detach().numpy()
    expected = initialiser().sample(np.random.default_rng(1), (60, 200))
    np.testing.assert_allclose(np.asarray(weight).std(), expected.std(), rtol=0.05, atol=1e-7)


@with_loop
@pytest.mark.parametrize("start", BIAS_INITIALISERS, ids=lambda kind: kind.tag())
def test_every_start_of_a_bias_has_the_mean_and_spread_of_ours(tag: str, start: Any, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    bias = BiasConstant(value=0.1) if start is BiasConstant else start()
    project = made_project(Dense(500, Tanh(), bias_initialiser=bias), Dense(3, Softmax()), data=FLAT)
    script = SCRIPTS[tag]().script(project).replace("in range(EPOCHS)", "in range(0)")
    _, names = run_project(project, script, tmp_path)
    found = names["weights"]["b1"] if tag == "numpy" else names["model"][0].bias.detach().numpy()
    expected = bias.sample(np.random.default_rng(1), (500,))
    np.testing.assert_allclose(found.mean(), expected.mean(), atol=0.01)
    np.testing.assert_allclose(found.std(), expected.std(), rtol=0.15, atol=1e-7)


def test_keras_says_where_a_bias_starts_unless_it_is_zero() -> None:
    layers = Dense(4, Tanh(), bias_initialiser=BiasConstant(value=0.1)), Dense(3, Softmax())
    script = SCRIPTS["keras"]().script(made_project(*layers, data=FLAT))
    assert script.count("bias_initializer=keras.initializers.Constant(0.1)") == script.count("bias_init") == 1


# ── the course of a run ──────────────────────────────────────────────────────────────────────────────


@every_target
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda kind: kind.tag())
@pytest.mark.parametrize("clip", CLIPPINGS, ids=lambda kind: kind.tag())
def test_every_schedule_and_clipping_is_written(target: type[Script], schedule: Any, clip: Any) -> None:
    project = made_project(Dense(3, Softmax()), data=FLAT, schedule=schedule(), clipping=clip())
    script = target().script(project)
    ast.parse(script)
    assert max(map(len, script.splitlines())) <= 110


SCHEDULED = [each() for each in SCHEDULES if each not in (Constant, ReduceOnPlateau)]
SCHEDULED += [CosineDecay(warm_up=0.0, final=0.1), CosineDecay(warm_up=0.4)]


@pytest.mark.peers
@pytest.mark.parametrize("schedule", SCHEDULED, ids=lambda each: each.tag())
def test_learning_rates_of_a_pytorch_script_are_ours_in_every_step(schedule: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    epochs, steps = 12, 3
    project = made_project(
        Dense(3, Softmax()), data=FLAT, schedule=schedule, epochs=epochs, optimiser=SGD(learning_rate=0.5)
    )
    script = SCRIPTS["pytorch"]().script(project)
    noted = "        rates_seen.append(optimiser.param_groups[0]['lr'])\n        optimiser.step()"
    script = script.replace("        optimiser.step()", noted).replace(
        "import torch\n", "import torch\nrates_seen = []\n"
    )
    _, names = run_project(project, script, tmp_path)
    expected = [0.5 * schedule.factor(Progress(step, steps, epochs)) for step in range(epochs * steps)]
    np.testing.assert_allclose(names["rates_seen"], expected, rtol=1e-9)


@pytest.mark.parametrize("schedule", SCHEDULED, ids=lambda each: each.tag())
def test_learning_rates_of_a_numpy_script_are_ours_in_every_step(schedule: Any, tmp_path: Path) -> None:
    epochs, steps = 12, 3
    project = made_project(Dense(3, Softmax()), data=FLAT, schedule=schedule, epochs=epochs)
    _, names = run_project(project, SCRIPTS["numpy"]().script(project), tmp_path)
    expected = [schedule.factor(Progress(step, steps, epochs)) for step in range(epochs * steps)]
    np.testing.assert_allclose([names["factor"](step) for step in range(epochs * steps)], expected, rtol=1e-9)


def test_a_plateau_lowers_the_rate_of_a_numpy_script_as_ours(tmp_path: Path) -> None:
    schedule = ReduceOnPlateau(patience=1, cooldown=2)
    project = made_project(Dense(3, Softmax()), data=FLAT, schedule=schedule)
    _, names = run_project(project, SCRIPTS["numpy"]().script(project), tmp_path)
    measured = (3.0, 2.0, 2.0, 2.5, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0)
    for count in range(len(measured)):
        expected = schedule.factor(Progress(count, 1, 20, measured[:count]))
        assert names["factor"](measured[:count]) == expected


@with_loop
@pytest.mark.parametrize("clip", [ClipByNorm(maximum=0.001), ClipByValue(limit=0.0001)])
def test_clipping_shortens_a_step(tag: str, clip: Any, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    project = made_project(Dense(3, Softmax()), data=FLAT, clipping=clip, optimiser=SGD(learning_rate=1.0))
    script = SCRIPTS[tag]().script(project)
    free = made_project(Dense(3, Softmax()), data=FLAT, optimiser=SGD(learning_rate=1.0))
    moved = []
    for each in (script, SCRIPTS[tag]().script(free)):
        _, names = run_project(project, each, tmp_path)
        start = run_project(project, each.replace("in range(EPOCHS)", "in range(0)"), tmp_path)[1]
        moved.append(np.abs(_first_weight(tag, names) - _first_weight(tag, start)).max())
    assert 0 < moved[0] <= 3 * 0.001 + 1e-6  # three steps
    assert moved[1] > 10 * moved[0]


def _first_weight(tag: str, names: dict[str, Any]) -> Any:
    return names["weights"]["W1"] if tag == "numpy" else names["model"][0].weight.detach().numpy()


@with_loop
@pytest.mark.parametrize(
    ("rules", "epochs"),
    [
        (Stopping(patience=2, minimum_improvement=1e5), 3),  # the first epoch is better than nothing
        (Stopping(target_loss=1e5), 1),
        (Stopping(target_metric=1e-9), 1),
        (Stopping(time_limit=1e-9), 1),
        (Stopping(), 6),
    ],
)
def test_a_script_stops_when_ours_would(tag: str, rules: Stopping, epochs: int, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    project = made_project(Dense(3, Softmax()), data=FLAT, stopping=rules, epochs=6)
    printed, _ = run_project(project, SCRIPTS[tag]().script(project), tmp_path)
    assert len(printed.splitlines()) == epochs


@with_loop
def test_the_best_weights_are_put_back(tag: str, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    rules, wild = Stopping(restores_best=True), SGD(learning_rate=10.0)
    project = made_project(Dense(3, Softmax()), data=FLAT, stopping=rules, epochs=8, optimiser=wild)
    printed, names = run_project(project, SCRIPTS[tag]().script(project), tmp_path)
    best = min(float(found) for found in re.findall(r"test loss ([0-9.]+)", printed))
    if tag == "numpy":
        loss = names["loss_of"](names["forward"](names["x_test"], False)[0][-1], names["y_test"])
    else:
        loss = names["loss_of"](names["model"](names["x_test"]), names["y_test"]).item()
    assert loss == pytest.approx(best, abs=1e-4)


def test_keras_gets_callbacks_for_the_rules_of_stopping() -> None:
    rules = Stopping(patience=4, restores_best=True, target_metric=0.9, time_limit=60.0)
    script = SCRIPTS["keras"]().script(made_project(Dense(3, Softmax()), data=FLAT, stopping=rules))
    ast.parse(script)
    assert 'EarlyStopping(monitor="val_loss", patience=4, restore_best_weights=True)' in script
    assert 'logs["val_accuracy"] >= 0.9' in script
    assert "import time" in script


# ── a fixed order, and what scripts leave out ────────────────────────────────────────────────────────


@every_target
def test_a_fixed_order_is_fixed_in_a_script(target: type[Script]) -> None:
    words = {
        "keras": "shuffle=False",
        "pytorch": "batch in torch.arange(len",
        "numpy": "np.arange(len(x_train))",
    }
    for stopping in (Stopping(), Stopping(target_loss=0.1)):
        shuffled = made_project(Dense(3, Softmax()), data=FLAT, stopping=stopping)
        fixed = made_project(Dense(3, Softmax()), data=FLAT, stopping=stopping, order="fixed")
        script = target().script(fixed)
        ast.parse(script)
        assert words[target.tag()] in script
        assert words[target.tag()] not in target().script(shuffled)


@with_loop
def test_a_script_with_a_fixed_order_runs(tag: str, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    project = made_project(Dense(3, Softmax()), data=FLAT, order="fixed", epochs=2)
    printed, _ = run_project(project, SCRIPTS[tag]().script(project), tmp_path)
    assert len(printed.splitlines()) == 2


@every_target
def test_what_a_script_leaves_out_is_said_in_a_comment(target: type[Script]) -> None:
    shrinking = ShrinkL1(rate=0.01)
    said: dict[str, dict[str, Any]] = {
        "shrinks the weights after each step (L1, rate 0.01)": {"shrinking": shrinking},
        "join the first one of the next epoch": {"leftovers": "carry over"},
        "16 digits": {"precision": "double"},
    }
    for words, settings in said.items():
        script = target().script(made_project(Dense(3, Softmax()), data=FLAT, **settings))
        comments = [line[2:] for line in script.splitlines() if line.startswith("# ")]
        assert words in " ".join(comments)
        assert words not in target().script(made_project(Dense(3, Softmax()), data=FLAT))


# ── how single layers learn ──────────────────────────────────────────────────────────────────────────


@with_loop
@pytest.mark.parametrize("learning", [{"l1": 0.1}, {"l2": 0.2}, {"l1": 0.1, "l2": 0.3}, {"is_frozen": True}])
def test_penalties_and_frozen_layers_are_in_the_gradients(
    tag: str, learning: dict[str, Any], tmp_path: Path
) -> None:
    project = with_learning(made_project(Dense(4, Tanh()), Dense(3, Softmax()), data=FLAT), **learning)
    script = SCRIPTS[tag]().script(project)
    if tag == "numpy":
        assert_numpy_is_ours(project, script)
    else:
        torch = pytest.importorskip("torch")
        assert_torch_learns_as_ours(torch, project, run_project(project, script, tmp_path)[1])


@pytest.mark.peers
def test_penalties_of_an_lstm_count_both_kernels(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    layers = (LSTM(3, direction="both"), Dense(3, Softmax()))
    project = with_learning(made_project(*layers, data=Made(shape=(4, 2))), l1=0.1, l2=0.2)
    _, names = run_project(project, SCRIPTS["pytorch"]().script(project), tmp_path)
    assert_torch_learns_as_ours(torch, project, names)


@with_loop
def test_a_factor_slows_one_layer_down(tag: str, tmp_path: Path) -> None:
    if tag == "pytorch":
        pytest.importorskip("torch")
    plain = made_project(Dense(3, Tanh()), Dense(3, Softmax()), data=FLAT, optimiser=SGD(learning_rate=0.1))
    moved = []
    for project in (plain, with_learning(plain, rate_factor=0.01), with_learning(plain, rate_factor=0.0)):
        script = SCRIPTS[tag]().script(project)
        _, names = run_project(project, script, tmp_path)
        start = run_project(project, script.replace("in range(EPOCHS)", "in range(0)"), tmp_path)[1]
        moved.append(np.abs(_first_weight(tag, names) - _first_weight(tag, start)).max())
    assert moved[0] > 20 * moved[1] > 0
    assert moved[2] == 0


@pytest.mark.peers
def test_a_frozen_batch_norm_keeps_its_averages_in_pytorch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    project = with_learning(made_project(BatchNorm(), Dense(3, Softmax()), data=FLAT), is_frozen=True)
    _, names = run_project(project, SCRIPTS["pytorch"]().script(project), tmp_path)
    assert not names["model"][0].running_mean.any()


def test_keras_says_how_single_layers_learn() -> None:
    plain = made_project(Dense(4, Tanh()), Dense(3, Softmax()), data=FLAT)
    keras = SCRIPTS["keras"]()
    assert "trainable=False" in keras.script(with_learning(plain, is_frozen=True))
    assert "L1L2(l1=0.5, l2=0.25)" in keras.script(with_learning(plain, l1=0.5, l2=0.25))
    assert "# Keras has one learning rate for all: that of 'Dense 1' should be 0.5 times it." in keras.script(
        with_learning(plain, rate_factor=0.5)
    )


@every_target
def test_settings_that_are_not_there_are_not_written(target: type[Script]) -> None:
    script = target().script(made_project(Dense(3, Softmax()), data=FLAT))
    for word in ("penalty", "factor", "clip", "callbacks", "requires_grad", "class_weights", "best"):
        assert word not in script
    assert msgspec.json.encode(script)
