"""Strokes become images in the form of MNIST."""

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralstudio.data.pen import centred, digit_from_strokes, render

THREE = np.array([(60, 40), (120, 20), (180, 60), (110, 130), (190, 180), (150, 250), (50, 230)], float)


def centre_of_mass(image: NDArray[np.uint8]) -> tuple[float, float]:
    mass = image.astype(float)
    at = np.arange(28)
    return float(mass.sum(axis=1) @ at / mass.sum()), float(mass.sum(axis=0) @ at / mass.sum())


def inked(image: NDArray[np.uint8]) -> tuple[int, int]:
    return int(np.ptp(np.nonzero(image.any(axis=1))[0])) + 1, int(
        np.ptp(np.nonzero(image.any(axis=0))[0])
    ) + 1


def test_a_pixel_has_the_ink_its_distance_says() -> None:
    image = render([np.array([(2.0, 5.0), (8.0, 5.0)])], size=10, width=3)
    column = image[:, 5]  # pixel middles at 0.5, 1.5 …, the pen from 3.5 to 6.5
    assert column.tolist() == [0, 0, 0, 128, 255, 255, 128, 0, 0, 0]
    assert image[5, 9] == round(255 * (1.5 + 0.5 - np.hypot(1.5, 0.5)))  # beyond the round end


def test_a_single_point_is_a_dot() -> None:
    image = digit_from_strokes([np.array([(31.0, 7.0)])])
    assert image.max() > 250
    assert inked(image)[0] in (2, 3, 4)


@pytest.mark.parametrize("strokes", [[], [np.empty((0, 2))], [np.array([(np.nan, 1.0)])]])
def test_no_strokes_are_a_black_image(strokes: list[NDArray[np.float64]]) -> None:
    assert not digit_from_strokes(strokes).any()
    assert not render(strokes).any()


def test_a_digit_fits_into_twenty_pixels_around_its_centre_of_mass() -> None:
    image = digit_from_strokes([THREE])
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert max(inked(image)) == 20
    np.testing.assert_allclose(centre_of_mass(image), 14, atol=0.5)


def test_place_and_size_on_the_pad_do_not_matter() -> None:
    image = digit_from_strokes([THREE])
    for scale, shift in ((0.01, 0), (1, 500), (40, -3000)):
        moved = digit_from_strokes([THREE * scale + shift]).astype(int)
        assert np.abs(moved - image).max() <= 1


def test_many_points_on_a_line_draw_the_same_as_its_ends() -> None:
    line = np.array([(0.0, 0.0), (30.0, 100.0)])
    at = np.linspace(0, 1, 3000)[:, np.newaxis]
    dense = digit_from_strokes([line[0] * (1 - at) + line[1] * at]).astype(int)
    assert np.abs(dense - digit_from_strokes([line])).max() <= 1


def test_a_picture_of_a_drawing_gives_nearly_the_same_digit() -> None:
    drawn = digit_from_strokes([THREE], width=2.4).astype(float)
    scanned = centred(render([THREE], size=280, width=30)).astype(float)
    assert np.corrcoef(drawn.ravel(), scanned.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (28, 28), (400, 90), (3, 700)])
def test_a_picture_of_any_size_comes_into_form(shape: tuple[int, int]) -> None:
    image = centred(np.full(shape, 200, dtype=np.uint8))
    assert image.shape == (28, 28)
    assert max(inked(image)) == 20
    assert image.max() == 200
    assert not centred(np.zeros(shape, dtype=np.uint8)).any()


def test_a_long_drawing_is_turned_into_an_image_within_a_frame() -> None:
    t = np.linspace(0, 12, 2000)
    scribble = np.stack((90 * np.sin(t) + 5 * np.sin(11 * t), 120 * np.cos(1.3 * t)), axis=1)
    digit_from_strokes([scribble])
    seconds = []
    for _ in range(20):
        start = time.perf_counter()
        digit_from_strokes([scribble])
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.003
