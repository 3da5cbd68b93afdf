"""A batch in shards: the same gradients as in one piece, the same bits for any number of threads."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.activations import ReLU, Softmax
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.engine.parallel import cut, share_out
from neuralstudio.engine.program import InstructionError, Program
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.network import step as step_module
from neuralstudio.network.evaluate import evaluate
from neuralstudio.network.model import Model
from neuralstudio.network.shards import SampleCost, shard_count
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.network.step import TrainingStep

IMAGES = Signature((28, 28), tuple("0123456789"))
CONVOLUTION = (Conv2D(filters=8, kernel_size=3, activation=ReLU()), MaxPool2D(size=2))
END = (Flatten(), Dense(units=10, activation=Softmax()))
CNN = stack(*CONVOLUTION, *END)
DROPOUT = stack(*CONVOLUTION, Dropout(rate=0.4), *END)
BATCH = 96
IMAGE = np.random.default_rng(1).random((BATCH, 28, 28)).astype(np.float32)
LABELS = np.random.default_rng(2).integers(0, 10, BATCH)


def fill(_: int, rows: slice, program: Program) -> None:
    program.inputs["x"][...] = IMAGE[rows]
    program.inputs["target"][...] = LABELS[rows]


def model(spec: NetworkSpec) -> Model:
    return Model(spec, IMAGES, CategoricalCrossEntropy())


def learnt(spec: NetworkSpec, threads: int) -> tuple[float, Array, Array, TrainingStep]:
    of = model(spec)
    step = TrainingStep(of, BATCH, threads)
    loss, sums = step.run(fill, 3)
    return loss, sums.copy(), of.parameters.gradients.copy(), step


def test_shards_add_up_to_the_whole_batch() -> None:
    loss, sums, gradients, step = learnt(CNN, 1)
    assert len(step.slices) > 1
    of = model(CNN)
    program = of.training_program(BATCH)
    fill(0, slice(0, BATCH), program)
    program.run()
    assert loss == pytest.approx(float(program.outputs["loss"]), rel=1e-5)
    np.testing.assert_allclose(sums, program.outputs["sums"])
    np.testing.assert_allclose(gradients, of.parameters.gradients, 1e-3, 1e-6)


@pytest.mark.parametrize(
    "spec", [CNN, stack(*CONVOLUTION, Dropout(rate=0.4), *END)], ids=["plain", "dropout"]
)
def test_any_number_of_threads_gives_the_same_bits(spec: NetworkSpec) -> None:
    loss, sums, gradients, _ = learnt(spec, 1)
    for threads in (2, 3, 5):
        for _ in range(3):
            again = learnt(spec, threads)
            assert (again[0], again[1].tobytes(), again[2].tobytes()) == (
                loss,
                sums.tobytes(),
                gradients.tobytes(),
            )


def test_the_noise_of_a_step_depends_on_its_number_only() -> None:
    of = model(DROPOUT)
    step = TrainingStep(of, BATCH, 2)
    losses = [step.run(fill, chapter)[0] for chapter in (1, 2, 1)]
    assert losses[0] == losses[2] != losses[1]


def test_batch_norm_sees_the_whole_batch() -> None:
    spec = stack(*CONVOLUTION, BatchNorm(), *END)
    of = model(spec)
    step = TrainingStep(of, BATCH, 2)
    assert len(step.slices) == 1
    step.run(fill, 0)
    moved = of.parameters.value("batch-norm-1/moving_mean")
    assert (moved != 0).any()


def test_a_trial_of_threads_leaves_weights_and_running_means_as_they_are() -> None:
    for spec in (CNN, stack(*CONVOLUTION, BatchNorm(), *END)):
        of = model(spec)
        before = of.parameters.values.copy()
        TrainingStep(of, BATCH, 1).tune(fill)
        np.testing.assert_array_equal(of.parameters.values, before)


@pytest.mark.parametrize(
    ("one", "several", "kept", "tried"),
    [(0.1, 9.0, 1, 1), (0.1, 0.05, 2, 4), (9.0, 0.1, 1, 0)],
    ids=["slower", "faster", "slow enough already"],
)
def test_threads_of_blas_are_kept_where_they_are_faster_and_not_tried_for_long_elsewhere(
    monkeypatch: pytest.MonkeyPatch, one: float, several: float, kept: int, tried: int
) -> None:
    clock = [0.0]
    trials: list[int] = []

    @contextmanager
    def threads(count: int) -> Iterator[None]:
        trials.append(count)
        clock[0] += several
        yield

    def filled(worker: int, rows: slice, program: Program) -> None:
        fill(worker, rows, program)
        clock[0] += one * (len(filling) == len(trials) * 2)
        filling.append(1)

    filling: list[int] = []
    monkeypatch.setattr(step_module, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(step_module, "blas_threads", threads)
    monkeypatch.setattr(step_module, "cores", lambda: 2)
    monkeypatch.setattr(step_module, "_PATIENCE", 5.0)
    step = TrainingStep(model(stack(*CONVOLUTION, BatchNorm(), *END)), BATCH, 1)
    step.tune(filled)
    assert (step.blas_threads, len(trials)) == (kept, tried)


def test_the_search_for_a_nan_repeats_the_last_step_with_its_random_numbers() -> None:
    of = model(stack(*CONVOLUTION, BatchNorm(), Dropout(rate=0.4), *END))
    step = TrainingStep(of, BATCH, 1)
    for chapter in (4, 5):
        loss, _ = step.run(fill, chapter)
    assert step.first_non_finite(fill) is None
    assert float(of.training_program(BATCH).outputs["loss"]) == loss


def test_a_tiny_step_is_not_cut() -> None:
    assert shard_count(32, SampleCost(200_000, 1700, 100_000)) == 1
    assert shard_count(100_000, SampleCost(200_000, 1700, 100_000)) > 1


def test_evaluation_does_not_depend_on_how_the_samples_are_cut() -> None:
    of = model(CNN)
    samples = Samples(IMAGE, LABELS)
    whole = evaluate(of, samples)
    halves = [evaluate(of, samples[rows]) for rows in (slice(0, 48), slice(48, 96))]
    assert whole.loss == pytest.approx(sum(each.loss for each in halves) / 2, rel=1e-6)
    assert whole.metric == pytest.approx(sum(each.metric for each in halves) / 2)


def test_prediction_tells_its_progress() -> None:
    heard: list[float] = []
    of = model(CNN)
    output = of.predict(np.concatenate([IMAGE] * 12), heard.append)
    assert output.shape == (12 * BATCH, 10)
    np.testing.assert_allclose(output[:BATCH], output[-BATCH:], 1e-4, 1e-6)
    assert len(heard) > 1
    assert max(heard) == 1


def test_a_failing_shard_names_its_layer() -> None:
    of = model(CNN)
    step = TrainingStep(of, BATCH, 2)

    def broken(worker: int, rows: slice, program: Program) -> None:
        fill(worker, rows, program)
        instruction = next(each for each in program.instructions if each.node.owner == "dense-1")
        object.__setattr__(instruction, "calls", ((_fail, ()),))
        program.__init__(program.instructions, program.inputs, program.outputs, 0)  # type: ignore[misc]

    with pytest.raises(InstructionError) as error:
        step.run(broken, 0)
    assert error.value.owner == "dense-1"


def _fail() -> None:
    raise ValueError("on purpose")


@pytest.mark.parametrize(("count", "pieces"), [(1, 1), (7, 3), (128, 8), (5, 5)])
def test_pieces_cover_all_rows_once_and_are_alike(count: int, pieces: int) -> None:
    slices = cut(count, pieces)
    assert [row for part in slices for row in range(part.start, part.stop)] == list(range(count))
    sizes = [part.stop - part.start for part in slices]
    assert max(sizes) - min(sizes) <= 1


def test_work_within_work_is_done_by_the_caller_alone() -> None:
    done: list[tuple[int, int]] = []

    def outer(_: int, piece: int) -> None:
        share_out(3, lambda _, inner: done.append((piece, inner)), 2)

    share_out(4, outer, 2)
    assert sorted(done) == [(piece, inner) for piece in range(4) for inner in range(3)]
