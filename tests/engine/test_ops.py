"""Every op: its kernel against a plain formula, its gradient against finite differences, its refusals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, Op, Shape, ShapeError, Tensor, apply, placeholder
from neuralstudio.engine.ops import elementwise, linear, loss, noise, reduction, shape
from tests.engine.formulas import HAVE_FORMULA, RANDOM, op_classes, value
from tests.engine.gradients import gradient_errors

Random = np.random.Generator
seeds = st.integers(0, 2**32 - 1)


@dataclass
class Case:
    """An op with inputs; ``asked`` are the places of those it has a gradient for."""

    op: Op
    inputs: list[Array]
    asked: tuple[int, ...] = ()


def lengths(random: Random, count: int) -> Shape:
    return tuple(int(length) for length in random.integers(1, 6, count))


def apart(random: Random, size: Shape) -> Array:
    """Numbers of both signs that keep away from 0, where some functions have a kink or a pole."""
    return np.asarray(random.uniform(0.3, 2.0, size) * random.choice([-1.0, 1.0], size))


def pair(op: Op) -> Callable[[Random], Case]:
    """Two inputs that broadcast: axes of length 1, and fewer axes on one side."""

    def case(random: Random) -> Case:
        full = lengths(random, int(random.integers(0, 4)))

        def part() -> Shape:
            cut = full[int(random.integers(0, len(full) + 1)) :]
            return tuple(1 if random.random() < 0.3 else length for length in cut)

        return Case(op, [apart(random, part()), apart(random, part())], (0, 1))

    return case


def single(op: Op, draw: Callable[[Random, Shape], Array] = apart) -> Callable[[Random], Case]:
    return lambda random: Case(op, [draw(random, lengths(random, int(random.integers(0, 4))))], (0,))


def scored(op: Op, asked: tuple[int, ...] = ()) -> Callable[[Random], Case]:
    def case(random: Random) -> Case:
        rows, classes = lengths(random, 2)
        return Case(op, [random.normal(0, 3, (rows, classes)), random.integers(0, classes, rows)], asked)

    return case


def targeted(
    op: Op, draw: Callable[[Random, Shape], Array], asked: tuple[int, ...] = ()
) -> Callable[[Random], Case]:
    def case(random: Random) -> Case:
        size = lengths(random, 2)
        return Case(op, [random.normal(0, 2, size), draw(random, size)], asked)

    return case


def unit(random: Random, size: Shape) -> Array:
    return np.asarray(random.uniform(0, 1, size))


def matrices(random: Random) -> Case:
    rows, inner, columns = lengths(random, 3)
    return Case(linear.MatMul(), [apart(random, (rows, inner)), apart(random, (inner, columns))], (0, 1))


def sums(random: Random) -> Case:
    rank = int(random.integers(0, 4))
    chosen = tuple(
        int(axis) - rank * int(random.integers(0, 2)) for axis in range(rank) if random.random() < 0.5
    )
    op = reduction.Sum(None if random.random() < 0.3 else chosen, bool(random.integers(0, 2)))
    return Case(op, [apart(random, lengths(random, rank))], (0,))


def reshaped(random: Random) -> Case:
    size = lengths(random, 3)
    return Case(shape.Reshape((size[0] * size[2], size[1])), [apart(random, size)], (0,))


def repeated(random: Random) -> Case:
    full = lengths(random, 3)
    given_shape = tuple(
        1 if random.random() < 0.5 else length for length in full[int(random.integers(0, 4)) :]
    )
    return Case(shape.BroadcastTo(full), [apart(random, given_shape)], (0,))


def relu_gradients(random: Random) -> Case:
    size = lengths(random, 2)
    return Case(elementwise.ReluGradient(), [apart(random, size), np.maximum(apart(random, size), 0)], (0,))


def cross_entropy_gradients(random: Random) -> Case:
    rows, classes = lengths(random, 2)
    inputs = [unit(random, (rows, classes)), random.integers(0, classes, rows), apart(random, ())]
    return Case(loss.SoftmaxCrossEntropyGradient(), inputs)


def signs(random: Random) -> Case:
    return Case(elementwise.Sign(), [random.integers(-1, 2, lengths(random, 2)).astype(float)])


EXAMPLES: dict[type[Op], Callable[[Random], Case]] = {
    elementwise.Add: pair(elementwise.Add()),
    elementwise.Subtract: pair(elementwise.Subtract()),
    elementwise.Multiply: pair(elementwise.Multiply()),
    elementwise.Divide: pair(elementwise.Divide()),
    elementwise.Square: single(elementwise.Square()),
    elementwise.Absolute: single(elementwise.Absolute()),
    elementwise.Sign: signs,
    elementwise.Exp: single(elementwise.Exp()),
    elementwise.Log: single(elementwise.Log(), lambda random, size: np.asarray(np.abs(apart(random, size)))),
    elementwise.Sigmoid: single(elementwise.Sigmoid()),
    elementwise.Tanh: single(elementwise.Tanh()),
    elementwise.Relu: single(elementwise.Relu()),
    elementwise.ReluGradient: relu_gradients,
    linear.MatMul: matrices,
    reduction.Sum: sums,
    shape.Reshape: reshaped,
    shape.Copy: single(shape.Copy()),
    shape.Transpose: lambda random: Case(shape.Transpose(), [apart(random, lengths(random, 2))], (0,)),
    shape.BroadcastTo: repeated,
    loss.Softmax: lambda random: Case(loss.Softmax(), [random.normal(0, 2, lengths(random, 2))], (0,)),
    loss.SoftmaxCrossEntropy: scored(loss.SoftmaxCrossEntropy(), (0,)),
    loss.SoftmaxCrossEntropyGradient: cross_entropy_gradients,
    loss.SigmoidCrossEntropy: targeted(loss.SigmoidCrossEntropy(), unit, (0,)),
    loss.ClassHits: scored(loss.ClassHits()),
    loss.SideHits: targeted(loss.SideHits(0.5), unit),
    loss.RowHits: targeted(loss.RowHits(), unit),
}

MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    elementwise.Add: (elementwise.Add(), ((2, 3), (2, 4))),
    elementwise.Subtract: (elementwise.Subtract(), ((2,), (3,))),
    elementwise.Multiply: (elementwise.Multiply(), ((5, 2), (4, 1, 3))),
    elementwise.Divide: (elementwise.Divide(), ((2, 3), (3, 2))),
    elementwise.ReluGradient: (elementwise.ReluGradient(), ((2, 3), (2, 4))),
    linear.MatMul: (linear.MatMul(), ((2, 3), (4, 5))),
    reduction.Sum: (reduction.Sum((2,)), ((4, 5),)),
    shape.Reshape: (shape.Reshape((7,)), ((2, 3),)),
    shape.Transpose: (shape.Transpose(), ((2, 3, 4),)),
    shape.BroadcastTo: (shape.BroadcastTo((3, 4)), ((2, 4),)),
    loss.Softmax: (loss.Softmax(), ((),)),
    loss.SoftmaxCrossEntropy: (loss.SoftmaxCrossEntropy(), ((4, 3), (5,))),
    loss.SoftmaxCrossEntropyGradient: (loss.SoftmaxCrossEntropyGradient(), ((4, 3), (5,), ())),
    loss.SigmoidCrossEntropy: (loss.SigmoidCrossEntropy(), ((4, 1), (4,))),
    loss.ClassHits: (loss.ClassHits(), ((4, 3), (5,))),
    loss.SideHits: (loss.SideHits(0.5), ((4, 1), (4, 2))),
    loss.RowHits: (loss.RowHits(), ((4, 3), (4, 2))),
}
DIFFERENTIABLE = [op for op, case in EXAMPLES.items() if case(np.random.default_rng(0)).asked]
TAKES_ANY_SHAPE = {
    getattr(elementwise, name)
    for name in ("Square", "Absolute", "Sign", "Exp", "Log", "Sigmoid", "Tanh", "Relu")
} | {noise.KeepMask, shape.Copy}

ops = pytest.mark.parametrize("op", op_classes(), ids=lambda op: op.__name__)
known_ops = pytest.mark.parametrize("op", list(EXAMPLES), ids=lambda op: op.__name__)
several = settings(deadline=None, max_examples=20)


def leaves(case: Case) -> list[Tensor]:
    return [
        placeholder(f"input {place}", array.shape, "index" if array.dtype == np.int64 else "float")
        for place, array in enumerate(case.inputs)
    ]


@ops
def test_every_op_is_in_the_tables_of_this_file(op: type[Op]) -> None:
    assert op in RANDOM or (op in EXAMPLES and op in HAVE_FORMULA)
    assert (op in MISFITS) != (op in TAKES_ANY_SHAPE)


@known_ops
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@several
@given(seed=seeds)
def test_kernel_equals_the_plain_formula(
    op: type[Op], dtype: type[np.float32] | type[np.float64], tolerance: float, seed: int
) -> None:
    case = EXAMPLES[op](np.random.default_rng(seed))
    given_nodes = leaves(case)
    output = apply(case.op, *given_nodes)
    program = compile_program({"output": output}, dtype=dtype)
    for node, array in zip(given_nodes, case.inputs, strict=True):
        program.inputs[node.name][...] = array
    exact = [program.inputs[node.name].astype(np.float64) for node in given_nodes]
    exact = [
        each if node.dtype == "float" else each.astype(np.int64)
        for each, node in zip(exact, given_nodes, strict=True)
    ]
    program.run()
    expected = value(case.op, *exact)
    assert program.outputs["output"].shape == output.shape == expected.shape
    np.testing.assert_allclose(program.outputs["output"], expected, tolerance, tolerance)


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.__name__)
@several
@given(seed=seeds)
def test_gradient_equals_finite_differences(op: type[Op], seed: int) -> None:
    random = np.random.default_rng(seed)
    case = EXAMPLES[op](random)
    given_nodes = leaves(case)
    output = apply(case.op, *given_nodes)
    values = dict(zip(given_nodes, case.inputs, strict=True))
    asked = tuple(given_nodes[place] for place in case.asked)
    errors = gradient_errors(output, values, asked, random)
    assert max(errors.values()) <= 1e-6, errors


@pytest.mark.parametrize("op", list(MISFITS), ids=lambda op: op.__name__)
def test_shapes_that_do_not_fit_are_refused_with_a_sentence(op: type[Op]) -> None:
    misfit, shapes = MISFITS[op]
    with pytest.raises(ShapeError) as refusal:
        apply(misfit, *(placeholder("x", size) for size in shapes))
    assert len(str(refusal.value).split()) >= 4


@ops
def test_formula_and_cost_can_be_told(op: type[Op]) -> None:
    random = np.random.default_rng(0)
    case = EXAMPLES[op](random) if op in EXAMPLES else Case(noise.KeepMask(0.25), [np.ones((2, 3))])
    node = apply(case.op, *leaves(case))
    assert node.op.formula(*(each.name for each in node.inputs))
    assert node.op.flops(node) >= 0


def test_sigmoid_and_losses_stand_enormous_numbers() -> None:
    huge = np.array([[-1e4, 0.0, 1e4]])
    z, t = placeholder("z", (1, 3)), placeholder("t", (1, 3))
    label = placeholder("label", (1,), "index")
    outputs = {
        "sigmoid": apply(elementwise.Sigmoid(), z),
        "softmax": apply(loss.Softmax(), z),
        "binary": apply(loss.SigmoidCrossEntropy(), z, t),
        "categorical": apply(loss.SoftmaxCrossEntropy(), z, label),
    }
    program = compile_program(outputs)
    program.inputs["z"][...] = huge
    program.inputs["t"][...] = [[1, 1, 0]]
    program.run()
    np.testing.assert_array_equal(program.outputs["sigmoid"], [[0, 0.5, 1]])
    np.testing.assert_array_equal(program.outputs["softmax"], [[0, 0, 1]])
    assert float(program.outputs["categorical"]) == 2e4
    assert float(program.outputs["binary"]) == pytest.approx((2e4 + np.log(2)) / 3)


def test_dropout_mask_keeps_the_mean_and_is_new_in_every_run() -> None:
    x = placeholder("x", (200, 500))
    mask = apply(noise.KeepMask(0.2), x)
    program = compile_program({"mask": mask, "sum": mask + x}, noise=np.random.default_rng(3))
    program.run()
    first = program.outputs["mask"].copy()
    program.run()
    assert set(np.unique(first)) == {0, np.float32(1.25)}
    assert first.mean() == pytest.approx(1, abs=0.01)
    assert (first != program.outputs["mask"]).any()


def test_two_dropout_masks_of_the_same_rate_differ() -> None:
    x = placeholder("x", (8, 8))
    program = compile_program({name: apply(noise.KeepMask(0.5), x) for name in "ab"})
    program.run()
    assert (program.outputs["a"] != program.outputs["b"]).any()
