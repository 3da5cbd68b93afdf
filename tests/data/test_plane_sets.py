"""The sets of points in the plane follow their formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.data._base import Data, Samples
from neuralstudio.data.sets._base import BLUE, COLOURS, ORANGE, PlaneSet
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.gaussian import Gaussian
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.painted import MOST, Painted, Point
from neuralstudio.data.sets.plane import Plane
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.data.sets.xor import Xor
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError

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


# ── numbers to predict ───────────────────────────────────────────────────────────────────────────────

numbers = pytest.mark.parametrize("kind", [Plane, MultiGaussian])


def targets(data: Data) -> np.ndarray:
    return np.concatenate((data.train.targets, data.test.targets))[:, 0]


def places(data: Data) -> np.ndarray:
    return np.concatenate((data.train.inputs, data.test.inputs)).astype(np.float64)


@numbers
def test_a_set_of_numbers_has_1200_points_and_one_number_for_each(kind: type[PlaneSet]) -> None:
    dataset = kind()
    data = dataset.load(1)
    assert (dataset.count, dataset.noise, dataset.share) == (1200, 0, 50)
    assert (len(data.train), len(data.test), len(data.validation)) == (600, 600, 0)
    assert data.signature.task == "regression"
    assert data.train.targets.shape == (600, 1)
    assert data.train.inputs.dtype == np.float32
    assert data.train.targets.dtype == np.float32
    assert 5.9 < np.abs(places(data)).max() <= 6
    truth = dataset.truth(data.train.inputs)
    assert truth is not None
    assert np.abs(truth - data.train.targets).max() < 1e-6


@numbers
def test_noise_changes_numbers_but_not_places_and_stays_within_its_bounds(kind: type[PlaneSet]) -> None:
    clean, noisy = (replaced(kind(), noise=noise).load(7) for noise in (0, 25))
    # The draw of places comes first, so that they are the same.
    np.testing.assert_array_equal(places(clean), places(noisy))
    moved = np.abs(targets(noisy) - targets(clean))
    assert moved.mean() > 0.05
    assert moved.max() <= (0.3 if kind is Plane else 2)


def test_the_plane_rises_by_a_tenth_in_both_directions() -> None:
    data = Plane().load(2)
    np.testing.assert_allclose(targets(data), places(data).sum(axis=1) / 10, atol=1e-6)


def test_multi_gaussian_has_six_cones_of_radius_two_with_turning_signs() -> None:
    data = MultiGaussian(count=10000).load(2)
    where, value = places(data), targets(data)
    meant = np.zeros(len(where))
    for x, y, sign in ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)):
        height = sign * np.clip(1 - np.hypot(where[:, 0] - x, where[:, 1] - y) / 2, 0, 1)
        meant = np.where(np.abs(height) > np.abs(meant), height, meant)
    np.testing.assert_allclose(value, meant, atol=1e-5)
    assert 0.4 < (value == 0).mean() < 0.6, "the cones cover about half of the area"


# ── painted points ───────────────────────────────────────────────────────────────────────────────────

points_lists = st.lists(
    st.tuples(st.floats(-6, 6), st.floats(-6, 6), st.integers(0, 9)), min_size=0, max_size=60
).map(tuple)


@settings(deadline=None, max_examples=150)
@given(points=points_lists, share=st.integers(10, 90), seed=st.integers(0, 2**32))
def test_painted_points_are_all_used_and_each_colour_is_learnt_from(
    points: tuple[Point, ...], share: int, seed: int
) -> None:
    painted = replaced(Painted(), points=points, share=share)
    colours = [colour for _, _, colour in points]
    try:
        data = painted.load(seed)
    except ProblemError:
        refused = len(points) < 4 or len(set(colours)) < 2 or len(set(colours)) == len(colours)
        assert refused
        return
    assert set(data.train.targets.tolist()) == set(colours)
    assert len(data.test) > 0
    samples = whole(data)
    found = sorted(
        (x, y, colour)
        for (x, y), colour in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True)
    )
    assert found == sorted((float(np.float32(x)), float(np.float32(y)), colour) for x, y, colour in points)
    assert data.signature == painted.signature
    assert data.signature.classes == COLOURS[: max(colours) + 1]


def test_the_share_of_each_colour_is_learnt_from() -> None:
    points = tuple((0.1 * i - 3, 0.0, i % 3) for i in range(60))
    data = Painted(points=points, share=30).load(1)
    assert np.bincount(data.train.targets).tolist() == [6, 6, 6]
    assert np.bincount(data.test.targets.astype(np.int64)).tolist() == [14, 14, 14]


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ((), "No points are painted yet"),
        (((0, 0, 2),), "The only point is green"),
        (((0, 0, 2),) * 5, "All 5 points are green"),
        (((0, 0, 2), (1, 1, 0)), "There are 2 points, and a network needs at least 4"),
        (((0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)), "Every colour has a single point"),
    ],
)
def test_too_few_painted_points_are_told_in_a_sentence(points: tuple[Point, ...], sentence: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        Painted(points=points).load(0)
    (problem,) = refusal.value.problems
    assert problem.what.startswith(sentence)
    assert problem.remedy
    assert problem.field == "points"


@pytest.mark.parametrize(
    "point", [(6.1, 0, 0), (0, -6.1, 0), (0, 0, 10), (0, 0, -1), (float("nan"), 0, 0), (0, 0), ("a", 0, 0)]
)
def test_a_point_outside_the_area_or_of_no_colour_is_refused(point: object) -> None:
    with pytest.raises(ProblemError, match="at most 5,000 points"):
        replaced(Painted(), points=(point,))


def test_more_than_five_thousand_points_are_refused() -> None:
    assert len(replaced(Painted(), points=((0.0, 0.0, 0),) * MOST).points) == 5000
    with pytest.raises(ProblemError, match="at most 5,000 points") as refusal:
        replaced(Painted(), points=((0.0, 0.0, 0),) * (MOST + 1))
    assert len(str(refusal.value)) < 500
