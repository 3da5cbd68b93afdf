"""Losses: by their definitions, equal to PyTorch where it has them, and honest about what does not fit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.activations import ActivationFunction, Linear, Sigmoid, Softmax, Tanh
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Shape, Tensor, apply, placeholder
from neuralstudio.engine.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Encoding,
    HalfSquaredError,
    Hinge,
    HuberLoss,
    KullbackLeibler,
    LogCoshLoss,
    LossFunction,
    MeanAbsoluteLoss,
    MeanSquaredError,
)
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.schema.problem import ProblemError

Random = np.random.Generator
seeds = st.integers(0, 2**32 - 1)
several = settings(deadline=None, max_examples=30)

ENDINGS: list[tuple[type[LossFunction], ActivationFunction, Encoding]] = [
    (MeanSquaredError, Linear(), "numbers"),
    (HalfSquaredError, Linear(), "numbers"),
    (HalfSquaredError, Tanh(), "signed"),
    (MeanAbsoluteLoss, Linear(), "numbers"),
    (HuberLoss, Linear(), "numbers"),
    (LogCoshLoss, Linear(), "numbers"),
    (BinaryCrossEntropy, Sigmoid(), "one_hot"),
    (CategoricalCrossEntropy, Softmax(), "index"),
    (Hinge, Linear(), "index"),
    (Hinge, Linear(), "signed"),
    (KullbackLeibler, Softmax(), "numbers"),
]
each_ending = pytest.mark.parametrize(
    ("kind", "activation", "encoding"), ENDINGS, ids=[f"{kind.tag()}-{last}" for kind, _, last in ENDINGS]
)
in_both_precisions = pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)]
)


def drawn(kind: type[LossFunction], random: Random, classes: int) -> LossFunction:
    """A loss with some settings."""
    smoothing = float(random.choice([0.0, 0.1, 0.6]))
    weights = ", ".join(f"{weight:.3f}" for weight in random.uniform(0.1, 4, classes))
    match kind():
        case HuberLoss():
            return HuberLoss(delta=float(random.uniform(0.1, 3)))
        case BinaryCrossEntropy():
            return BinaryCrossEntropy(label_smoothing=smoothing)
        case CategoricalCrossEntropy():
            return CategoricalCrossEntropy(smoothing, weights if random.random() < 0.7 else "")
        case plain:
            return plain


def shape_of(random: Random, encoding: Encoding) -> Shape:
    """(batch, units) or (batch, steps, units)."""
    size = tuple(int(length) for length in random.integers(1, 6, int(random.integers(2, 4))))
    return (*size[:-1], 1) if encoding == "signed" else size


def target_of(kind: type[LossFunction], random: Random, encoding: Encoding, size: Shape) -> Array:
    if encoding == "index":
        return random.integers(0, size[-1], size[:-1])
    if encoding == "signed":
        return random.choice([-1.0, 1.0], size)
    if encoding == "one_hot":
        return random.integers(0, 2, size).astype(float)
    numbers = random.normal(0, 2, size)
    if kind is KullbackLeibler:
        shares = np.abs(numbers) * (random.random(size) < 0.7) + 1e-9
        return np.asarray(shares / shares.sum(-1, keepdims=True))
    return numbers


def measured(
    loss: LossFunction, activation: ActivationFunction, logits: Array, target: Array, dtype: Any = np.float64
) -> tuple[float, Array]:
    """The loss behind an activation, and its gradient with respect to the logits."""
    z = placeholder("z", logits.shape)
    goal = placeholder("target", target.shape, "index" if target.dtype == np.int64 else "float")
    cost = loss.build(activation.build(z), goal)
    (slope,) = gradients(cost, [z])
    assert slope is not None
    into = np.full(logits.shape, np.nan, dtype)
    program = compile_program({"loss": cost}, {}, [(slope, into)], dtype=dtype)
    program.inputs["z"][...] = logits
    program.inputs["target"][...] = target
    program.run()
    return float(program.outputs["loss"]), into


def in_torch(torch: Any, loss: LossFunction, z: Any, t: Any) -> Any:
    """What PyTorch says the loss of logits is."""
    nn: Any = torch.nn.functional
    rows = z.reshape(-1, z.shape[-1])
    match loss:
        case MeanSquaredError():
            return nn.mse_loss(z, t)
        case HalfSquaredError():
            return 0.5 * nn.mse_loss(torch.tanh(z) if t.abs().eq(1).all() else z, t)
        case MeanAbsoluteLoss():
            return nn.l1_loss(z, t)
        case HuberLoss():
            return nn.huber_loss(z, t, delta=loss.delta)
        case LogCoshLoss():
            return (torch.logaddexp(z - t, t - z) - np.log(2)).mean()
        case BinaryCrossEntropy():
            smooth = t * (1 - loss.label_smoothing) + loss.label_smoothing / 2
            return nn.binary_cross_entropy_with_logits(z, smooth)
        case CategoricalCrossEntropy():
            numbers = [float(part) for part in loss.class_weights.split(",") if part.strip()]
            weight = torch.tensor(numbers, dtype=z.dtype) if numbers else None
            smoothing = loss.label_smoothing
            added = nn.cross_entropy(rows, t.reshape(-1), weight, label_smoothing=smoothing, reduction="sum")
            return added / len(rows)
        case Hinge() if t.shape == z.shape:
            return (1 - t * z).relu().mean()
        case Hinge():
            return nn.multi_margin_loss(rows, t.reshape(-1))
        case KullbackLeibler():
            said = torch.log_softmax(rows, -1)
            return nn.kl_div(said, t.reshape(rows.shape), reduction="batchmean")
        case _:
            raise TypeError(f"no peer is known for {loss}")


def agree(
    loss: LossFunction, last: ActivationFunction, z: Array, t: Array, dtype: Any, tolerance: float
) -> None:
    torch: Any = pytest.importorskip("torch")
    logits = torch.tensor(z.astype(dtype), requires_grad=True)
    theirs = in_torch(torch, loss, logits, torch.tensor(t if t.dtype == np.int64 else t.astype(dtype)))
    theirs.backward()
    value, slope = measured(loss, last, z.astype(dtype), t, dtype)
    assert abs(value - theirs.item()) <= tolerance * max(1, abs(theirs.item()))
    expected = logits.grad.numpy()
    scale = max(float(np.abs(expected).max()), 1 / z.size)
    assert np.abs(slope - expected).max() <= tolerance * scale


def test_every_loss_is_tested_here() -> None:
    assert {kind for kind, _, _ in ENDINGS} == set(LOSSES)


@pytest.mark.peers
@each_ending
@in_both_precisions
@several
@given(seed=seeds)
def test_loss_and_gradient_equal_pytorch(
    kind: type[LossFunction],
    activation: ActivationFunction,
    encoding: Encoding,
    dtype: Any,
    tolerance: float,
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    size = shape_of(random, encoding)
    target = target_of(kind, random, encoding, size)
    agree(drawn(kind, random, size[-1]), activation, random.normal(0, 3, size), target, dtype, tolerance)


@pytest.mark.peers
@each_ending
@in_both_precisions
def test_enormous_outputs_are_as_exact(
    kind: type[LossFunction], activation: ActivationFunction, encoding: Encoding, dtype: Any, tolerance: float
) -> None:
    random = np.random.default_rng(0)
    size = (8, 1) if encoding == "signed" else (8, 3)
    for _ in range(5):
        outputs = random.choice([-1e4, -3.0, 0.0, 1e4], size)
        target = target_of(kind, random, encoding, size)
        agree(drawn(kind, random, size[-1]), activation, outputs, target, dtype, tolerance)


@each_ending
def test_an_output_that_is_no_number_makes_a_loss_that_is_none(
    kind: type[LossFunction], activation: ActivationFunction, encoding: Encoding
) -> None:
    random = np.random.default_rng(0)
    size = (4, 1) if encoding == "signed" else (4, 3)
    outputs = random.normal(size=size)
    outputs[2, 0] = np.nan
    value, _ = measured(kind(), activation, outputs, target_of(kind, random, encoding, size))
    assert np.isnan(value)


@each_ending
@several
@given(seed=seeds)
def test_losses_of_shards_add_up_to_that_of_the_batch(
    kind: type[LossFunction], activation: ActivationFunction, encoding: Encoding, seed: int
) -> None:
    random = np.random.default_rng(seed)
    size = (7, 1) if encoding == "signed" else (7, 3)
    outputs, target = random.normal(0, 3, size), target_of(kind, random, encoding, size)
    loss = drawn(kind, random, size[-1])
    whole, slope = measured(loss, activation, outputs, target)
    cut = int(random.integers(1, 7))
    parts = [measured(loss, activation, outputs[rows], target[rows]) for rows in (slice(cut), slice(cut, 7))]
    shares = cut / 7, 1 - cut / 7
    added = sum(share * value for share, (value, _) in zip(shares, parts, strict=True))
    assert added == pytest.approx(whole, rel=1e-12)
    slopes = [share * each for share, (_, each) in zip(shares, parts, strict=True)]
    np.testing.assert_allclose(np.concatenate(slopes), slope, 1e-10, 1e-14)


def test_log_cosh_is_exact_for_the_smallest_errors() -> None:
    value, _ = measured(LogCoshLoss(), Linear(), np.array([[1e-4]], np.float32), np.zeros((1, 1)), np.float32)
    assert value == pytest.approx(5e-9, rel=1e-5)


# ── class weights ────────────────────────────────────────────────────────────────────────────────────


def weights_of(loss: LossFunction) -> list[float]:
    assert isinstance(loss, CategoricalCrossEntropy)
    return [float(part) for part in loss.class_weights.split(",")]


def test_balanced_weights_are_inversely_proportional_to_the_counts() -> None:
    counts = np.array([50, 30, 20])
    balanced = CategoricalCrossEntropy(class_weights="balanced").resolved(counts)
    np.testing.assert_allclose(weights_of(balanced), 100 / (3 * counts))
    assert np.dot(weights_of(balanced), counts) == pytest.approx(100)


def test_a_class_that_does_not_occur_leaves_the_balance_of_the_others_alone() -> None:
    balanced = CategoricalCrossEntropy(class_weights=" Balanced ").resolved(np.array([3, 0, 1]))
    np.testing.assert_allclose(weights_of(balanced), [4 / 6, 1, 2])


def test_given_weights_keep_their_ratio_and_get_a_mean_of_one_over_the_samples() -> None:
    counts = np.array([10, 5, 5])
    loss = CategoricalCrossEntropy(class_weights="1, 2, 0.5").resolved(counts)
    np.testing.assert_allclose(np.array(weights_of(loss)) / weights_of(loss)[0], [1, 2, 0.5])
    assert np.dot(weights_of(loss), counts) == pytest.approx(20)
    assert weights_of(loss.resolved(counts)) == pytest.approx(weights_of(loss))


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.tag())
def test_a_loss_without_class_weights_is_resolved_already(kind: type[LossFunction]) -> None:
    assert kind().resolved(np.array([1, 2])) == kind()


@pytest.mark.peers
def test_over_all_training_samples_weighting_is_pytorchs_own() -> None:
    torch: Any = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    logits, labels = random.normal(0, 2, (12, 3)), np.array([0, 1, 2] * 3 + [0, 0, 1])
    loss = CategoricalCrossEntropy(class_weights="1, 5, 0.2").resolved(np.bincount(labels))
    weight = torch.tensor([1, 5, 0.2], dtype=torch.float64)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(labels), weight)
    assert measured(loss, Softmax(), logits, labels)[0] == pytest.approx(theirs.item(), rel=1e-12)


@pytest.mark.parametrize(
    "text", ["1, 2", "1, 2, 3, 4", "one, two, three", "1, 2,", "1, -1, 2", "nan, 1, 1", "0, 0, 0"]
)
def test_class_weights_that_are_none_are_refused_in_words(text: str) -> None:
    loss = CategoricalCrossEntropy(class_weights=text)
    for refused in (lambda: loss.encoding(ending(Softmax(), 3), 3), lambda: loss.resolved(np.ones(3))):
        with pytest.raises(ProblemError, match=text.strip()) as refusal:
            refused()
        (problem,) = refusal.value.problems
        assert "class weights" in problem.what.lower()
        assert "balanced" in problem.remedy


@pytest.mark.parametrize("text", ["", "  ", "balanced", "1, 2, 0.5", "0,0,1e3"])
def test_class_weights_fit_the_classes(text: str) -> None:
    assert CategoricalCrossEntropy(class_weights=text).encoding(ending(Softmax(), 3), 3) == "index"


def test_balanced_weights_cannot_be_used_before_the_data_are_known() -> None:
    with pytest.raises(TypeError, match="resolved"):
        measured(
            CategoricalCrossEntropy(class_weights="balanced"), Softmax(), np.zeros((2, 3)), np.array([0, 1])
        )


# ── what fits ────────────────────────────────────────────────────────────────────────────────────────


def ending(activation: ActivationFunction, units: int) -> Tensor:
    return activation.build(placeholder("z", (1, units)))


@pytest.mark.parametrize(
    ("loss", "activation", "units", "classes", "encoding"),
    [
        (CategoricalCrossEntropy(), Softmax(), 10, 10, "index"),
        (BinaryCrossEntropy(), Sigmoid(), 1, 2, "binary"),
        (BinaryCrossEntropy(), Sigmoid(), 10, 10, "one_hot"),
        (MeanSquaredError(), Tanh(), 1, 2, "signed"),
        (MeanSquaredError(), Sigmoid(), 1, 2, "binary"),
        (HalfSquaredError(), Tanh(), 1, 2, "signed"),
        (HalfSquaredError(), Linear(), 1, 2, "signed"),
        (HalfSquaredError(), Sigmoid(), 1, 2, "binary"),
        (HalfSquaredError(), Linear(), 4, 4, "one_hot"),
        (HalfSquaredError(), Linear(), 1, 0, "numbers"),
        (MeanSquaredError(), Softmax(), 10, 10, "one_hot"),
        (MeanSquaredError(), Linear(), 3, 0, "numbers"),
        (MeanAbsoluteLoss(), Tanh(), 1, 2, "signed"),
        (HuberLoss(), Linear(), 1, 0, "numbers"),
        (LogCoshLoss(), Sigmoid(), 4, 4, "one_hot"),
        (Hinge(), Linear(), 1, 2, "signed"),
        (Hinge(), Tanh(), 2, 2, "index"),
        (KullbackLeibler(), Softmax(), 4, 4, "one_hot"),
        (KullbackLeibler(), Softmax(), 4, 0, "numbers"),
    ],
)
def test_targets_are_encoded_as_loss_and_last_layer_want_them(
    loss: LossFunction, activation: ActivationFunction, units: int, classes: int, encoding: Encoding
) -> None:
    assert loss.encoding(ending(activation, units), classes) == encoding
    steps = activation.build(placeholder("z", (1, 5, units)))
    assert loss.encoding(steps, classes) == encoding


@pytest.mark.parametrize(
    ("loss", "activation", "units", "classes", "words"),
    [
        (CategoricalCrossEntropy(), Linear(), 10, 10, "softmax"),
        (CategoricalCrossEntropy(), Softmax(), 9, 10, "9 units.*10 classes"),
        (CategoricalCrossEntropy(), Softmax(), 1, 0, "numbers to predict"),
        (BinaryCrossEntropy(), Softmax(), 10, 10, "sigmoid"),
        (BinaryCrossEntropy(), Sigmoid(), 1, 10, "1 unit, .*10 classes"),
        (BinaryCrossEntropy(), Sigmoid(), 1, 0, "numbers to predict"),
        (MeanSquaredError(), Linear(), 3, 10, "3 units.*10 classes"),
        (HuberLoss(), Linear(), 3, 10, "3 units.*10 classes"),
        (Hinge(), Linear(), 3, 0, "numbers to predict"),
        (Hinge(), Linear(), 1, 3, "1 unit, .*3 classes"),
        (Hinge(), Sigmoid(), 1, 2, "scores of any size.*linear"),
        (Hinge(), Softmax(), 3, 3, "scores of any size.*linear"),
        (KullbackLeibler(), Sigmoid(), 3, 3, "softmax"),
        (KullbackLeibler(), Softmax(), 4, 3, "4 units.*3 classes"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused_with_a_remedy(
    loss: LossFunction, activation: ActivationFunction, units: int, classes: int, words: str
) -> None:
    with pytest.raises(ProblemError, match=words) as refusal:
        loss.encoding(ending(activation, units), classes)
    (problem,) = refusal.value.problems
    assert problem.remedy
    assert problem.field == "loss"


def test_a_softmax_is_seen_through_a_reshape_that_keeps_its_rows_only() -> None:
    loss = CategoricalCrossEntropy()
    kept = apply(Reshape((2, 5, 3)), Softmax().build(placeholder("z", (10, 3))))
    assert loss.encoding(kept, 3) == "index"
    cut = apply(Reshape((20, 3)), Softmax().build(placeholder("z", (10, 6))))
    with pytest.raises(ProblemError, match="needs the softmax"):
        loss.encoding(cut, 3)


@pytest.mark.parametrize("size", [(6, 4), (3, 2, 4)])
def test_training_never_computes_the_softmax_itself(size: Shape) -> None:
    z, labels = placeholder("z", size), placeholder("target", size[:-1], "index")
    losses: list[tuple[Callable[[Tensor, Tensor], Tensor], Tensor]] = [
        (CategoricalCrossEntropy().build, labels),
        (CategoricalCrossEntropy(0.1, "1, 2, 3, 4").build, labels),
        (KullbackLeibler().build, placeholder("target", size)),
    ]
    for build, target in losses:
        cost = build(Softmax().build(z), target)
        (slope,) = gradients(cost, [z])
        assert slope is not None
        program = compile_program({"loss": cost, "slope": slope})
        assert not any(step.name.startswith("Softmax ") for step in program.instructions)
