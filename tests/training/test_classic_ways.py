"""A fixed order, carried leftovers, losses measured afterwards, shrinking and double precision."""

from itertools import chain, islice
from typing import Any

import msgspec
import numpy as np
import pytest

from neuralstudio.data._base import Data
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Linear, Sigmoid, Tanh
from neuralstudio.engine.losses import BinaryCrossEntropy, HalfSquaredError
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.engine.random import Seeds
from neuralstudio.engine.shrinking import ShrinkL1, ShrinkL2
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import FEATURES, Features
from neuralstudio.network.evaluate import evaluate
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.training._base import Control, Position
from neuralstudio.training.backprop import Backprop, BackpropLearner
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone, Warned

NETWORK = stack(Features(chosen=FEATURES), Dense(6, Tanh()), Dense(1, Sigmoid()))
PLAIN = Backprop(loss=BinaryCrossEntropy(), optimiser=SGD(learning_rate=0.1), batch_size=10)
CLASSIC = msgspec.structs.replace(PLAIN, order="fixed", leftovers="carry over", measured="afterwards")


@pytest.fixture(scope="module")
def xor() -> Data:
    return Xor(count=206).load(1)


def learner(
    trainer: Backprop, data: Data, spec: NetworkSpec = NETWORK, control: Control | None = None
) -> BackpropLearner:
    return trainer.learner(spec, data, Seeds(), control or Control())


def weights(at: BackpropLearner) -> bytes:
    return at.model.parameters.values.tobytes()


def samples_of(events: list[Event]) -> list[int]:
    return [event.samples for event in events if isinstance(event, StepDone)]


# ── order and leftovers ──────────────────────────────────────────────────────────────────────────────


def test_leftovers_join_the_first_batch_of_the_next_epoch(xor: Data) -> None:
    events = list(learner(CLASSIC, xor).run(3))
    started = events[0]
    assert isinstance(started, Started)
    assert started.steps_per_epoch == 10, "of 103 samples 3 are left"
    assert samples_of(events) == [10] * 10 + 2 * [13, *[10] * 9]


@pytest.mark.parametrize("order", ["fixed", "shuffled"])
def test_every_sample_is_learnt_once_however_it_is_carried(xor: Data, order: str) -> None:
    at = learner(msgspec.structs.replace(CLASSIC, order=order), xor)
    first, second, third = ([rows.tolist() for rows in at._batches(epoch)] for epoch in range(3))
    left = set(range(103)) - set(chain(*first))
    assert len(left) == 3
    assert set(second[0][:3]) == left
    own = [*chain(*second)][3:]
    assert len(own) == len(set(own)) == 100
    assert {*own, *third[0][:3]} == set(range(103))
    assert (first[0] == second[0][3:] == list(range(10))) == (order == "fixed")


def test_a_fixed_order_is_as_the_samples_lie(xor: Data) -> None:
    at = learner(msgspec.structs.replace(PLAIN, order="fixed"), xor)
    for epoch in range(2):
        batches = list(at._batches(epoch))
        assert [len(rows) for rows in batches] == [10] * 10 + [3]
        np.testing.assert_array_equal(np.concatenate(batches), np.arange(103))


def test_a_batch_of_all_samples_leaves_nothing_to_carry(xor: Data) -> None:
    events = list(learner(msgspec.structs.replace(CLASSIC, batch_size=500), xor).run(2))
    assert samples_of(events) == [103, 103]


# ── what an epoch tells ──────────────────────────────────────────────────────────────────────────────


def test_the_training_loss_is_measured_after_the_epoch_where_that_is_wished(xor: Data) -> None:
    at = learner(CLASSIC, xor)
    (done,) = (event for event in at.run(1) if isinstance(event, EpochDone))
    found = evaluate(at.model, xor.train)
    assert (done.train_loss, done.train_metric) == (found.loss, found.metric)


def test_while_learning_the_figures_are_means_over_the_samples_that_were_learnt(xor: Data) -> None:
    at = learner(msgspec.structs.replace(CLASSIC, measured="while learning"), xor)
    events = list(at.run(2))
    told = [event for event in events if isinstance(event, EpochDone)]
    for epoch, done in enumerate(told):
        steps = [event for event in events if isinstance(event, StepDone) and event.epoch == epoch]
        count = sum(step.samples for step in steps)
        assert count == (100 if epoch == 0 else 103)
        assert done.train_loss == pytest.approx(sum(step.loss * step.samples for step in steps) / count)
        assert done.train_metric == pytest.approx(sum(step.metric * step.samples for step in steps) / count)


# ── the same run ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("burst", [1, 2, 4, 25])
@pytest.mark.parametrize("optimiser", [SGD(learning_rate=0.1), Adam()], ids=lambda each: each.tag())
@pytest.mark.parametrize("layers", [(), (Dropout(rate=0.3),)], ids=["plain", "dropout"])
def test_steps_told_of_together_are_the_same_bit_for_bit(
    xor: Data, burst: int, optimiser: SGD | Adam, layers: tuple[Dropout, ...]
) -> None:
    trainer = msgspec.structs.replace(CLASSIC, optimiser=optimiser, shrinking=ShrinkL1(rate=0.05))
    spec = stack(Features(), Dense(5, Tanh()), *layers, Dense(1, Sigmoid()))
    single = learner(trainer, xor, spec)
    expected = list(single.run(4))
    together = learner(trainer, xor, spec, Control(burst=burst))
    found = list(together.run(4))
    assert weights(together) == weights(single)
    assert sum(samples_of(found)) == sum(samples_of(expected))
    told = [[event for event in each if isinstance(event, EpochDone)] for each in (expected, found)]
    for theirs, ours in zip(*told, strict=True):
        assert msgspec.structs.replace(ours, seconds=0) == msgspec.structs.replace(theirs, seconds=0)


@pytest.mark.parametrize("order", ["fixed", "shuffled"])
@pytest.mark.parametrize("precision", ["single", "double"])
@pytest.mark.parametrize("after", [3, 11, 14, 22, 27])
def test_a_saved_run_goes_on_as_if_it_had_never_stopped(
    xor: Data, order: str, precision: str, after: int
) -> None:
    trainer = msgspec.structs.replace(
        CLASSIC,
        order=order,
        precision=precision,
        shrinking=ShrinkL1(rate=1.0),
        optimiser=Adam(learning_rate=0.01),
    )
    straight, begun, resumed = (learner(trainer, xor) for _ in range(3))
    list(straight.run(4))
    list(islice(begun.run(4), after))
    position = msgspec.json.decode(msgspec.json.encode(begun.exact_position), type=Position)
    resumed.model.parameters.load(begun.model.parameters.named())
    resumed.restore(begun.state(), position)
    list(resumed.run(4))
    assert weights(resumed) == weights(straight)
    stopped = resumed.updater.slots["stopped"]
    assert 0 < stopped.sum() < stopped.size, "some weights have stopped, or nothing is shown"
    np.testing.assert_array_equal(stopped, straight.updater.slots["stopped"])


# ── shrinking ────────────────────────────────────────────────────────────────────────────────────────


def moved(spec: NetworkSpec, data: Data, **settings: object) -> dict[str, np.ndarray]:
    trainer = msgspec.structs.replace(PLAIN, precision="double", batch_size=500, **settings)
    at = learner(trainer, data, spec)
    list(at.run(1))
    return at.model.parameters.named()


def learning(spec: NetworkSpec, node_id: str, **settings: Any) -> NetworkSpec:
    changed = (
        msgspec.structs.replace(node, learning=Learning(**settings)) if node.id == node_id else node
        for node in spec
    )
    return NetworkSpec(tuple(changed))


def test_shrinking_leaves_biases_and_frozen_layers_alone_and_obeys_rate_factors(xor: Data) -> None:
    spec = stack(Dense(5, Tanh()), Dense(4, Tanh()), Dense(1, Sigmoid()))
    spec = learning(learning(spec, "dense-1", is_frozen=True), "dense-2", rate_factor=0.5)
    free, small = moved(spec, xor), moved(spec, xor, shrinking=ShrinkL2(rate=2.0))
    shares = {name: small[name] / free[name] for name in free if name.endswith("kernel")}
    np.testing.assert_allclose(shares["dense-1/kernel"], 1)
    np.testing.assert_allclose(shares["dense-2/kernel"], 1 - 0.1 * 0.5 * 2)
    np.testing.assert_allclose(shares["dense-3/kernel"], 1 - 0.1 * 2)
    for name in free:
        if name.endswith("bias"):
            np.testing.assert_array_equal(small[name], free[name])


# ── precision, and the end of a run that diverges ────────────────────────────────────────────────────


def test_double_precision_computes_with_more_digits(xor: Data) -> None:
    single, double = (
        learner(msgspec.structs.replace(CLASSIC, precision=each), xor) for each in ("single", "double")
    )
    for at in (single, double):
        list(at.run(3))
    assert single.model.parameters.values.dtype == np.float32
    assert double.model.parameters.values.dtype == np.float64
    difference = np.abs(single.model.parameters.values - double.model.parameters.values).max()
    assert 0 < difference < 1e-4


def test_a_run_whose_steps_are_told_of_together_diverges_as_any_other(xor: Data) -> None:
    spec = stack(Dense(8), Dense(1, Linear()))
    trainer = msgspec.structs.replace(CLASSIC, loss=HalfSquaredError(), optimiser=SGD(learning_rate=10.0))
    told = []
    for burst in (1, 25):
        at = learner(trainer, xor, spec, Control(burst=burst))
        *_, warned, finished = at.run(100)
        assert isinstance(warned, Warned)
        assert isinstance(finished, Finished)
        assert np.isfinite(at.model.parameters.values).all()
        assert np.isfinite(finished.test_loss)
        told.append((warned.what, warned.remedy))
    assert told[0] == told[1]
    assert "learning rate (it is 10)" in told[0][1]
