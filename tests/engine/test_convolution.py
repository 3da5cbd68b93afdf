"""Convolution on images too large for one block, on inputs that lie in odd ways, and its refusals."""

import tracemalloc
from math import prod

import numpy as np
import pytest

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, Op, Shape, ShapeError, apply, placeholder
from neuralstudio.engine.ops.convolution import (
    Convolution,
    ConvolutionInputGradient,
    ConvolutionKernelGradient,
    Sweep,
)
from neuralstudio.engine.ops.shape import BroadcastTo
from neuralstudio.engine.program import Program
from tests.engine.families.convolution import FORMULAS

SWEEPS = {
    "plain": Sweep(),
    "padded": Sweep(padding=(1, 2, 0, 3)),
    "strided": Sweep((2, 3), (1, 1, 2, 2)),
    "dilated": Sweep(dilation=(3, 2)),
    "grouped": Sweep(padding=(1, 1, 1, 1), groups=2),
    "depthwise": Sweep((2, 1), (1, 1, 1, 1), groups=12),
}
sweeps = pytest.mark.parametrize("sweep", list(SWEEPS.values()), ids=list(SWEEPS))


def three_ops(sweep: Sweep, image: Shape, kernel: Shape) -> list[tuple[Op, tuple[Shape, Shape]]]:
    """Convolution and its two gradients, with the shapes of their inputs."""
    output = sweep.output(image, kernel)
    return [
        (Convolution(sweep), (image, kernel)),
        (ConvolutionInputGradient(sweep, (image[1], image[2])), (output, kernel)),
        (ConvolutionKernelGradient(sweep, (kernel[0], kernel[1])), (image, output)),
    ]


def compiled(op: Op, shapes: tuple[Shape, Shape]) -> tuple[Program, list[Array]]:
    """A program of one op, with random inputs in place."""
    nodes = [placeholder(f"input {place}", shape) for place, shape in enumerate(shapes)]
    program = compile_program({"y": apply(op, *nodes)}, dtype=np.float64)
    random = np.random.default_rng(4)
    for node in nodes:
        program.inputs[node.name][...] = random.normal(size=node.shape)
    return program, [program.inputs[node.name] for node in nodes]


@sweeps
@pytest.mark.parametrize(
    "image", [(1, 150, 70, 12), (70, 18, 9, 12)], ids=["a few rows at a time", "a few images at a time"]
)
def test_block_by_block_gives_the_same_numbers(sweep: Sweep, image: Shape) -> None:
    kernel = (3, 4, 12 // sweep.groups, 12)
    small = three_ops(sweep, (1, 12, 12, 12), kernel)
    for (op, shapes), one_block in zip(three_ops(sweep, image, kernel), small, strict=True):
        program, arrays = compiled(op, shapes)
        assert program.describe().calls > compiled(*one_block)[0].describe().calls, "all in one block"
        for _ in range(2):  # what the first run leaves behind must not matter
            program.run()
        np.testing.assert_allclose(program.outputs["y"], FORMULAS[type(op)](op, *arrays), 1e-10, 1e-10)


@sweeps
def test_inputs_may_be_repeated_numbers_that_do_not_lie_side_by_side(sweep: Sweep) -> None:
    image, kernel = (2, 9, 10, 12), (3, 4, 12 // sweep.groups, 12)
    for op, shapes in three_ops(sweep, image, kernel):
        numbers = [placeholder(name, (1,)) for name in "ab"]
        wide = [apply(BroadcastTo(shape), each) for shape, each in zip(shapes, numbers, strict=True)]
        program = compile_program({"y": apply(op, *wide)}, dtype=np.float64)
        program.inputs["a"][...], program.inputs["b"][...] = 2, 0.5
        program.run()
        expected = FORMULAS[type(op)](op, np.full(shapes[0], 2.0), np.full(shapes[1], 0.5))
        np.testing.assert_allclose(program.outputs["y"], expected, 1e-12)


@sweeps
def test_no_array_is_allocated_while_it_runs(sweep: Sweep) -> None:
    image = (8, 20, 20, 12)
    for op, shapes in three_ops(sweep, image, (3, 4, 12 // sweep.groups, 12)):
        program, _ = compiled(op, shapes)
        program.run()
        tracemalloc.start()
        program.run()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # NumPy's iterators take short buffers for themselves; a block of the image would be larger.
        assert peak < prod(image), f"{op}: {peak} bytes"


@pytest.mark.parametrize(
    ("sweep", "image", "kernel", "words"),
    [
        (Sweep(), (1, 4, 9, 1), (5, 5, 1, 2), "a kernel of 5×5 is larger than the image of 4×9"),
        (Sweep(dilation=(4, 1)), (1, 8, 8, 1), (3, 3, 1, 2), "9×3 is larger than the image of 8×8"),
        (Sweep(), (1, 1, 5, 1), (1, 9, 1, 2), "a kernel of 9 steps is longer than the 5 there are"),
        (Sweep(groups=2), (1, 8, 8, 3), (3, 3, 1, 2), "3 channels cannot be divided into 2 groups"),
        (Sweep(groups=3), (1, 8, 8, 3), (3, 3, 1, 4), "4 filters cannot be divided into 3 groups"),
        (Sweep(), (1, 8, 8, 3), (3, 3, 2, 4), "needs 2 channels, but the image has 3"),
        (Sweep(), (8, 8, 3), (3, 3, 3, 4), "do not fit together"),
    ],
)
def test_what_does_not_fit_is_said_with_its_sizes(
    sweep: Sweep, image: Shape, kernel: Shape, words: str
) -> None:
    with pytest.raises(ShapeError, match=words):
        apply(Convolution(sweep), placeholder("x", image), placeholder("kernel", kernel))
