"""Batch and layer normalisation: running averages, large and awkward inputs, memory taken over."""

from typing import Any

import numpy as np
import pytest

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, Shape, Tensor, apply, placeholder
from neuralstudio.engine.ops.elementwise import Relu
from neuralstudio.engine.ops.joining import Part
from neuralstudio.layers._base import Layer, Scope
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.layer_norm import LayerNorm
from tests.engine.gradients import gradient_errors, relative_error

normalising = pytest.mark.parametrize("layer", [BatchNorm(), LayerNorm()], ids=["batch", "layer"])


def values(size: Shape, offset: float = 0.0, seed: int = 4) -> Array:
    return np.random.default_rng(seed).normal(offset, 2, size)


def expected(layer: Layer, x: Array, gamma: Array, beta: Array) -> Array:
    axes = tuple(range(x.ndim - 1)) if isinstance(layer, BatchNorm) else (-1,)
    centred = x - x.mean(axes, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axes, keepdims=True) + 0.001)
    return np.asarray(gamma * centred / deviation + beta)


def weights_of(scope: Scope) -> dict[Tensor, Array]:
    named = scope.weights | scope.states
    return {node: values(node.shape, 1.5, seed) ** 2 for seed, node in enumerate(named.values())}


def output(layer: Layer, x: Tensor, given: Array, dtype: Any = np.float64) -> tuple[Array, Array]:
    """Of training: ours, and by the formula."""
    scope = Scope("norm", is_training=True)
    y = layer.build(x, scope)
    arrays = weights_of(scope)
    typed = {id(node): array.astype(dtype) for node, array in arrays.items()}
    program = compile_program({"y": y, "x": x}, typed, dtype=dtype)
    program.inputs["x"][...] = given
    program.run()
    gamma, beta = (arrays[weight] for weight in scope.weights.values())
    return program.outputs["y"], expected(layer, program.outputs["x"].astype(np.float64), gamma, beta)


@normalising
@pytest.mark.parametrize("size", [(8, 26, 26, 32), (6, 50, 7), (1409, 5), (3, 40000), (97, 3), (2, 1)])
def test_inputs_of_any_size_are_normalised(layer: Layer, size: Shape) -> None:
    ours, formula = output(layer, placeholder("x", size), values(size))
    np.testing.assert_allclose(ours, formula, 1e-10, 1e-10)


@normalising
def test_an_input_whose_numbers_do_not_lie_one_behind_the_other_is_normalised(layer: Layer) -> None:
    x = placeholder("x", (70, 9, 8))
    ours, formula = output(layer, apply(Part(2, 7), x), values((70, 9, 8)))
    np.testing.assert_allclose(ours, formula, 1e-10, 1e-10)


@normalising
def test_a_mean_far_from_zero_costs_little_precision(layer: Layer) -> None:
    ours, formula = output(layer, placeholder("x", (500, 60)), values((500, 60), 1000), np.float32)
    assert relative_error(ours, formula) <= 2e-4  # float32 itself keeps 1000 to 6e-5


@normalising
def test_what_never_changes_is_the_shift_and_not_nan(layer: Layer) -> None:
    ours, formula = output(layer, placeholder("x", (5, 4)), np.full((5, 4), 7.0))
    np.testing.assert_allclose(ours, formula, 1e-10)


@normalising
def test_gradients_are_exact_where_memory_is_taken_over(layer: Layer) -> None:
    x, scope = placeholder("x", (3, 4, 5)), Scope("norm", is_training=True)
    y = apply(Relu(), layer.build(apply(Relu(), x * 2.0), scope)) * 3.0
    arrays = {weight: weights_of(scope)[weight] for weight in scope.weights.values()} | {x: values(x.shape)}
    errors = gradient_errors(y, arrays, (x, *scope.weights.values()), np.random.default_rng(1))
    assert max(errors.values()) <= 1e-6, errors


def after_a_step(layer: BatchNorm, x: Array, mean: Array, variance: Array) -> tuple[Array, Array]:
    """The running mean and variance after a training step on ``x``."""
    scope = Scope("norm", is_training=True)
    layer.build(placeholder("x", x.shape), scope)
    states = {id(state): array for state, array in zip(scope.states.values(), (mean, variance), strict=True)}
    updates = {name.removeprefix("norm/"): value for name, value in scope.updates.items()}
    program = compile_program(updates, states | ones(scope), dtype=np.float64)
    program.inputs["x"][...] = x
    program.run()
    return program.outputs["moving_mean"], program.outputs["moving_variance"]


def ones(scope: Scope) -> dict[int, Array]:
    return {id(weight): np.ones(weight.shape) for weight in scope.weights.values()}


def test_running_averages_keep_the_share_momentum_says_and_the_biased_variance() -> None:
    x, mean, variance = values((6, 3, 2)), values((2,), seed=1), values((2,), seed=2) ** 2
    found = after_a_step(BatchNorm(momentum=0.75), x, mean, variance)
    np.testing.assert_allclose(found[0], 0.75 * mean + 0.25 * x.mean((0, 1)), 1e-12)
    np.testing.assert_allclose(found[1], 0.75 * variance + 0.25 * x.var((0, 1)), 1e-12)


@pytest.mark.peers
def test_pytorch_has_one_minus_momentum_and_the_unbiased_variance() -> None:
    torch: Any = pytest.importorskip("torch")
    x, mean, variance = values((6, 2)), values((2,), seed=1), values((2,), seed=2) ** 2
    ours = after_a_step(BatchNorm(momentum=0.75), x, mean, variance)
    theirs = torch.tensor(mean), torch.tensor(variance)
    torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True, momentum=0.25)
    np.testing.assert_allclose(ours[0], theirs[0].numpy(), 1e-12)
    of_batch = theirs[1].numpy() - 0.75 * variance
    np.testing.assert_allclose(ours[1] - 0.75 * variance, of_batch * 5 / 6, 1e-12)


def test_prediction_reads_the_running_averages_and_not_the_batch() -> None:
    x, scope = placeholder("x", (1, 2)), Scope("norm", is_training=False)
    y = BatchNorm(epsilon=1.0).build(x, scope)
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    numbers = ([2.0, 3.0], [0.5, 0.0], [1.0, -1.0], [3.0, 8.0])
    nodes = scope.weights | scope.states
    given = {id(nodes[f"norm/{name}"]): np.array(value) for name, value in zip(names, numbers, strict=True)}
    program = compile_program({"y": y}, given, dtype=np.float64)
    program.inputs["x"][...] = [[5.0, 5.0]]
    program.run()
    np.testing.assert_allclose(program.outputs["y"], [[4.5, 6.0]])
    assert not scope.updates


def test_only_training_needs_the_whole_batch() -> None:
    for is_training in (True, False):
        scope = Scope("norm", is_training)
        BatchNorm().build(placeholder("x", (4, 3)), scope)
        assert scope.is_whole_batch is is_training
