"""The time of an epoch is tried out when the hands rest, and never touches the run."""

import pytest
from pytestqt.qtbot import QtBot

from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import append
from neuralstudio.ui.estimate import Estimate, duration
from neuralstudio.ui.studio import Studio
from tests.robots.robot import StudioRobot
from tests.ui.window.runs import ENDLESS, Trained, edit, project


@pytest.fixture
def estimate(studio: Studio, trained: Trained) -> object:
    """Of the small project, whose data are wanted as a window would want them."""
    found = Estimate(studio.document, studio.loader, studio.training)
    studio.loader.want(studio.document.project.dataset, studio.document.project.seeds.data)
    yield found
    found.finish()


def known(trained: Trained, estimate: Estimate) -> None:
    trained.wait(lambda: estimate.seconds_per_epoch is not None)


def test_it_is_known_a_moment_after_the_data_are_there(trained: Trained, estimate: Estimate) -> None:
    with trained.bot.waitSignal(estimate.changed):
        known(trained, estimate)
    assert estimate.words.startswith("≈ ")
    assert estimate.words.endswith(" an epoch")
    assert trained.step == 0
    assert not trained.document.is_dirty


def test_an_edit_forgets_it_and_has_it_tried_again(trained: Trained, estimate: Estimate) -> None:
    known(trained, estimate)
    edit(trained.studio)
    assert estimate.seconds_per_epoch is None
    assert estimate.words == ""
    known(trained, estimate)


def test_an_undo_in_the_middle_of_a_trial_ends_in_the_right_one(trained: Trained, estimate: Estimate) -> None:
    edit(trained.studio)
    trained.wait(lambda: estimate.findChildren(type(estimate), "") is not None)
    trained.document.undo_stack.undo()
    known(trained, estimate)


def test_another_learning_rate_leaves_it_as_it_is(trained: Trained, estimate: Estimate) -> None:
    known(trained, estimate)
    before = estimate.seconds_per_epoch
    trained.set_rate(0.5)
    assert estimate.seconds_per_epoch == before


def test_while_it_trains_the_runs_own_speed_is_told(trained: Trained, estimate: Estimate) -> None:
    trained.document.open(project(ENDLESS))
    trained.training.train()
    trained.wait(lambda: trained.training.progress.samples_per_second > 0)
    started = trained.training.started
    assert started is not None
    expected = started.samples_per_epoch / trained.training.progress.samples_per_second
    assert estimate.seconds_per_epoch == expected


def test_a_network_with_errors_is_not_tried(trained: Trained, estimate: Estimate, qtbot: QtBot) -> None:
    spec, _ = append(trained.document.network, Dense(units=3))
    trained.document.edit_network("append", spec)
    estimate._begin()
    assert estimate._trial is None
    assert estimate.seconds_per_epoch is None


def test_the_cost_line_of_the_canvas_shows_it(robot: StudioRobot) -> None:
    figures = robot.window.build.overlay.figures
    robot.wait_for(lambda: "an epoch" in figures.text())
    edit(robot.studio)
    assert "an epoch" not in figures.text()
    robot.wait_for(lambda: "an epoch" in figures.text())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0005, "0.5 ms"),
        (0.0123, "12 ms"),
        (0.18, "180 ms"),
        (2.14, "2.1 s"),
        (45.2, "45 s"),
        (150, "2.5 min"),
        (5400, "1.5 h"),
        (72_000, "20 h"),
    ],
)
def test_durations_have_as_many_figures_as_an_estimate_deserves(seconds: float, words: str) -> None:
    assert duration(seconds) == words
