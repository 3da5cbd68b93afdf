"""Compiled programs give what plain evaluation gives, and allocate nothing while they run."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, ShapeError, Tensor, apply, parameter, placeholder
from neuralstudio.engine.ops import counting, elementwise, loss, reduction, shape
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.engine.optimisers import Adam, Updater
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.program import InstructionError
from tests.engine.formulas import evaluated

Random = np.random.Generator
ROWS, COLUMNS = 3, 4


def grown(random: Random, steps: int) -> tuple[list[Tensor], list[Tensor]]:
    """A random graph: its leaves, and all nodes in the order they were made. Shapes vary around 3×4."""
    shapes = [(ROWS, COLUMNS), (COLUMNS, ROWS), (COLUMNS,), (ROWS, 1), (), (ROWS, ROWS)]
    nodes = [parameter(f"leaf {number}", size) for number, size in enumerate(shapes)]
    leaves = list(nodes)
    while len(nodes) < steps + len(leaves):
        a, b = (nodes[int(place)] for place in random.integers(0, len(nodes), 2))
        match int(random.integers(0, 14)):
            case 0 | 1:
                made = attempt(elementwise.Add(), a, b)
            case 2:
                made = attempt(elementwise.Subtract(), a, b)
            case 3:
                made = attempt(elementwise.Multiply(), a, b)
            case 4:
                made = apply(elementwise.Tanh(), a)
            case 5:
                made = apply(elementwise.Sigmoid(), a)
            case 6:
                made = apply(elementwise.Relu(), a)
            case 7:
                made = apply(elementwise.Square(), apply(elementwise.Tanh(), a))
            case 8:
                made = apply(shape.Transpose(), a) if len(a.shape) == 2 else None
            case 9:
                made = apply(elementwise.Tanh(), a @ b) if fit_for_product(a, b) else None
            case 10:
                made = apply(shape.Reshape((a.size,)), a)
            case 11:
                made = mean(a, (0,), keeps_axes=bool(random.integers(0, 2))) if a.shape else None
            case 12:
                made = apply(loss.Softmax(), a) if a.shape else None
            case _:
                made = a * 1.0 if random.random() < 0.5 else a * 0.5 - a
        if made is not None and made.size <= 64:
            nodes.append(made)
    return leaves, nodes


def attempt(op: elementwise.Pairwise, a: Tensor, b: Tensor) -> Tensor | None:
    try:
        return apply(op, a, b)
    except ShapeError:
        return None


def fit_for_product(a: Tensor, b: Tensor) -> bool:
    return len(a.shape) == len(b.shape) == 2 and a.shape[1] == b.shape[0]


@settings(deadline=None, max_examples=120)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 40))
def test_sharing_memory_and_merging_never_change_a_result(seed: int, steps: int) -> None:
    random = np.random.default_rng(seed)
    leaves, nodes = grown(random, steps)
    some = [nodes[int(place)] for place in random.integers(len(leaves), len(nodes), 3)]
    total = apply(reduction.Sum(), nodes[-1]) * 0.5 + apply(reduction.Sum(), some[0])
    found = [(leaf, grad) for leaf, grad in zip(leaves, gradients(total, leaves), strict=True) if grad]
    written = [np.full(leaf.shape, np.nan) for leaf, _ in found]
    values = {id(leaf): random.normal(0, 1, leaf.shape) for leaf in leaves}
    given_values = {key: np.asarray(array).copy() for key, array in values.items()}
    outputs = {f"output {number}": node for number, node in enumerate([*some, total])}
    destinations = [(grad, into) for (_, grad), into in zip(found, written, strict=True)]
    program = compile_program(outputs, given_values, destinations, dtype=np.float64)
    for _ in range(2):  # twice: the second run must not see what the first left behind
        for array in given_values.values():
            array[...] = random.normal(0, 1, array.shape)
        program.run()
        expected = evaluated([*outputs.values(), *(grad for _, grad in found)], given_values)
        results = [*program.outputs.values(), *written]
        for result, value in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, value, 1e-9, 1e-9)


def test_equal_nodes_are_computed_once() -> None:
    x = placeholder("x", (2, 3))
    first, second = (apply(elementwise.Tanh(), x + 1.0) for _ in range(2))
    program = compile_program({"sum": first + second, "again": first + second})
    assert [type(step.node.op).__name__ for step in program.instructions] == ["Add", "Tanh", "Add"]
    assert program.outputs["sum"] is program.outputs["again"]


def test_nodes_that_differ_in_a_setting_are_not_merged() -> None:
    x = placeholder("x", (2, 3))
    program = compile_program(
        {"rows": apply(reduction.Sum((0,)), x), "columns": apply(reduction.Sum((1,)), x)}
    )
    assert len(program.instructions) == 2


def test_memory_is_used_again_once_its_last_reader_has_run() -> None:
    x = placeholder("x", (100, 100))
    y = x
    for _ in range(20):
        y = apply(elementwise.Tanh(), y @ y)
    program = compile_program({"y": y})
    assert program.describe().bytes < 5 * 4 * 100 * 100


def test_a_result_that_takes_over_memory_takes_over_the_array() -> None:
    x = placeholder("x", (3, 4))
    program = compile_program({"y": apply(elementwise.Tanh(), x + 1.0)})
    last = program.instructions[-1]
    assert last.result is last.arguments[0], "two arrays on one stretch of memory cost NumPy a search"


def test_a_transposed_or_repeated_view_can_be_reshaped() -> None:
    x = placeholder("x", (2, 3))
    turned = apply(shape.Reshape((6,)), apply(shape.Transpose(), x))
    repeated = apply(shape.Reshape((12,)), apply(shape.BroadcastTo((2, 2, 3)), x))
    program = compile_program({"turned": turned, "repeated": repeated})
    for start in (0, 10):
        values = np.arange(start, start + 6).reshape(2, 3)
        program.inputs["x"][...] = values
        program.run()
        np.testing.assert_array_equal(program.outputs["turned"], values.T.reshape(-1))
        np.testing.assert_array_equal(program.outputs["repeated"], np.tile(values.reshape(-1), 2))


def lesson(batch: int = 16) -> tuple[Any, Parameters, Updater]:
    """A two-layer network with its program and optimiser."""
    parameters = Parameters({"w": (20, 12), "b": (12,), "v": (12, 5)})
    parameters.values[...] = np.random.default_rng(0).normal(0, 0.3, parameters.values.shape)
    leaves = {name: parameter(name, size) for name, size in parameters.shapes.items()}
    x, target = placeholder("x", (batch, 20)), placeholder("target", (batch,), "index")
    hidden = apply(elementwise.Relu(), x @ leaves["w"] + leaves["b"])
    hidden.owner = "dense-1"
    logits = hidden @ leaves["v"]
    logits.owner = "dense-2"
    cost = apply(loss.SoftmaxCrossEntropy(), logits, target)
    outputs = {"loss": cost, "hits": apply(counting.ClassHits(), logits, target)}
    grads = gradients(cost, list(leaves.values()))
    destinations = [
        (grad, parameters.gradient(name))
        for name, grad in zip(leaves, grads, strict=True)
        if grad is not None
    ]
    weights = {id(leaf): parameters.value(name) for name, leaf in leaves.items()}
    program = compile_program(outputs, weights, destinations)
    return program, parameters, Updater(Adam(), parameters.values, parameters.gradients)


def test_gradients_are_written_into_their_destinations() -> None:
    program, parameters, _ = lesson()
    program.inputs["x"][...] = np.random.default_rng(1).normal(size=(16, 20))
    parameters.gradients[...] = np.nan
    program.run()
    for name in parameters:
        assert np.isfinite(parameters.gradient(name)).all()
        assert np.abs(parameters.gradient(name)).max() > 0


def test_a_step_allocates_nothing() -> None:
    batch = 4096
    command = [sys.executable, "-m", "tests.engine.allocations", str(batch)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    growth, peak = (int(number) for number in said.split())
    # A few array headers that NumPy keeps for later; a hundred steps that kept anything would be far above.
    assert growth < 4096
    # NumPy's own buffer for an operand that is repeated (8192 numbers) comes and goes; no activation does.
    assert peak < 40_000 < batch * 5 * 4


def test_first_non_finite_names_the_instruction_that_made_it() -> None:
    x = placeholder("x", (3,))
    small = x + 1.0
    bad = apply(elementwise.Log(), small)
    bad.owner = "log-layer"
    program = compile_program({"y": apply(elementwise.Square(), bad)})
    program.inputs["x"][...] = [1, 2, 3]
    assert program.first_non_finite() is None
    program.inputs["x"][...] = [1, -1, 3]
    culprit = program.first_non_finite()
    assert culprit is not None
    assert culprit.node.owner == "log-layer"
    assert culprit.name == "Log → 3"


class Refusing(elementwise.Single):
    """An op whose kernel always fails."""

    def calls(self, inputs: Any, out: Array, work: Any) -> Any:  # noqa: ARG002
        yield refuse, (out,)


def refuse(out: Array) -> None:
    raise ValueError(f"not today, {out.shape}")


def test_an_instruction_that_raises_is_told_with_its_layer() -> None:
    x = placeholder("x", (2,))
    bad = apply(Refusing(), x + 1.0)
    bad.owner = "dense-7"
    program = compile_program({"y": bad * 2.0})
    with pytest.raises(InstructionError, match="Refusing → 2: not today") as raised:
        program.run()
    assert raised.value.owner == "dense-7"


def test_gradient_nodes_belong_to_the_layer_whose_rule_made_them() -> None:
    program, _, _ = lesson()
    owners = {step.node.owner for step in program.instructions if "Gradient" in step.name}
    assert "dense-1" in owners


def test_only_a_scalar_can_be_differentiated() -> None:
    x = placeholder("x", (2,))
    with pytest.raises(ValueError, match="only a scalar"):
        gradients(x + 1.0, [x])


def test_a_leaf_the_loss_does_not_depend_on_has_no_gradient() -> None:
    x, other = placeholder("x", (2,)), placeholder("other", (2,))
    assert gradients(apply(reduction.Sum(), x), [other]) == [None]
