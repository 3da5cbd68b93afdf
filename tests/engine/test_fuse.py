"""Tiny layers compiled into fewer calls give what plain evaluation gives."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.fuse import SMALL
from neuralstudio.engine.graph import Array, Shape, Tensor, apply, parameter, placeholder
from neuralstudio.engine.ops import activation, elementwise, loss, noise
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.program import Program
from tests.engine.formulas import evaluated

FUNCTIONS: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda z: apply(elementwise.Tanh(), z),
    lambda z: apply(elementwise.Sigmoid(), z),
    lambda z: apply(elementwise.Relu(), z),
    lambda z: apply(activation.Softplus(), z),
    lambda z: apply(loss.Softmax(), z),
    lambda z: z * 0.5 + apply(elementwise.Tanh(), z),
    lambda z: z,
    lambda z: 1.0 - apply(elementwise.Square(), apply(elementwise.Tanh(), z)),
)


class Stack:
    """Dense layers of these widths behind one another with a loss; what is to be compiled of them."""

    def __init__(self, widths: list[int], rows: int, functions: list[int], *, of_classes: bool) -> None:
        pairs = list(pairwise(widths))
        shapes: dict[str, Shape] = {}
        for number, (inputs, units) in enumerate(pairs):
            shapes |= {f"{number}/kernel": (inputs, units), f"{number}/bias": (units,)}
        self.parameters = Parameters(shapes, np.float64)
        self.leaves = {name: parameter(name, shape) for name, shape in shapes.items()}
        self.x = y = placeholder("x", (rows, widths[0]))
        for number, (_, units) in enumerate(pairs):
            z = y @ self.leaves[f"{number}/kernel"] + self.leaves[f"{number}/bias"]
            skipped = y if y.shape == z.shape and units % 2 else None
            y = FUNCTIONS[functions[number]](z)
            y = y if skipped is None else y + skipped
        self.target = placeholder(
            "target", (rows,) if of_classes else y.shape, "index" if of_classes else "float"
        )
        self.loss = (
            apply(loss.SoftmaxCrossEntropy(), y, self.target)
            if of_classes
            else mean(apply(elementwise.Square(), y - self.target))
        )
        self.outputs = {"loss": self.loss, "y": y}
        self.gradients: list[tuple[str, Tensor]] = [
            (name, node)
            for name, node in zip(self.leaves, gradients(self.loss, list(self.leaves.values())), strict=True)
            if node is not None
        ]

    def compiled(self, *, apart: bool = False) -> Program:
        """``apart``: with weights that do not lie behind one another in memory."""
        weights, into = self.parameters.named() if apart else {}, self.parameters
        return compile_program(
            self.outputs,
            {id(leaf): weights.get(name, into.value(name)) for name, leaf in self.leaves.items()},
            [(node, into.gradient(name)) for name, node in self.gradients],
            dtype=np.float64,
        )


@settings(deadline=None, max_examples=150)
@given(
    widths=st.lists(st.integers(1, 7), min_size=2, max_size=5),
    rows=st.integers(1, 12),
    functions=st.lists(st.integers(0, len(FUNCTIONS) - 1), min_size=4, max_size=4),
    of_classes=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_small_stacks_give_what_plain_evaluation_gives(
    widths: list[int], rows: int, functions: list[int], of_classes: bool, seed: int
) -> None:
    stack = Stack(widths, rows, functions, of_classes=of_classes)
    program = stack.compiled()
    random = np.random.default_rng(seed)
    for _ in range(2):  # twice: the weights change between two runs, and no edge may be overwritten
        stack.parameters.values[...] = random.normal(0, 1, stack.parameters.values.shape)
        stack.parameters.gradients[...] = np.nan
        program.inputs["x"][...] = random.normal(0, 1, stack.x.shape)
        target = (
            random.integers(0, widths[-1], rows) if of_classes else random.normal(0, 1, (rows, widths[-1]))
        )
        program.inputs["target"][...] = target
        given_values: dict[int, Array] = {id(stack.x): program.inputs["x"], id(stack.target): target}
        given_values |= {id(leaf): stack.parameters.value(name) for name, leaf in stack.leaves.items()}
        program.run()
        nodes = [*stack.outputs.values(), *(node for _, node in stack.gradients)]
        found = [*program.outputs.values(), *(stack.parameters.gradient(name) for name, _ in stack.gradients)]
        for result, value in zip(found, evaluated(nodes, given_values), strict=True):
            np.testing.assert_allclose(result, value, 1e-9, 1e-12)


def test_a_small_layer_needs_no_call_for_its_bias() -> None:
    stack = Stack([2, 4, 2, 1], 10, [6, 6, 6], of_classes=False)
    joined, apart = stack.compiled(), stack.compiled(apart=True)
    names = [step.name.partition(" ")[0] for step in joined.instructions]
    assert "Add" not in names
    assert names.count("Sum") == 1, "that of the loss"
    # A bias is repeated and added, that of a single unit only added. Copied is the data alone.
    biases, their_gradients, copies = 2 + 2 + 1, 3, 1
    assert joined.describe().calls == apart.describe().calls - biases - their_gradients + copies


def test_slopes_of_all_layers_are_computed_at_once_and_activations_where_they_are_read() -> None:
    program = Stack([2, 4, 2, 1], 10, [0, 0, 0], of_classes=False).compiled()
    names = [step.name.partition(" ")[0] for step in program.instructions]
    assert names.count("Tanh") == 3
    assert names.count("Copy") == 1, "the data's"
    assert names.count("Square") == 2, "that of all activations and that of the loss"


def test_what_an_activation_depends_on_is_not_computed_together_with_it() -> None:
    # 1 − y² of the first layer is the input of the second: it cannot wait for the second's y.
    stack = Stack([2, 3, 3], 4, [7, 7], of_classes=False)
    program = stack.compiled()
    stack.parameters.values[...] = np.linspace(-1, 1, stack.parameters.values.size)
    program.inputs["x"][...] = np.linspace(-1, 1, 8).reshape(4, 2)
    program.run()
    given_values = {id(leaf): stack.parameters.value(name) for name, leaf in stack.leaves.items()}
    (expected,) = evaluated([stack.outputs["y"]], given_values | {id(stack.x): program.inputs["x"]})
    np.testing.assert_allclose(program.outputs["y"], expected, 1e-12)


@pytest.mark.parametrize(("rows", "is_joined"), [(SMALL // 8 - 1, True), (SMALL // 8, False)])
def test_only_small_layers_are_rewritten(rows: int, is_joined: bool) -> None:
    program = Stack([8, 4], rows, [0], of_classes=False).compiled()
    names = [step.name.partition(" ")[0] for step in program.instructions]
    assert ("Add" not in names) == is_joined


def test_every_instruction_still_belongs_to_its_layer() -> None:
    x = placeholder("x", (5, 3))
    parameters = Parameters({"kernel": (3, 2), "bias": (2,)})
    leaves = {name: parameter(name, shape) for name, shape in parameters.shapes.items()}
    y = apply(elementwise.Tanh(), x @ leaves["kernel"] + leaves["bias"])
    for node in (y, y.inputs[0], y.inputs[0].inputs[0]):
        node.owner = "dense-1"
    program = compile_program({"y": y}, {id(leaf): parameters.value(name) for name, leaf in leaves.items()})
    assert {step.node.owner for step in program.instructions} == {"dense-1"}


def test_a_random_layer_between_two_small_ones_keeps_its_numbers() -> None:
    stack = Stack([3, 4], 6, [0], of_classes=False)
    parameters = Parameters({"kernel": (4, 2), "bias": (2,)}, np.float64)
    kernel, bias = parameter("kernel", (4, 2)), parameter("bias", (2,))
    y = stack.outputs["y"]
    dropped = y * apply(noise.KeepMask(0.5), y)
    arrays = {id(leaf): stack.parameters.value(name) for name, leaf in stack.leaves.items()}
    arrays |= {id(kernel): parameters.value("kernel"), id(bias): parameters.value("bias")}
    program = compile_program({"dropped": dropped, "z": dropped @ kernel + bias}, arrays, dtype=np.float64)
    for vector in (stack.parameters.values, parameters.values):
        vector[...] = np.random.default_rng(1).normal(0, 1, vector.shape)
    program.inputs["x"][...] = np.random.default_rng(0).normal(0, 1, (6, 3))
    program.run()
    expected = program.outputs["dropped"] @ parameters.value("kernel") + parameters.value("bias")
    np.testing.assert_allclose(program.outputs["z"], expected, 1e-12)
    assert (program.outputs["dropped"] == 0).any()


@pytest.mark.parametrize("op", [elementwise.Add(), elementwise.Multiply()], ids=["x + x", "x · x"])
def test_a_long_chain_that_reads_each_value_twice_is_compiled_as_any_other(op: elementwise.Pairwise) -> None:
    parameters = Parameters({"kernel": (3, 2), "bias": (2,)}, np.float64)
    parameters.values[...] = 0
    leaves = {name: parameter(name, shape) for name, shape in parameters.shapes.items()}
    x = placeholder("x", (4, 3))
    y = apply(elementwise.Sigmoid(), x @ leaves["kernel"] + leaves["bias"])
    for _ in range(40):
        y = apply(op, y, y)
    program = compile_program(
        {"y": y}, {id(leaf): parameters.value(name) for name, leaf in leaves.items()}, dtype=np.float64
    )
    assert program.describe().instructions < 60
    program.run()
    expected = 0.5 * 2.0**40 if isinstance(op, elementwise.Add) else 0.0
    np.testing.assert_allclose(program.outputs["y"], expected, 1e-12, 1e-300)


def test_what_is_computed_alike_of_two_layers_may_read_its_values_twice() -> None:
    def chain(y: Tensor) -> Tensor:
        for _ in range(40):
            y = (apply(elementwise.Multiply(), y, y) + y) * 0.5
        return y

    stack = Stack([2, 3, 3], 4, [6, 6], of_classes=False)
    below, above = ((stack.leaves[f"{number}/kernel"], stack.leaves[f"{number}/bias"]) for number in (0, 1))
    first = apply(elementwise.Tanh(), stack.x @ below[0] + below[1])
    second = apply(elementwise.Tanh(), first @ above[0] + above[1])
    both = {"second": chain(second), "first": chain(first)}
    weights = {id(leaf): stack.parameters.value(name) for name, leaf in stack.leaves.items()}
    program = compile_program(both, weights, dtype=np.float64)
    names = [step.name.partition(" ")[0] for step in program.instructions]
    assert names.count("Add") == 40, "once for both layers"
    stack.parameters.values[...] = np.linspace(-0.5, -0.1, stack.parameters.values.size)
    program.inputs["x"][...] = np.linspace(0, 1, 8).reshape(4, 2)
    program.run()
    expected = evaluated(list(both.values()), weights | {id(stack.x): program.inputs["x"]})
    for found, value in zip(program.outputs.values(), expected, strict=True):
        np.testing.assert_allclose(found, value, 1e-9)
