"""The map of the plane has every answer at its place."""

import numpy as np
import pytest

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.views import plane


def test_the_grid_runs_from_the_top_left_to_the_bottom_right() -> None:
    grid = plane.grid(60)
    assert grid.shape == (3600, 2)
    assert grid[0] == pytest.approx([-5.9, 5.9])
    assert grid[1] == pytest.approx([-5.7, 5.9])
    assert grid[-1] == pytest.approx([5.9, -5.9])


def test_the_background_has_the_answer_of_each_place() -> None:
    grid = plane.grid(60)
    figure = plane.compute(grid[:, 1].astype(np.float64), None)
    assert figure.background.shape == (60, 60)
    assert figure.background[0].tolist() == [1.0] * 60
    assert figure.background[-1].tolist() == [-1.0] * 60
    assert figure.reach == 6.0


def test_training_points_come_before_test_points() -> None:
    data = Spiral(count=100, share=70).load(1)
    figure = plane.compute(np.zeros(3600), data)
    assert figure.is_test.tolist() == [False] * 70 + [True] * 30
    assert figure.points == pytest.approx(np.concatenate((data.train.inputs, data.test.inputs)))
    assert figure.classes.tolist() == [*data.train.targets.tolist(), *data.test.targets.tolist()]


def test_more_classes_are_mixed_from_their_colours() -> None:
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=np.uint8)
    answers = np.tile([[1.0, 0, 0], [0, 0.5, 0.5]], (2, 1))
    background = plane.compute(answers, None, colours).background
    assert background.dtype == np.uint8
    assert background.reshape(-1, 3).tolist() == [[255, 0, 0], [0, 128, 128]] * 2


def test_numbers_to_be_predicted_are_coloured_by_their_sign() -> None:
    points = np.array([[1, 1], [2, 2]], dtype=np.float32)
    samples = Samples(points, np.array([[-0.5], [0.5]], dtype=np.float32))
    data = Data(Signature((2,), numbers=1), samples, samples[:0], samples)
    assert plane.compute(np.empty(0), data).classes.tolist() == [0, 1, 0, 1]


def test_answers_that_are_no_numbers_are_shown_as_undecided() -> None:
    assert plane.compute(np.array([np.nan, 2, -2, 0.5]), None).background.tolist() == [[0, 1], [-1, 0.5]]


def test_a_discrete_map_has_only_the_winner_at_each_place() -> None:
    assert plane.compute(np.array([0.1, -0.2, 1, 0]), None, is_discrete=True).background.tolist() == [
        [1, -1],
        [1, 0],
    ]
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=np.uint8)
    answers = np.array([[0.4, 0.3, 0.3], [0, 0.5, 0.6], [0, 1, 0], [0.2, 0.1, 0.7]])
    background = plane.compute(answers, None, colours, is_discrete=True).background
    assert background.reshape(-1, 3).tolist() == [colours[winner].tolist() for winner in (0, 2, 1, 2)]


def test_where_no_class_is_answered_the_map_is_undecided() -> None:
    colours = np.array([[90, 0, 0], [0, 90, 0], [0, 0, 90]], dtype=np.uint8)
    background = plane.compute(np.array([[0.0, -1, np.nan]]), None, colours).background
    assert background.reshape(3).tolist() == [30, 30, 30]


def test_test_points_can_be_left_out() -> None:
    data = Spiral(count=100, share=70).load(1)
    figure = plane.compute(np.zeros(3600), data, has_test=False)
    assert len(figure.points) == len(figure.classes) == len(figure.is_test) == 70
    assert not figure.is_test.any()


def test_numbers_to_be_predicted_colour_points_by_their_value() -> None:
    points = np.array([[1, 1], [2, 2]], dtype=np.float32)
    samples = Samples(points, np.array([[-0.5], [3.0]], dtype=np.float32))
    figure = plane.compute(np.empty(0), Data(Signature((2,), numbers=1), samples, samples[:0], samples))
    assert figure.values is not None
    assert figure.values.tolist() == [-0.5, 1, -0.5, 1]
    assert plane.compute(np.empty(0), Spiral().load(1)).values is None
