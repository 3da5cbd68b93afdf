"""The confusion matrix counts what the network really answers."""

import numpy as np
import pytest

from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.activations import Sigmoid, Softmax, Tanh
from neuralstudio.engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from neuralstudio.layers.dense import Dense
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.views import confusion

THREE = Signature((3,), classes=("cat", "dog", "hat"))
TWO = Signature((1,), classes=("orange", "blue"))


def _identity_model() -> Model:
    """Answers the class whose input is largest."""
    model = Model(stack(Dense(units=3, activation=Softmax())), THREE, CategoricalCrossEntropy())
    model.parameters.value("dense-1/kernel")[...] = np.eye(3)
    return model


def _samples(rows: list[list[float]], targets: list[int]) -> Samples:
    return Samples(np.array(rows, dtype=np.float32), np.array(targets, dtype=np.int64))


def test_true_classes_are_rows_and_predicted_ones_columns() -> None:
    samples = _samples([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 1, 2])
    counts = confusion.counted(_identity_model(), samples)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_inputs_are_scaled_before_they_are_predicted() -> None:
    model = _identity_model()
    model.parameters.value("dense-1/bias")[...] = [0.5, 0, 0]
    pixels = Samples(np.array([[0, 255, 0]], dtype=np.uint8), np.array([1]), scale=1 / 1000)
    assert confusion.counted(model, pixels)[1].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("activation", "loss"),
    [(Sigmoid(), BinaryCrossEntropy()), (Tanh(), MeanSquaredError())],
    ids=["sigmoid", "tanh"],
)
def test_one_output_stands_for_the_side_it_lies_on(
    activation: Sigmoid | Tanh, loss: BinaryCrossEntropy | MeanSquaredError
) -> None:
    model = Model(stack(Dense(units=1, activation=activation)), TWO, loss)
    model.parameters.value("dense-1/kernel")[...] = 1
    samples = _samples([[-2], [-1], [1], [2]], [0, 1, 1, 1])
    assert confusion.counted(model, samples).tolist() == [[1, 0], [1, 2]]


def test_the_title_says_how_many_are_right() -> None:
    figure = confusion.compute(np.array([[3, 1], [0, 4]]), TWO.classes)
    assert figure.title == "Confusion · 7 of 8 right (87.5%)"
    assert figure.cell_texts == (("3", "1"), ("", "4"))
    assert figure.limit == 4
    assert figure.values.tolist() == [[3, 1], [0, 4]]


def test_accuracy_by_class_leaves_out_classes_without_samples() -> None:
    bars = confusion.by_class(np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1]]), THREE.classes)
    assert bars.labels == ("cat", "hat")
    assert bars.values == pytest.approx([0.75, 0.5])


def test_counts_of_nothing_give_a_figure_without_cells() -> None:
    assert confusion.compute(np.zeros((3, 3), dtype=np.int64), THREE.classes).values.size == 0


def test_the_title_says_of_how_many_only_a_part_is_counted() -> None:
    counts = np.array([[3, 1], [0, 4]])
    assert confusion.compute(counts, TWO.classes, 2000).title.endswith("(87.5%) · a sample of 2,000")
    assert "sample" not in confusion.compute(counts, TWO.classes, 8).title


def test_of_many_classes_the_worst_come_first_and_absent_ones_do_not_come() -> None:
    size = confusion.MOST_BARS + 4
    right = np.arange(size)
    counts = np.diag(right)
    counts[:, 0] += size - right
    counts[7] = 0
    counts[5] = 2 * counts[5]
    bars = confusion.by_class(counts, [f"class {index}" for index in range(size)])
    expected = [index for index in range(1, size) if index != 7][: confusion.MOST_BARS]
    assert bars.labels == tuple(f"class {index}" for index in expected)
    assert bars.values == pytest.approx([index / size for index in expected])
