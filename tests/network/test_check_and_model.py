"""What people are told about a network before it runs, and that the model computes what it says."""

from time import perf_counter

import numpy as np
import pytest

from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.activations import Linear, Sigmoid, Softmax, Tanh
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    LossFunction,
    MeanSquaredError,
)
from neuralstudio.engine.random import Seeds
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network import edits
from neuralstudio.network.check import check, shape_text
from neuralstudio.network.evaluate import evaluate
from neuralstudio.network.model import Model
from neuralstudio.network.spec import NetworkSpec, Node, stack
from neuralstudio.network.targets import encoded
from neuralstudio.schema.problem import ProblemError

DIGITS = Signature((28, 28), tuple("0123456789"))
PLANE = Signature((2,), ("orange", "blue"))
NUMBERS = Signature((3,), numbers=2)
LESSON = stack(Flatten(), Dense(units=128), Dense(units=10, activation=Softmax()))
PLAIN = stack(Dense(units=4), Dense(units=2, activation=Softmax()))
CATEGORICAL = CategoricalCrossEntropy()


def said(spec: NetworkSpec, signature: Signature, loss: LossFunction = CATEGORICAL) -> list[str]:
    return [str(problem) for problem in check(spec, signature, loss).problems]


def test_the_lesson_network_has_no_problems_and_the_figures_of_the_lesson() -> None:
    report = check(LESSON, DIGITS, CATEGORICAL)
    assert report.problems == ()
    assert report.can_train
    assert report.weights == 101_770
    assert report.nodes["dense-1"].weights == 100_480
    assert report.nodes["dense-2"].output_shape == (10,)
    assert report.nodes["flatten-1"].input_shape == (28, 28)
    assert report.nodes["dense-1"].flops >= 2 * 784 * 128
    assert report.flops == sum(node.flops for node in report.nodes.values())


@pytest.mark.parametrize(
    ("layers", "signature", "loss", "words"),
    [
        ([], DIGITS, CATEGORICAL, ["no layers yet", "Add a layer from the palette"]),
        ([Dense()], DIGITS, CATEGORICAL, ["Dense 1", "needs a flat input, but gets 28×28", "Insert Flatten"]),
        ([Flatten()], DIGITS, CATEGORICAL, ["No layer has weights", "Add a Dense layer"]),
        (
            [Flatten(), Dense(units=9, activation=Softmax())],
            DIGITS,
            CATEGORICAL,
            ["9 units, but there are 10 classes", "Dense with 10 units and softmax"],
        ),
        ([Flatten(), Dense(units=10)], DIGITS, CATEGORICAL, ["needs the softmax of the last layer"]),
        (
            [Flatten(), Dense(units=1, activation=Sigmoid())],
            DIGITS,
            BinaryCrossEntropy(),
            ["1 unit, but there are 10 classes", "Dense with 10 units and sigmoid"],
        ),
        (
            [Dense(units=1, activation=Tanh())],
            PLANE,
            BinaryCrossEntropy(),
            ["needs the sigmoid of the last layer", "Dense with 1 unit and sigmoid"],
        ),
        ([Dense(units=2)], NUMBERS, CATEGORICAL, ["numbers to predict", "Choose mean squared error"]),
        ([Dense(units=3)], NUMBERS, MeanSquaredError(), ["3 wide, but 2 are to be predicted"]),
        ([Dense(units=4)], PLANE, MeanSquaredError(), ["4 units, but there are 2 classes", "2 units"]),
    ],
)
def test_a_mistake_is_told_once_with_a_remedy(
    layers: list[Layer], signature: Signature, loss: LossFunction, words: list[str]
) -> None:
    (sentence,) = said(stack(*layers), signature, loss)
    for word in words:
        assert word in sentence
    assert not check(stack(*layers), signature, loss).can_train


def test_a_problem_stands_on_the_card_at_fault_and_what_follows_is_unknown() -> None:
    spec = stack(Dense(), Dense(units=10, activation=Softmax()))
    report = check(spec, DIGITS, CATEGORICAL)
    assert [problem.node for problem in report.problems] == ["dense-1"]
    assert report.of("dense-1") == report.problems
    assert report.nodes["dense-2"].input_shape is report.nodes["dense-2"].output_shape is None


def test_a_network_with_two_ends_is_told() -> None:
    spec = NetworkSpec((Node("dense-1", Dense()), Node("dense-2", Dense())))
    assert any(
        "Dense 1: Nothing reads it, as the network ends with Dense 2" in each for each in said(spec, PLANE)
    )


def test_a_layer_that_is_not_wired_is_told_and_the_others_are_judged_without_it() -> None:
    spec, added = edits.add_unwired(PLAIN, Dense())
    (problem,) = check(spec, PLANE, CATEGORICAL).problems
    assert (problem.node, problem.field, problem.what) == (added, "inputs", "It reads nothing yet")


def test_a_network_of_200_layers_is_checked_at_once() -> None:
    spec = stack(*(Dense(units=16) for _ in range(199)), Dense(units=2, activation=Softmax()))
    spent = []
    for _ in range(5):
        begin = perf_counter()
        assert check(spec, PLANE, CATEGORICAL).problems == ()
        spent.append(perf_counter() - begin)
    assert min(spent) < 0.04


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([Dense(units=1, activation=Linear()), Dense(units=3)], id="bottleneck"),
        pytest.param([Dense(units=8, activation=Linear()), Activation()], id="activation as a layer"),
        pytest.param([Dense(units=8), Dropout()], id="dropout before the last layer"),
        pytest.param([Dense(units=8), Activation(function=Tanh())], id="two activations that differ"),
    ],
)
def test_what_is_usual_gets_no_warning(layers: list[Layer]) -> None:
    assert check(stack(*layers, Dense(units=2, activation=Softmax())), PLANE, CATEGORICAL).problems == ()


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([Node("a-1", Dense()), Node("a-1", Dense(), ("a-1",))], "another layer with the id “a-1”"),
        ([Node("a-1", Dense(), ("b-1",))], "no layer before it has that id"),
        ([Node("a-1", Dense(), ("b-1",)), Node("b-1", Dense(), ("a-1",))], "no layer before it has that id"),
        ([Node("a-1", Dense(), ("a-1",))], "no layer before it has that id"),
        ([Node("a-1", Dense(), ())], "It reads nothing yet"),
        (
            [Node("a-1", Dense()), Node("b-1", Dense(), ("data", "a-1"))],
            "takes one input, but 2 layers are connected",
        ),
        ([Node("data", Dense())], "another layer with the id “data”"),
    ],
)
def test_wires_that_cannot_be_are_told(nodes: list[Node], words: str) -> None:
    report = check(NetworkSpec(tuple(nodes)), PLANE, CATEGORICAL)
    assert not report.can_train
    assert any(words in problem.what for problem in report.problems)


@pytest.mark.parametrize("layer", [Dropout(rate=0.0), Activation(function=Linear()), Flatten()])
def test_a_layer_that_does_nothing_is_worth_a_warning_only(layer: Layer) -> None:
    spec = stack(layer, *(node.layer for node in PLAIN))
    report = check(spec, PLANE, CATEGORICAL)
    (problem,) = report.problems
    assert problem.severity == "warning"
    assert problem.node == spec.nodes[0].id
    assert report.can_train


def test_a_model_refuses_a_network_with_problems() -> None:
    with pytest.raises(ProblemError, match="Insert Flatten"):
        Model(stack(Dense()), DIGITS, CATEGORICAL)


def test_shapes_are_written_for_people() -> None:
    assert [shape_text(shape) for shape in [(28, 28), (784,), (), None]] == ["28×28", "784", "1", "?"]


# ── the model ────────────────────────────────────────────────────────────────────────────────────────


def points(count: int, seed: int = 0) -> Samples:
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(count, 2)).astype(np.float32)
    return Samples(inputs, (inputs[:, 0] > 0).astype(np.int64))


def test_predictions_follow_the_formula() -> None:
    model = Model(PLAIN, PLANE, CATEGORICAL)
    inputs = points(7).inputs
    named = model.parameters.named()
    hidden = np.maximum(inputs @ named["dense-1/kernel"] + named["dense-1/bias"], 0)
    logits = hidden @ named["dense-2/kernel"] + named["dense-2/bias"]
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(model.predict(inputs), expected, 1e-5, 1e-6)


@pytest.mark.parametrize("count", [1, 500, 623])
def test_evaluation_is_the_mean_over_all_samples_whatever_the_batches(count: int) -> None:
    model = Model(PLAIN, PLANE, CATEGORICAL)
    samples = points(count)
    output = model.predict(samples.inputs).astype(np.float64)
    found = evaluate(model, samples)
    picked = output[np.arange(count), samples.targets]
    assert found.loss == pytest.approx(-np.log(picked).mean(), rel=1e-4)
    assert found.metric == pytest.approx((output.argmax(1) == samples.targets).mean(), abs=1e-6)


def test_images_are_scaled_as_the_data_says() -> None:
    spec = stack(Flatten(), Dense(units=2, activation=Softmax()))
    signature = Signature((2, 2), ("a", "b"))
    model = Model(spec, signature, CATEGORICAL)
    bytes_ = np.arange(12, dtype=np.uint8).reshape(3, 2, 2) * 20
    labels = np.array([0, 1, 1])
    raw = evaluate(model, Samples(bytes_, labels, 1 / 255))
    scaled = evaluate(model, Samples((bytes_ / np.float32(255)).astype(np.float32), labels))
    assert raw.loss == pytest.approx(scaled.loss, rel=1e-6)


def test_dropout_plays_no_part_in_evaluation_and_prediction() -> None:
    spec = stack(Dense(units=40), Dropout(rate=0.9), Dense(units=2, activation=Softmax()))
    model = Model(spec, PLANE, CATEGORICAL)
    samples = points(50)
    assert evaluate(model, samples) == evaluate(model, samples)
    np.testing.assert_array_equal(model.predict(samples.inputs), model.predict(samples.inputs))


def test_two_models_with_the_same_seeds_are_bit_identical() -> None:
    first, second = (Model(LESSON, DIGITS, CATEGORICAL, Seeds.all(7)) for _ in range(2))
    assert first.parameters.values.tobytes() == second.parameters.values.tobytes()
    other = Model(LESSON, DIGITS, CATEGORICAL, Seeds.all(8))
    assert first.parameters.values.tobytes() != other.parameters.values.tobytes()


def test_only_the_seed_of_the_weights_sets_the_weights() -> None:
    first = Model(PLAIN, PLANE, CATEGORICAL, Seeds())
    second = Model(PLAIN, PLANE, CATEGORICAL, Seeds(data=2, order=2, noise=2))
    np.testing.assert_array_equal(first.parameters.values, second.parameters.values)


def test_adding_a_layer_leaves_the_other_layers_initial_weights_as_they_were() -> None:
    before = Model(PLAIN, PLANE, CATEGORICAL).parameters.named()
    longer, new = edits.insert_after(PLAIN, "dense-1", Dense(units=4))
    after = Model(longer, PLANE, CATEGORICAL).parameters.named()
    assert set(after) - set(before) == {f"{new}/kernel", f"{new}/bias"}
    for name, weight in before.items():
        np.testing.assert_array_equal(weight, after[name])


def test_reset_gives_the_initial_weights_again() -> None:
    model = Model(PLAIN, PLANE, CATEGORICAL)
    start = model.parameters.values.copy()
    model.parameters.values[...] = 3
    model.reset()
    np.testing.assert_array_equal(model.parameters.values, start)


def test_taps_give_the_outputs_of_single_layers() -> None:
    model = Model(PLAIN, PLANE, CATEGORICAL)
    program = model.prediction_program(3, ("dense-1", "dense-2"))
    program.inputs["x"][...] = points(3).inputs
    program.run()
    assert program.outputs["dense-1"].shape == (3, 4)
    assert (program.outputs["dense-1"] >= 0).all()
    np.testing.assert_array_equal(program.outputs["dense-2"], program.outputs["output"])


def test_training_does_not_compute_the_softmax_twice() -> None:
    program = Model(LESSON, DIGITS, CATEGORICAL).training_program(32)
    names = [step.name for step in program.instructions]
    assert sum(name.startswith("Softmax ") for name in names) == 0
    assert len(names) <= 14


def test_targets_are_encoded() -> None:
    labels = np.array([1, 0, 1])
    assert encoded(labels, "index", 2).tolist() == [1, 0, 1]
    assert encoded(labels, "binary", 2).tolist() == [[1], [0], [1]]
    assert encoded(labels, "signed", 2).tolist() == [[1], [-1], [1]]
    assert encoded(labels, "one_hot", 3).tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    assert encoded(np.array([1.5, 2.5]), "numbers", 0).tolist() == [[1.5], [2.5]]
