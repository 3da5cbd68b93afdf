"""The sets of points in the plane follow their formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.data._base import Data, Samples
from neuralstudio.data.sets._base import BLUE, ORANGE, PlaneSet
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.gaussian import Gaussian
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.data.sets.xor import Xor

every_set = pytest.mark.parametrize("kind", [Circle, Xor, Gaussian, Spiral])


def whole(data: Data) -> Samples:
    inputs = np.concatenate((data.train.inputs, data.test.inputs)).astype(np.float32, copy=False)
    targets = np.concatenate((data.train.targets, data.test.targets)).astype(np.int64, copy=False)
    return Samples(inputs, targets)


@every_set
@settings(deadline=None, max_examples=30)
@given(
    count=st.integers(10, 300),
    noise=st.integers(0, 50),
    share=st.integers(10, 90),
    seed=st.integers(0, 2**32),
)
def test_counts_and_types_are_as_declared(
    kind: type[PlaneSet], count: int, noise: int, share: int, seed: int
) -> None:
    data = kind(count=count, noise=noise, share=share).load(seed)
    assert len(data.train) == count * share // 100
    assert len(data.train) + len(data.test) == count
    assert len(data.validation) == 0
    assert data.train.inputs.shape[1:] == data.signature.input_shape
    assert data.train.inputs.dtype == np.float32
    assert data.train.targets.dtype == np.int64
    assert set(whole(data).targets) <= {ORANGE, BLUE}


@every_set
def test_the_same_seed_gives_the_same_bits_and_another_does_not(kind: type[PlaneSet]) -> None:
    first, again, other = (kind(noise=20).load(seed) for seed in (5, 5, 6))
    assert first.train.inputs.tobytes() == again.train.inputs.tobytes()
    assert first.test.targets.tobytes() == again.test.targets.tobytes()
    assert first.train.inputs.tobytes() != other.train.inputs.tobytes()


@every_set
def test_the_share_changes_the_split_but_not_the_points(kind: type[PlaneSet]) -> None:
    small, large = (whole(kind(share=share).load(0)) for share in (10, 90))
    np.testing.assert_array_equal(small.inputs, large.inputs)


@every_set
def test_classes_are_mixed_in_both_parts(kind: type[PlaneSet]) -> None:
    data = kind().load(0)
    for part in (data.train, data.test):
        assert 0.35 < part.targets.mean() < 0.65


def test_classes_are_orange_then_blue() -> None:
    assert Circle().signature.classes == ("orange", "blue")
    assert (ORANGE, BLUE) == (0, 1)


def test_circle_is_a_blue_disc_within_an_orange_ring() -> None:
    samples = whole(Circle(count=2000).load(0))
    radius = np.hypot(*samples.inputs.astype(float).T)
    is_blue = samples.targets == BLUE
    assert is_blue.sum() == 1000
    assert radius[is_blue].max() < 2.5
    assert radius[~is_blue].min() >= 3.5 - 1e-6
    assert radius.max() <= 5 + 1e-6
    assert 1.2 < radius[is_blue].mean() < 1.3


def test_circle_noise_changes_labels_but_not_places() -> None:
    samples = whole(Circle(count=2000, noise=50).load(0))
    radius = np.hypot(*samples.inputs.astype(float).T)
    assert not ((radius > 2.6) & (radius < 3.4)).any()
    is_wrong = (samples.targets == BLUE) != (radius < 2.5)
    assert 0.05 < is_wrong.mean() < 0.4


def test_xor_colours_by_the_sign_of_the_product_and_leaves_a_gap() -> None:
    samples = whole(Xor(count=2000).load(0))
    x, y = samples.inputs.T
    np.testing.assert_array_equal(samples.targets == BLUE, x * y >= 0)
    size = np.abs(samples.inputs)
    assert size.min() >= np.float32(0.3)
    assert 5 < size.max() <= np.float32(5.3)
    noisy = whole(Xor(count=2000, noise=50).load(0))
    is_wrong = (noisy.targets == BLUE) != (noisy.inputs.prod(axis=1) >= 0)
    assert 0.05 < is_wrong.mean() < 0.4


@pytest.mark.parametrize(("noise", "variance"), [(0, 0.5), (25, 2.25), (50, 4.0)])
def test_gaussian_clouds_have_their_centre_and_variance(noise: int, variance: float) -> None:
    samples = whole(Gaussian(count=10000, noise=noise).load(0))
    for colour, centre in ((BLUE, 2.0), (ORANGE, -2.0)):
        cloud = samples.inputs[samples.targets == colour]
        assert len(cloud) == 5000
        np.testing.assert_allclose(cloud.mean(axis=0), centre, atol=0.12)
        np.testing.assert_allclose(cloud.var(axis=0), variance, rtol=0.08)


def test_spiral_arms_follow_the_formula() -> None:
    samples = whole(Spiral(count=500).load(0))
    for colour, offset in ((BLUE, 0.0), (ORANGE, np.pi)):
        i = np.arange(250)
        r, t = i / 250 * 5, 1.75 * i / 250 * 2 * np.pi + offset
        expected = np.stack((r * np.sin(t), r * np.cos(t)), axis=1)
        arm = samples.inputs[samples.targets == colour]
        arm = arm[np.argsort(np.hypot(*arm.T))]
        np.testing.assert_allclose(arm, expected, atol=1e-5)


def test_spiral_noise_moves_each_coordinate_by_at_most_its_share() -> None:
    positions, _ = Spiral(noise=30).points(np.random.default_rng(0))
    clean, _ = Spiral(noise=0).points(np.random.default_rng(0))
    moved = np.abs(positions - clean)
    assert 0.25 < moved.max() <= 0.3


def test_an_odd_count_is_shared_out_completely() -> None:
    assert np.bincount(Spiral(count=11).points(np.random.default_rng(0))[1]).tolist() == [5, 6]
