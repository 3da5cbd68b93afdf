"""A moment of a run is exact: going on from it gives the run's own weights, bit for bit."""

import gc
from dataclasses import replace as with_fields
from weakref import ref

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.data._base import Data
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Sigmoid
from neuralstudio.engine.losses import BinaryCrossEntropy
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.session.run import Run
from neuralstudio.session.timeline import Moment, Timeline
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import Event, StepDone

EPOCHS = 6
PROJECT = Project(
    network=stack(Dense(units=8), Dropout(rate=0.3), Dense(units=1, activation=Sigmoid())),
    dataset=Xor(count=100),
    trainer=Backprop(loss=BinaryCrossEntropy(), batch_size=10, epochs=EPOCHS),
)


@pytest.fixture(scope="module")
def data() -> Data:
    return PROJECT.dataset.load(1)


def recorded(project: Project, data: Data, timeline: Timeline) -> Run:
    """A run that recorded a moment at each step it told of."""
    run = Run(project, data)

    def post(event: Event) -> None:
        if isinstance(event, StepDone):
            timeline.record(run.learner, run.history)

    timeline.record(run.learner, run.history)
    run.train(post, EPOCHS)
    return run


def trainer(**changes: object) -> Project:
    assert isinstance(PROJECT.trainer, Backprop)
    return replace(PROJECT, trainer=replace(PROJECT.trainer, **changes))


PROJECTS = {
    "adam": PROJECT,
    "plain": trainer(optimiser=SGD(learning_rate=0.1)),
    "keeps the best": trainer(optimiser=Adam(learning_rate=0.05), stopping=Stopping(restores_best=True)),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_going_on_from_any_moment_ends_with_the_same_weights(name: str, data: Data) -> None:
    project, timeline = PROJECTS[name], Timeline()
    run = recorded(project, data, timeline)
    assert len(timeline) > EPOCHS
    for moment in timeline.moments:
        again = Run(project, data)
        again.restore(timeline.saved(moment))
        assert again.learner.exact_position == moment.position
        assert again.weights.tobytes() == moment.weights.tobytes()
        again.train(lambda _: None, EPOCHS)
        assert again.weights.tobytes() == run.weights.tobytes()
        np.testing.assert_array_equal(again.history.epochs.rows, run.history.epochs.rows)


def test_the_curves_end_at_the_moment(data: Data) -> None:
    timeline = Timeline()
    recorded(PROJECT, data, timeline)
    for moment in timeline.moments[1:]:
        history = timeline.saved(moment).history
        assert history["steps"][-1, 0] == pytest.approx(moment.epoch)
        assert history["epochs"][-1, 0] == moment.position.epoch


def test_a_moment_is_not_written_to_by_the_run(data: Data) -> None:
    timeline = Timeline()
    run = Run(PROJECT, data)
    timeline.record(run.learner, run.history)
    first = timeline.at(0)
    before = first.weights.tobytes(), [vector.tobytes() for vector in first.mark.vectors]
    run.train(lambda _: None, 1)
    assert (first.weights.tobytes(), [vector.tobytes() for vector in first.mark.vectors]) == before
    with pytest.raises(ValueError, match="read-only"):
        first.weights[0] = 1


def test_a_timeline_that_is_put_aside_holds_no_learner(data: Data) -> None:
    timeline = Timeline()
    run = recorded(PROJECT, data, timeline)
    before, learner = timeline.saved(timeline.at(3)), ref(run.learner)
    del run
    gc.collect()
    assert learner() is None
    after = timeline.saved(timeline.at(3))
    assert after.position == before.position
    for old, new in ((before.weights, after.weights), (before.optimiser, after.optimiser)):
        assert {name: each.tobytes() for name, each in old.items()} == {
            name: each.tobytes() for name, each in new.items()
        }


def test_what_is_recorded_in_a_copy_is_not_in_the_timeline(data: Data) -> None:
    timeline = Timeline()
    recorded(PROJECT, data, timeline)
    moments = timeline.moments
    shorter, twin = timeline.up_to(moments[5]), timeline.copy()
    assert shorter.moments == moments[:6]
    again = Run(PROJECT, data)
    again.restore(shorter.saved(moments[5]))
    again.train(lambda _: None, EPOCHS + 1)
    for each in (shorter, twin):
        each.record(again.learner, again.history)
    assert len(shorter) == 7
    assert timeline.moments == moments
    assert timeline.bytes == len(moments) * moments[0].bytes


def test_memory_is_bounded_by_number_and_by_bytes(data: Data) -> None:
    timeline = Timeline(most=20)
    recorded(PROJECT, data, timeline)
    assert 2 <= len(timeline) <= 20
    size = timeline.at(0).bytes
    timeline = Timeline(most_bytes=10 * size)
    recorded(PROJECT, data, timeline)
    assert sum(moment.bytes for moment in timeline.moments) <= 10 * size
    assert timeline.at(0).position.step == 0


def test_of_a_network_too_large_for_a_few_moments_none_is_kept(data: Data) -> None:
    timeline = Timeline(most_bytes=100)
    recorded(PROJECT, data, timeline)
    assert timeline.moments == ()


def test_numbers_beyond_the_ends_are_the_ends(data: Data) -> None:
    timeline = Timeline()
    recorded(PROJECT, data, timeline)
    assert timeline.at(-5) is timeline.moments[0]
    assert timeline.at(10**6) is timeline.moments[-1]


def test_a_moment_that_was_thinned_out_is_known_by_the_one_before(data: Data) -> None:
    timeline = Timeline()
    recorded(PROJECT, data, timeline)
    moments = timeline.moments
    assert [timeline.index_of(moment) for moment in moments] == list(range(len(moments)))
    gone: Moment = with_fields(
        moments[3], position=replace(moments[3].position, step=moments[3].position.step + 1)
    )
    assert timeline.index_of(gone) == 3
