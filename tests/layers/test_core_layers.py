"""What the single layers do, beyond what all layers promise."""

import numpy as np
import pytest

from neuralstudio.engine.activations import Linear, Sigmoid
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, ShapeError, placeholder
from neuralstudio.engine.initialisers import Constant, HeNormal, Zeros
from neuralstudio.layers._base import Layer, Scope
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import FEATURES, Features
from neuralstudio.layers.flatten import Flatten


def run(layer: Layer, values: Array, *, is_training: bool, seed: int = 0) -> Array:
    """The output for a layer without weights."""
    x = placeholder("x", values.shape)
    y = layer.build(x, Scope("layer", is_training))
    program = compile_program({"y": y}, noise=np.random.default_rng(seed))
    program.inputs["x"][...] = values
    program.run()
    return program.outputs["y"].copy()


def test_dropout_is_identity_when_not_training() -> None:
    ones = np.ones((4, 5))
    np.testing.assert_array_equal(run(Dropout(rate=0.9), ones, is_training=False), ones)


def test_dropout_switches_off_its_share_and_scales_up_the_rest() -> None:
    out = run(Dropout(rate=0.25), np.ones((300, 300)), is_training=True)
    assert set(np.unique(out)) == {0, np.float32(1 / 0.75)}
    assert (out == 0).mean() == pytest.approx(0.25, abs=0.01)


def test_dropout_of_rate_zero_is_identity_while_training() -> None:
    ones = np.ones((4, 5))
    np.testing.assert_array_equal(run(Dropout(rate=0.0), ones, is_training=True), ones)


def test_dropout_close_to_one_stays_finite() -> None:
    assert np.isfinite(run(Dropout(rate=0.999), np.ones((50, 50)), is_training=True)).all()


def test_flatten_unrolls_row_after_row() -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(run(Flatten(), values, is_training=True), values.reshape(2, 12))


def test_dense_declares_a_kernel_and_a_bias_that_starts_at_zero() -> None:
    scope = Scope("dense-1", True)
    Dense(units=7, initialiser=HeNormal()).build(placeholder("x", (2, 3)), scope)
    shapes = {name: weight.shape for name, weight in scope.weights.items()}
    assert shapes == {"dense-1/kernel": (3, 7), "dense-1/bias": (7,)}
    assert scope.initialisers == {"dense-1/kernel": HeNormal(), "dense-1/bias": Zeros()}


def test_biases_of_dense_can_start_anywhere() -> None:
    scope = Scope("dense-1", True)
    Dense(bias_initialiser=Constant(value=0.1)).build(placeholder("x", (2, 3)), scope)
    assert scope.initialisers["dense-1/bias"] == Constant(value=0.1)


def test_features_come_in_the_order_of_the_list_each_once() -> None:
    points = np.array([[0.5, -2.0], [3.0, 1.0]])
    x1, x2 = points.T
    every = [x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2), np.cos(x1), np.cos(x2)]
    np.testing.assert_allclose(
        run(Features(chosen=FEATURES), points, is_training=True), np.stack(every, 1), 1e-6
    )
    mixed = Features(chosen=("x1-x2", "x2", "x1-x2"))
    np.testing.assert_allclose(run(mixed, points, is_training=True), np.stack([x2, x1 * x2], 1))
    np.testing.assert_array_equal(run(Features(), points, is_training=True), points)


@pytest.mark.parametrize(("size", "words"), [((3,), "3"), ((28, 28), "28×28"), ((), "a single number")])
def test_features_refuse_anything_but_two_inputs(size: tuple[int, ...], words: str) -> None:
    with pytest.raises(ShapeError, match=f"Features needs two inputs, x₁ and x₂, but gets {words}"):
        Features().build(placeholder("x", (2, *size)), Scope("features-1", True))


@pytest.mark.parametrize(("size", "words"), [((28, 28), "28×28"), ((), "a single number")])
def test_dense_refuses_anything_but_a_row_and_says_what_it_got(size: tuple[int, ...], words: str) -> None:
    with pytest.raises(ShapeError, match=f"Dense needs a flat input, but gets {words}"):
        Dense().build(placeholder("x", (2, *size)), Scope("dense-1", True))


def test_cards_show_the_setting_that_matters() -> None:
    assert Dense(units=1, activation=Sigmoid()).caption == "1 unit"
    assert Dense(units=128).caption == "128 units"
    assert Dense(activation=Sigmoid()).formula == "y = σ(x·W + b)"
    assert Dense(activation=Linear()).formula == "y = x·W + b"
    assert Dropout(rate=0.25).caption == "rate 0.25"
    assert Features(chosen=("sin-x1", "x2")).caption == "x₂, sin x₁"
    assert Features(chosen=FEATURES).caption == "9 features"
    assert Features(chosen=("x1-squared", "x1-x2")).formula == "y = (x₁², x₁x₂)"
