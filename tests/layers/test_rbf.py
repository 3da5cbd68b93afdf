"""Radial units: their answer, their start among the data, and awkward data."""

import tracemalloc
from collections.abc import Mapping

import numpy as np
import pytest

from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.activations import Linear, Softmax
from neuralstudio.engine.clustering import k_means, neighbour_distances
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, ShapeError, placeholder
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.layers._base import Scope
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.rbf import RBF
from neuralstudio.network.begin import begin
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack

GROUPS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 20.0], [-15.0, -15.0]])


def stream(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def samples(seed: int = 7) -> Array:
    """400 points in four groups of deviation 0.5."""
    return np.repeat(GROUPS, 100, 0) + stream(seed).normal(0, 0.5, (400, 2))


def answers(centres: Array, log_widths: Array, x: Array) -> Array:
    scope = Scope("rbf", is_training=False)
    y = RBF(units=len(centres)).build(placeholder("x", x.shape), scope)
    weights = zip(scope.weights.values(), (centres, log_widths), strict=True)
    program = compile_program({"y": y}, {id(w): array.astype(np.float32) for w, array in weights})
    program.inputs["x"][...] = x
    program.run()
    return program.outputs["y"].copy()


@pytest.mark.parametrize("inputs", [2, 30])
def test_a_unit_answers_one_at_its_centre_and_falls_off_with_the_distance(inputs: int) -> None:
    centres = stream().normal(0, 1, (1, inputs))
    aside = np.zeros(inputs)
    aside[0] = 3
    y = answers(centres, np.log([2.0]), np.stack([centres[0], centres[0] + aside]))
    np.testing.assert_allclose(y[:, 0], [1, np.exp(-9 / 8)], 1e-5)
    assert y.max() <= 1


def test_on_the_plane_narrow_units_far_from_zero_are_exact() -> None:
    y = answers(np.array([[1000.0, 1000.0]]), np.log([0.5]), np.array([[1000.5, 1000.0]]))
    np.testing.assert_allclose(y, np.exp(-0.5), 1e-6)


def test_an_image_is_refused() -> None:
    with pytest.raises(ShapeError, match="RBF needs a flat input, but gets 5×4"):
        RBF().build(placeholder("x", (2, 5, 4)), Scope("rbf", is_training=True))


def test_centres_begin_amid_the_groups_and_widths_reach_to_the_neighbours() -> None:
    start = RBF(units=4).begin(samples(), stream())
    order = np.lexsort(start["centres"].round().T)
    expected = GROUPS[np.lexsort(GROUPS.T)]
    np.testing.assert_allclose(start["centres"][order], expected, atol=0.3)
    distances = np.sort(np.linalg.norm(GROUPS[:, None] - GROUPS, axis=-1), 1)[np.lexsort(GROUPS.T)]
    widths = np.exp(start["log_widths"])[order]
    np.testing.assert_allclose(widths, distances[:, 1:3].mean(1), rtol=0.05)


def test_the_start_has_the_shapes_of_the_weights_and_random_has_none() -> None:
    scope = Scope("rbf", is_training=True)
    RBF(units=9).build(placeholder("x", (1, 2)), scope)
    start = RBF(units=9).begin(samples(), stream())
    assert {f"rbf/{name}": value.shape for name, value in start.items()} == {
        name: weight.shape for name, weight in scope.weights.items()
    }
    assert RBF().begins_with_data
    assert not RBF(start="random").begins_with_data


def test_the_same_stream_gives_the_same_centres() -> None:
    first, second, other = (k_means(samples(), 6, stream(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_every_centre_is_the_mean_of_the_samples_nearest_to_it() -> None:
    points = stream(3).uniform(-1, 1, (150, 3))
    centres = k_means(points, 5, stream())
    nearest = np.linalg.norm(points[:, None] - centres, axis=-1).argmin(1)
    means = np.array([points[nearest == place].mean(0) for place in range(5)])
    np.testing.assert_allclose(centres, means, atol=1e-12)


@pytest.mark.parametrize(
    "given",
    [
        np.zeros((3, 2)),
        np.array([[1.0, 2.0]]),
        np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]]),
        np.array([[np.nan, 1.0], [5.0, 6.0]]),
        np.full((4, 2), 1e6),
    ],
    ids=["all equal", "one sample", "two different ones", "a NaN", "far away"],
)
@pytest.mark.parametrize("units", [1, 5])
def test_awkward_data_give_finite_centres_of_which_no_two_are_equal(given: Array, units: int) -> None:
    start = RBF(units=units).begin(given, stream())
    assert all(np.isfinite(each).all() for each in start.values())
    assert len(np.unique(start["centres"], axis=0)) == units


def test_as_many_units_as_samples_begin_one_at_each() -> None:
    points = stream(3).normal(0, 1, (50, 3)).astype(np.float32)
    centres = k_means(points, 50, stream())
    np.testing.assert_allclose(np.sort(centres, 0), np.sort(points, 0), 1e-6, 1e-6)


def test_many_units_begin_at_different_places_in_any_precision() -> None:
    points = stream(3).integers(0, 30, (1500, 2)).astype(np.float32)  # many are equal
    centres = k_means(points, 300, stream())
    assert len(np.unique(centres, axis=0)) == 300
    widths = neighbour_distances(centres, points)
    apart = np.linalg.norm(centres[:, None] - centres, axis=-1)
    np.testing.assert_allclose(widths, np.sort(apart, 1)[:, 1:3].mean(1), 1e-9)


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_tiny_and_huge_numbers_are_grouped_all_the_same(scale: float) -> None:
    centres = k_means((samples() * scale).astype(np.float32), 4, stream())
    order = np.lexsort((centres / scale).round().T)
    np.testing.assert_allclose(centres[order] / scale, GROUPS[np.lexsort(GROUPS.T)], atol=0.3)


def test_samples_behind_a_wide_layer_are_fewer_and_leave_no_program_behind() -> None:
    shown: list[tuple[int, ...]] = []

    class Seeing(RBF, tag="seeing"):
        def begin(self, inputs: Array, random: np.random.Generator) -> Mapping[str, Array]:
            shown.append(inputs.shape)
            return super().begin(inputs, random)

    spec = stack(
        Conv2D(filters=16, kernel_size=1), Flatten(), Seeing(units=3), Dense(units=2, activation=Softmax())
    )
    model = Model(spec, Signature((32, 32, 1), ("a", "b")), CategoricalCrossEntropy())
    images = stream().normal(0, 1, (300, 32, 32, 1)).astype(np.float32)
    tracemalloc.start()
    begin(model, Samples(images, np.zeros(300, np.int64)))
    assert shown == [(4_000_000 // (32 * 32 * 16), 32 * 32 * 16)]
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1e6, "no program, which would hold the outputs of the convolution"


def test_what_is_shown_is_what_arrives() -> None:
    spec = stack(Dense(units=2, activation=Linear()), RBF(units=40), Dense(units=2, activation=Softmax()))
    model = Model(spec, Signature((2,), ("a", "b")), CategoricalCrossEntropy())
    points = stream().normal(0, 1, (40, 2)).astype(np.float32)
    begin(model, Samples(points, np.zeros(40, np.int64)))
    named = model.parameters.named()
    arriving = points @ named["dense-1/kernel"] + named["dense-1/bias"]
    np.testing.assert_allclose(np.sort(named["rbf-1/centres"], 0), np.sort(arriving, 0), 1e-4, 1e-5)


def test_data_without_a_finite_sample_say_nothing_about_the_start() -> None:
    assert RBF().begin(np.full((3, 2), np.nan), stream()) == {}


def test_a_single_unit_is_as_wide_as_the_data() -> None:
    assert neighbour_distances(np.zeros((1, 2)), np.array([[3.0, 4.0], [-3.0, -4.0]])) == pytest.approx(5)
