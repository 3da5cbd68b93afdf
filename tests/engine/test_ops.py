"""Every op: its kernel against a plain formula, its gradient against finite differences, its refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Op, ShapeError, Tensor, apply, placeholder
from neuralstudio.engine.ops import elementwise, loss, noise
from tests.engine.families._base import Case
from tests.engine.formulas import (
    EXAMPLES,
    FORMULAS,
    MISFITS,
    RANDOM,
    STRAIGHT_THROUGH,
    TAKES_ANY_SHAPE,
    op_classes,
    value,
)
from tests.engine.gradients import gradient_errors

seeds = st.integers(0, 2**32 - 1)
DIFFERENTIABLE = [
    op
    for op, case in EXAMPLES.items()
    if case(np.random.default_rng(0)).asked and op not in RANDOM | STRAIGHT_THROUGH
]

ops = pytest.mark.parametrize("op", op_classes(), ids=lambda op: op.__name__)
known_ops = pytest.mark.parametrize(
    "op", [op for op in EXAMPLES if op not in RANDOM], ids=lambda op: op.__name__
)
several = settings(deadline=None, max_examples=20)


def leaves(case: Case) -> list[Tensor]:
    return [
        placeholder(f"input {place}", array.shape, "index" if array.dtype == np.int64 else "float")
        for place, array in enumerate(case.inputs)
    ]


@ops
def test_every_op_has_an_example_and_a_formula_in_its_family(op: type[Op]) -> None:
    assert op in EXAMPLES
    assert op in RANDOM or op in FORMULAS
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
    case = EXAMPLES[op](np.random.default_rng(0))
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
