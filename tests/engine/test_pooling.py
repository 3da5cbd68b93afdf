"""Pooling beyond its formulas: batches in pieces, gradients of what no window sees, ReLU and bias put off."""

import numpy as np
import pytest

from neuralstudio.engine import windows
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, ShapeError, Tensor, apply, parameter, placeholder
from neuralstudio.engine.ops.elementwise import Relu
from neuralstudio.engine.ops.pooling import AveragePool, MaxPool, max_over, max_pool, over_steps
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.windows import Window

OVERLAPPING = Window((3, 2), (2, 1), "same")
TILES = Window((2, 2), (2, 2))
both = pytest.mark.parametrize("window", [TILES, OVERLAPPING], ids=["tiles", "overlapping"])


def results(x: Tensor, y: Tensor, image: Array, extra: dict[Tensor, Array] | None = None) -> list[Array]:
    """y, and the gradients of Σ y·w (random w) by x and by the other leaves."""
    weighting = placeholder("weighting", y.shape)
    loss = apply(Sum(), y * weighting)
    values = {x: image} | (extra or {})
    arrays = {id(leaf): array for leaf, array in values.items()}
    arrays[id(weighting)] = np.random.default_rng(1).normal(size=y.shape).astype(image.dtype)
    written = [np.full(leaf.shape, np.nan, image.dtype) for leaf in values]
    nodes = gradients(loss, tuple(values))
    destinations = [(node, into) for node, into in zip(nodes, written, strict=True) if node is not None]
    program = compile_program({"y": y}, arrays, destinations, dtype=image.dtype.type)
    program.run()
    return [program.outputs["y"].copy(), *written]


@both
@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
def test_a_batch_in_pieces_gives_the_same_numbers(
    kind: type[MaxPool] | type[AveragePool], window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.random.default_rng(0).normal(size=(5, 7, 6, 3))
    x = placeholder("x", image.shape)
    y = apply(kind(window), x)
    whole = results(x, y, image)
    for samples in (1, 2):
        monkeypatch.setattr(windows, "BLOCK_BYTES", samples * image[0].nbytes)
        for in_pieces, at_once in zip(results(x, y, image), whole, strict=True):
            np.testing.assert_array_equal(in_pieces, at_once)


@both
def test_the_gradient_of_equal_numbers_goes_to_one_of_them_only(window: Window) -> None:
    image = np.zeros((2, 7, 6, 3))
    x = placeholder("x", image.shape)
    _, gradient = results(x, apply(MaxPool(window), x), image)
    weighting = np.random.default_rng(1).normal(size=window.pooled(image.shape))
    np.testing.assert_allclose(gradient.sum((1, 2)), weighting.sum((1, 2)))
    assert np.count_nonzero(gradient) <= weighting.size


def test_what_no_window_sees_has_no_gradient() -> None:
    image = np.random.default_rng(0).normal(size=(3, 11, 9, 4))
    x = placeholder("x", image.shape)
    for kind in (MaxPool, AveragePool):
        _, gradient = results(x, apply(kind(TILES), x), image)
        assert not gradient[:, 10].any()
        assert not gradient[:, :, 8].any()
        assert gradient[:, :10, :8].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_global", [False, True], ids=["windows", "global"])
def test_bias_and_relu_after_the_maximum_give_the_same_numbers_as_before_it(
    is_global: bool, dtype: type[np.floating]
) -> None:
    random = np.random.default_rng(4)
    image, shift = (random.normal(size=size).astype(dtype) for size in ((4, 7, 8, 5), (5,)))
    x, bias = placeholder("x", image.shape), parameter("bias", (5,))
    active = apply(Relu(), x + bias)
    usual = apply(MaxPool(Window((7, 8), (7, 8)) if is_global else OVERLAPPING), active)
    ours = max_over(active) if is_global else max_pool(active, OVERLAPPING)
    assert isinstance(ours.op, Relu)
    theirs = results(x, usual, image, {bias: shift})
    found = results(x, ours, image, {bias: shift})
    np.testing.assert_array_equal(found[0].ravel(), theirs[0].ravel())
    if not is_global:  # another shape of output, other random weights
        np.testing.assert_allclose(found[1], theirs[1], 1e-6, 1e-6)
        np.testing.assert_allclose(found[2], theirs[2], 1e-4, 1e-4)


def test_tokens_are_not_pooled() -> None:
    with pytest.raises(ShapeError, match="Embedding"):
        over_steps(placeholder("x", (4, 8), "index"), "Max pool 1D")
