"""Clipping: equal to PyTorch's, in place, and without effect on a gradient that is within the limit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.clipping import CLIPPINGS, ClipByNorm, ClipByValue, ClippingKind, NoClipping
from neuralstudio.engine.graph import Array

PRECISIONS = [(np.float32, 1e-5), (np.float64, 1e-10)]


def clipped(clipping: ClippingKind, gradients: list[Array]) -> list[Array]:
    arrays = [gradient.copy() for gradient in gradients]
    for function, arguments in clipping.calls(arrays):
        function(*arguments)
    return arrays


def peer(clipping: ClippingKind, gradients: list[Array]) -> list[Array]:
    torch = pytest.importorskip("torch")
    weights = [torch.zeros(len(gradient), requires_grad=True, dtype=torch.float64) for gradient in gradients]
    for index, gradient in enumerate(gradients):
        weights[index] = torch.tensor(gradient * 0, requires_grad=True)
        weights[index].grad = torch.tensor(gradient)
    match clipping:
        case ClipByNorm():
            torch.nn.utils.clip_grad_norm_(weights, clipping.maximum)
        case ClipByValue():
            torch.nn.utils.clip_grad_value_(weights, clipping.limit)
    return [weight.grad.numpy() for weight in weights]


limits = st.floats(1e-3, 1e3)
kinds: st.SearchStrategy[ClippingKind] = st.one_of(
    st.just(NoClipping()), st.builds(ClipByNorm, limits), st.builds(ClipByValue, limits)
)


@pytest.mark.peers
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@given(
    clipping=kinds, lengths=st.lists(st.integers(1, 50), min_size=1, max_size=4), scale=limits, seed=limits
)
@settings(max_examples=60, deadline=None)
def test_clipped_gradients_equal_pytorch(
    dtype: Any, tolerance: float, clipping: ClippingKind, lengths: list[int], scale: float, seed: float
) -> None:
    draw = np.random.default_rng(int(seed * 1000))
    gradients = [draw.normal(0, scale, length).astype(dtype) for length in lengths]
    for ours, theirs in zip(clipped(clipping, gradients), peer(clipping, gradients), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance)


@given(clipping=kinds)
def test_a_gradient_within_the_limit_is_left_as_it_is(clipping: ClippingKind) -> None:
    gradients = [np.array([3e-4, -4e-4]), np.zeros(3)]
    for ours, before in zip(clipped(clipping, gradients), gradients, strict=True):
        np.testing.assert_array_equal(ours, before)


@given(maximum=limits, scale=st.floats(1, 1e6))
def test_a_long_gradient_gets_the_largest_norm_and_keeps_its_direction(maximum: float, scale: float) -> None:
    gradient = np.array([3.0, -4.0]) * maximum * scale
    (short,) = clipped(ClipByNorm(maximum), [gradient])
    np.testing.assert_allclose(short, np.array([0.6, -0.8]) * maximum, rtol=2e-3)
    assert np.linalg.norm(short) <= maximum * (1 + 1e-12)


@pytest.mark.parametrize("kind", CLIPPINGS, ids=lambda kind: kind.tag())
def test_what_is_not_a_number_stays_visible(kind: type[ClippingKind]) -> None:
    (result,) = clipped(kind(), [np.array([np.nan, 1.0])])
    assert np.isnan(result[0])


@pytest.mark.parametrize("kind", CLIPPINGS, ids=lambda kind: kind.tag())
def test_nothing_to_clip_is_no_trouble(kind: type[ClippingKind]) -> None:
    assert clipped(kind(), []) == []
