"""Activation functions: PyTorch's values and gradients, kinks and all; enormous numbers; what cards say."""

from math import erfc
from typing import Any

import numpy as np
import pytest

from neuralstudio.engine.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    ActivationFunction,
    Formula,
    LeakyReLU,
    Step,
)
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, apply, parameter, placeholder
from neuralstudio.engine.ops.normal import NormalCdf
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.schema.problem import ProblemError
from tests.contracts.peers.activation import torch_activation

SETTINGS: list[ActivationFunction] = [
    *(kind() for kind in ACTIVATIONS),
    LeakyReLU(slope=0),
    LeakyReLU(slope=1),
    ELU(alpha=0),
    ELU(alpha=0.4),
    ELU(alpha=3),
    GELU(approximate="tanh"),
    *(
        Formula(expression=text)
        for text in (
            "max(x, 0)",
            "min(1, max(x, -1))",
            "abs(x) + relu(x - 1)",
            "step(x) * softplus(x)",
            "x^3 / (1 + x²)^1.5",
            "2^x * tanh(x) − cos(3·x)",
            "sign(x) * sqrt(1 + abs(x))",
            "log(1 + exp(-abs(x)))",
            "tan(x / 40) * sin(x)",
        )
    ),
]
functions = pytest.mark.parametrize("function", SETTINGS, ids=repr)
KINKS = np.array([-3.0, -1.0, -0.0, 0.0, 1.0, 3.0])
ROW = np.concatenate([np.linspace(-6, 6, 61), np.linspace(-30, 30, 13), KINKS])
"""Numbers on both sides of all kinks, at the kinks, and far away."""


def values_and_slopes(function: ActivationFunction, row: Array, weighting: Array) -> tuple[Array, Array]:
    """f(x) and the gradient of Σ w·f(x), in the precision of ``row``."""
    x = parameter("x", row.shape)
    y = function.build(x)
    w = placeholder("w", row.shape)
    (gradient,) = gradients(apply(Sum(), y * w), [x])
    slopes = np.zeros_like(row)
    destinations = [(gradient, slopes)] if gradient else []
    program = compile_program({"y": y}, {id(x): row}, destinations, dtype=row.dtype.type)
    program.inputs["w"][...] = weighting
    program.run()
    return program.outputs["y"].copy(), slopes


@pytest.mark.peers
@functions
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_values_and_gradients_equal_pytorch_also_at_kinks(
    function: ActivationFunction, dtype: Any, tolerance: float
) -> None:
    torch: Any = pytest.importorskip("torch")
    row = ROW.astype(dtype)[None]
    weighting = np.random.default_rng(1).uniform(0.5, 1.5, row.shape).astype(dtype)
    x = torch.tensor(row, requires_grad=True)
    theirs = torch_activation(torch, function, x)
    (theirs * torch.tensor(weighting)).sum().backward()
    values, slopes = values_and_slopes(function, row, weighting)
    scale = max(1.0, float(theirs.detach().abs().max()), float(x.grad.abs().max()))
    np.testing.assert_allclose(values, theirs.detach().numpy(), tolerance, tolerance * scale)
    np.testing.assert_allclose(slopes, x.grad.numpy(), tolerance, tolerance * scale)


@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.tag())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_enormous_numbers_give_finite_values_and_gradients(
    kind: type[ActivationFunction], dtype: Any
) -> None:
    row = np.array([[-1e4, -1e3, -89.0, -1e-30, 0.0, 1e-30, 89.0, 1e3, 1e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        values, slopes = values_and_slopes(kind(), row, np.ones_like(row))
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 2e-15), (np.float32, 1.5e-7)])
@pytest.mark.parametrize("count", [1, 7, 20_001])
def test_the_normal_distribution_is_exact_to_the_last_digits(
    dtype: Any, tolerance: float, count: int
) -> None:
    row = np.linspace(-40, 12, count).astype(dtype)
    x = placeholder("x", row.shape)
    program = compile_program({"y": apply(NormalCdf(), x)}, dtype=dtype)
    program.inputs["x"][...] = row
    program.run()
    exact = [0.5 * erfc(-float(each) / np.sqrt(2)) for each in row]
    np.testing.assert_allclose(program.outputs["y"].astype(np.float64), exact, 0, tolerance)


def test_gelu_by_tanh_differs_little_from_the_exact_one() -> None:
    row = np.linspace(-8, 8, 1001)
    both = [values_and_slopes(GELU(approximate=each), row, row)[0] for each in ("none", "tanh")]
    assert 1e-4 < np.abs(both[0] - both[1]).max() < 1e-3


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    (selu,) = (kind() for kind in ACTIVATIONS if kind.tag() == "selu")
    row = np.random.default_rng(0).normal(0, 1, 400_000)
    values, _ = values_and_slopes(selu, row, row)
    assert abs(values.mean()) < 0.005
    assert abs(values.var() - 1) < 0.01


def test_a_step_fires_from_zero_on_and_lets_the_gradient_past_near_zero() -> None:
    row = np.array([-2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0])
    values, slopes = values_and_slopes(Step(), row, np.full(8, 3.0))
    np.testing.assert_array_equal(values, [0, 0, 0, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(slopes, [0, 3, 3, 3, 3, 3, 3, 0])


@functions
def test_a_card_can_say_what_an_activation_does(function: ActivationFunction) -> None:
    said = function.of.format("x·W + b")
    assert "x·W + b" in said
    assert "{" not in said


def test_settings_are_part_of_what_a_card_says() -> None:
    assert "0.25" in LeakyReLU(slope=0.25).of
    assert "0.75" in ELU(alpha=0.75).of
    assert Formula(expression="x^2 + {1}").of.format("x") == "x^2 + {1} with x = x"


@pytest.mark.parametrize("text", ["x *", "tanh(y)", "3", "", "{x}"])
def test_a_formula_that_is_none_is_a_problem_of_its_field(text: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        Formula(expression=text).build(placeholder("x", (2, 3)))
    (problem,) = refusal.value.problems
    assert (problem.where, problem.field, problem.severity) == ("Formula", "expression", "error")
