"""The one numeric gradient checker: central differences in float64, used by the tests of ops and layers."""

from collections.abc import Callable, Mapping

import numpy as np

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Tensor, apply, placeholder
from neuralstudio.engine.ops.reduction import Sum


def numeric_gradient(loss: Callable[[], float], weight: Array, step: float = 1e-5) -> Array:
    """(f(w + h) − f(w − h)) / 2h for each number of ``weight`` (changed in place and put back)."""
    result = np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        before = weight[place]
        weight[place] = before + step
        above = loss()
        weight[place] = before - step
        below = loss()
        weight[place] = before
        result[place] = (above - below) / (2 * step)
    return result


def relative_error(a: Array, b: Array) -> float:
    """Largest |a − b|, relative to the largest magnitude in either (never less than 1e-8)."""
    scale = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)), 1e-8)
    return float(np.abs(a - b).max(initial=0.0)) / scale


def gradient_errors(
    output: Tensor,
    values: Mapping[Tensor, Array],
    asked: tuple[Tensor, ...],
    random: np.random.Generator,
    before_each: Callable[[np.random.Generator], object] = id,
) -> dict[str, float]:
    """Relative error of the gradient of Σ w·output (random w) for each leaf ``asked`` about, by its name.

    ``values`` has the array of every leaf: float64, or int64 for labels. ``before_each`` gets the program's
    noise stream before each run, to make random numbers come again.
    """
    weighting = placeholder("weighting", output.shape)
    loss = apply(Sum(), output * weighting)
    arrays = {id(leaf): array for leaf, array in values.items()}
    arrays[id(weighting)] = random.uniform(0.5, 1.5, output.shape)
    exact = gradients(loss, asked)
    assert all(each is not None for each in exact), "no gradient reaches a leaf"
    written = [np.full(leaf.shape, np.nan) for leaf in asked]
    destinations = [(node, into) for node, into in zip(exact, written, strict=True) if node is not None]
    noise = np.random.default_rng(0)
    program = compile_program({"loss": loss}, arrays, destinations, dtype=np.float64, noise=noise)

    def run() -> float:
        before_each(noise)
        program.run()
        return float(program.outputs["loss"])

    run()
    found = [array.copy() for array in written]
    return {
        leaf.name: relative_error(gradient, numeric_gradient(run, values[leaf]))
        for leaf, gradient in zip(asked, found, strict=True)
    }
