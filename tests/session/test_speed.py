"""A run keeps the speed it is told, from slow motion up, and obeys at once while it waits."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from threading import Thread
from time import perf_counter

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.data._base import Data
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Linear, Tanh
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.session import tempo as tempos
from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.run import Run
from neuralstudio.session.speed import FULL, SPEEDS, Speed
from neuralstudio.session.tempo import Tempo
from neuralstudio.session.timeline import Timeline
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Event, Snapshot, Started, StepDone, Warned

SECONDS = 20.0
AT_ONCE = 1.0
"""Seconds; a wait that is not broken off takes far longer."""
ENDLESS = Speed("endless", 0.001, "batches")
PROJECT = Project(
    network=stack(Dense(units=4, activation=Tanh()), Dense(units=1, activation=Tanh())),
    dataset=Xor(count=100),
    trainer=Backprop(loss=MeanSquaredError(), optimiser=SGD(learning_rate=0.03), batch_size=10, epochs=10**6),
)
STEPS = 5


@pytest.fixture(scope="module")
def data() -> Data:
    return PROJECT.dataset.load(1)


class Rig:
    """A watched run in a thread of its own."""

    def __init__(self, project: Project, data: Data, speed: Speed, order: Order, epochs: int) -> None:
        self.gate, self.run, self.timeline = Gate(order, speed), Run(project, data), Timeline()
        self.events: list[Event] = []
        self.thread = Thread(
            target=self.run.train,
            args=(self.events.append, epochs, self.gate),
            kwargs={"is_watched": True, "timeline": self.timeline},
        )
        self.thread.start()

    @property
    def step(self) -> int:
        return self.run.learner.position.step

    def wait(self, condition: Callable[[], bool]) -> None:
        end = perf_counter() + SECONDS
        while not condition():
            assert perf_counter() < end, "it did not happen"
            self.thread.join(0.001)

    def shots(self) -> list[Snapshot]:
        return [event for event in list(self.events) if isinstance(event, Snapshot)]

    def end(self) -> float:
        """Seconds it took to stop."""
        began = perf_counter()
        self.gate.give(Order.STOP)
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        return perf_counter() - began


Rigged = Callable[..., Rig]


@pytest.fixture
def rigged(data: Data) -> Iterator[Rigged]:
    rigs: list[Rig] = []

    def make(speed: Speed, order: Order = Order.RUN, epochs: int = 10**6, project: Project = PROJECT) -> Rig:
        rigs.append(Rig(project, data, speed, order, epochs))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.end()


def test_speeds_are_steps_a_second_by_batch_and_epoch() -> None:
    rates = {speed.label: speed.steps_per_second(10, 25) for speed in SPEEDS}
    assert rates["1 sample/s"] == pytest.approx(0.1)
    assert rates["10 samples/s"] == pytest.approx(1)
    assert rates["10 batches/s"] == 10
    assert rates["60 epochs/s"] == 1500
    assert rates["full"] == float("inf")
    assert [speed.is_full for speed in SPEEDS] == [False] * (len(SPEEDS) - 1) + [True]


def test_a_slow_run_takes_its_time(rigged: Rigged) -> None:
    began = perf_counter()
    rig = rigged(Speed("20 batches/s", 20, "batches"))
    rig.wait(lambda: rig.step >= 4)
    assert perf_counter() - began >= 4 / 20 * 0.95
    told = [event for event in list(rig.events) if isinstance(event, StepDone)]
    assert [event.step for event in told[:4]] == [1, 2, 3, 4]


def test_a_paced_run_keeps_its_pace_on_the_whole(rigged: Rigged) -> None:
    speed = Speed("100 epochs/s", 100, "epochs")
    began = perf_counter()
    rig = rigged(speed, epochs=30)
    rig.thread.join(SECONDS)
    assert 0.25 <= perf_counter() - began <= 3


def test_a_run_that_is_resumed_goes_on_at_its_pace(rigged: Rigged) -> None:
    rig = rigged(FULL)
    rig.wait(lambda: rig.step > 1000)
    rig.end()
    gate, begun = Gate(Order.RUN, Speed("50 batches/s", 50, "batches")), rig.step
    again = Thread(target=rig.run.train, args=(lambda _: None, 10**6, gate))
    again.start()
    rig.wait(lambda: rig.step >= begun + 3)
    gate.give(Order.STOP)
    again.join(SECONDS)
    assert not again.is_alive()


def test_each_order_is_obeyed_within_a_slow_wait(rigged: Rigged) -> None:
    rig = rigged(ENDLESS)
    rig.wait(lambda: len(rig.shots()) > 0)
    assert rig.step == 0
    began = perf_counter()
    rig.gate.give(Order.PAUSE)
    assert rig.gate.wait_until_still(SECONDS)
    rig.gate.give(Order.STEP_BATCH)
    rig.wait(lambda: rig.step == 1)
    assert rig.gate.wait_until_still(SECONDS)
    rig.gate.give(Order.STEP_EPOCH)
    rig.wait(lambda: rig.step == STEPS)
    rig.gate.give(Order.RUN)
    rig.gate.hold()
    assert rig.gate.wait_until_still(SECONDS)
    rig.gate.let_go()
    assert rig.end() < AT_ONCE
    assert perf_counter() - began < 5 * AT_ONCE


def test_another_speed_is_taken_up_within_a_slow_wait(rigged: Rigged) -> None:
    rig = rigged(ENDLESS)
    rig.wait(lambda: len(rig.shots()) > 0)
    began = perf_counter()
    rig.gate.set_speed(FULL)
    rig.wait(lambda: rig.step > 20 * STEPS)
    rig.gate.set_speed(ENDLESS)
    stood: list[int] = []

    def stands() -> bool:
        stood.append(rig.step)
        return len(stood) > 200 and len(set(stood[-200:])) == 1

    rig.wait(stands)
    assert perf_counter() - began < 5 * AT_ONCE


def test_an_epoch_is_closed_without_a_wait_of_its_own(rigged: Rigged) -> None:
    rig = rigged(Speed("100 batches/s", 100, "batches"))
    rig.wait(lambda: rig.step >= STEPS)
    rig.gate.set_speed(ENDLESS)
    rig.wait(lambda: any(isinstance(event, EpochDone) for event in list(rig.events)))


class Paced(Gate):
    """A gate and a run behind it, at times of their own: steps take none, and waits pass at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.now, self.step = 100.0, 0
        monkeypatch.setattr(tempos, "perf_counter", lambda: self.now)
        self.tempo = Tempo(self)
        self.tempo.hear(Started(10**6, 25, 250, 10))
        self.wait()

    def rests_until(self, due: float) -> bool:
        self.now = due
        return True

    def wait(self) -> float:
        """Seconds until the next step may begin."""
        began = self.now
        assert self.tempo.waits(lambda: None, lambda: None)
        return self.now - began

    def learn(self, meanwhile: Callable[[], None] = lambda: None) -> int:
        """One burst; how many steps it was."""
        count = self.tempo.burst(25)
        meanwhile()
        self.step += count
        self.tempo.hear(StepDone(self.step, 0, 1, 10, 0.1, 0.1))
        return count


@pytest.mark.parametrize(("before", "after"), [*pairwise(SPEEDS), *((FULL, each) for each in SPEEDS[:-1])])
@pytest.mark.parametrize("is_in_a_burst", [True, False])
def test_the_next_step_comes_within_one_period_of_another_speed(
    monkeypatch: pytest.MonkeyPatch, before: Speed, after: Speed, is_in_a_burst: bool
) -> None:
    gate = Paced(monkeypatch)
    for speed in (before, after, before):
        period = 1 / speed.steps_per_second(10, 25)
        if is_in_a_burst:
            gate.learn(partial(gate.set_speed, speed))
        else:
            gate.learn()
            gate.set_speed(speed)
        assert gate.wait() <= period * 1.001
        count = gate.learn()
        assert gate.wait() == pytest.approx(count * period, abs=1e-6)


def test_a_slow_run_after_a_single_epoch_takes_its_first_step_within_one_period(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Paced(monkeypatch)
    gate.set_speed(SPEEDS[0])
    gate.give(Order.STEP_EPOCH)
    gate.wait()
    gate.learn()
    gate.learn(lambda: gate.give(Order.RUN))
    assert gate.wait() == pytest.approx(10)


def test_slow_motion_tells_which_rows_come_next(rigged: Rigged, data: Data) -> None:
    rig = rigged(Speed("200 batches/s", 200, "batches"))
    rig.wait(lambda: rig.step >= 1)
    assert all(shot.upcoming is None for shot in rig.shots()), "nobody can follow so many"
    rig.end()
    slow = rigged(Speed("9 batches/s", 9, "batches"))
    slow.wait(lambda: slow.step >= 2)
    slow.end()
    shots = {shot.step: shot for shot in slow.shots() if shot.upcoming is not None}
    rows = [shots[step].upcoming for step in (0, 1)]
    for upcoming in rows:
        assert upcoming is not None
        assert upcoming.shape == (10,)
    both = np.concatenate([np.asarray(each) for each in rows])
    assert len(set(both.tolist())) == 20
    assert set(both.tolist()) <= set(range(len(data.train)))


@pytest.mark.parametrize("leftovers", ["short batch", "carry over"])
def test_what_comes_after_the_last_batch_is_the_first_of_the_next_epoch(data: Data, leftovers: str) -> None:
    trainer = replace(PROJECT.trainer, batch_size=15, leftovers=leftovers)
    run = Run(replace(PROJECT, trainer=trainer), data)
    before: list[bytes] = []
    last = 0
    for event in run.learner.run(2):
        if isinstance(event, Started):
            last = event.steps_per_epoch
        if isinstance(event, StepDone) and event.batch == last:
            before.append(run.learner.upcoming.tobytes())
        if isinstance(event, EpochDone):
            assert run.learner.upcoming.tobytes() == before[-1]
    assert len(before) == 2


def test_the_rows_told_of_are_those_that_are_learnt(data: Data) -> None:
    one = replace(PROJECT, trainer=replace(PROJECT.trainer, batch_size=10))
    run = Run(one, data)
    rows = run.learner.upcoming
    x, y = data.train.inputs[rows], data.train.targets[rows]
    run.control.keeps_updates = True
    events = run.learner.run(1)
    next(events)
    before = run.weights
    model = run.learner.model
    model.parameters.values[...] = before
    program = model.training_program(10)
    program.inputs["x"][...] = x
    program.inputs["target"][...] = (2 * y - 1)[:, None]
    program.run()
    expected = -0.03 * model.parameters.gradients.copy()
    next(events)
    update = run.learner.update
    assert update is not None
    np.testing.assert_allclose(update, expected, rtol=1e-4, atol=1e-7)


def test_a_small_network_shows_gradients_and_what_the_last_step_changed(rigged: Rigged) -> None:
    rig = rigged(FULL, Order.STEP_BATCH)
    assert rig.gate.wait_until_still(SECONDS)
    shot = rig.shots()[-1]
    assert shot.gradients is not None
    assert shot.updates is not None
    np.testing.assert_allclose(shot.updates, -0.03 * shot.gradients, rtol=1e-4, atol=1e-7)
    assert float(np.abs(shot.gradients).max()) > 0


def test_before_the_first_step_there_are_no_gradients(rigged: Rigged) -> None:
    rig = rigged(FULL, Order.PAUSE)
    assert rig.gate.wait_until_still(SECONDS)
    assert rig.shots()[-1].gradients is None
    assert rig.shots()[-1].updates is None


def test_a_large_network_shows_norms_only(rigged: Rigged) -> None:
    wide = stack(Dense(units=8000), Dense(units=1, activation=Tanh()))
    rig = rigged(FULL, Order.STEP_BATCH, project=replace(PROJECT, network=wide))
    assert rig.gate.wait_until_still(SECONDS)
    shot = rig.shots()[-1]
    assert shot.gradients is None
    assert shot.gradient_norms


def test_a_run_that_diverges_shows_no_numbers_beyond_all_numbers(rigged: Rigged) -> None:
    wild = replace(
        PROJECT,
        network=stack(Dense(units=4, activation=Linear()), Dense(units=1, activation=Linear())),
        trainer=replace(PROJECT.trainer, optimiser=SGD(learning_rate=10.0)),
    )
    rig = rigged(FULL, project=wild)
    rig.thread.join(SECONDS)
    assert any(isinstance(event, Warned) for event in rig.events)
    last = rig.shots()[-1]
    assert np.isfinite(last.weights).all()
    for numbers in (last.gradients, last.updates):
        assert numbers is None or np.isfinite(numbers).all()


def test_a_watched_run_records_its_moments_from_its_start_to_its_end(rigged: Rigged) -> None:
    rig = rigged(FULL, epochs=50)
    rig.thread.join(SECONDS)
    moments = rig.timeline.moments
    assert moments[0].position.step == 0
    assert moments[-1].position.step == 50 * STEPS
    assert moments[-1].weights.tobytes() == rig.run.weights.tobytes()
