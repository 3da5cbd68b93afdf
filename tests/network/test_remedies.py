"""Every way in which a layer can fail to fit its input is told with something that helps."""

import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Softmax
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.average_pool1d import AveragePool1D
from neuralstudio.layers.average_pool2d import AveragePool2D
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool1d import MaxPool1D
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.rbf import RBF
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.check import check
from neuralstudio.network.spec import NetworkSpec, Node, stack
from neuralstudio.schema.problem import Problem

CLASSES = tuple("ab")
ROW, IMAGE, COLOURED = ((6,), (6, 4), (6, 4, 3))
SHAPES = [ROW, IMAGE, COLOURED, (2, 6, 4, 3)]


def problem(spec: NetworkSpec, signature: Signature, node: str) -> Problem:
    (found,) = check(spec, signature, CategoricalCrossEntropy()).of(node)
    return found


@pytest.mark.parametrize(
    ("layer", "size", "what", "remedy"),
    [
        (Dense(), IMAGE, "needs a flat input, but gets 6×4", "Insert Flatten before it."),
        (RBF(), IMAGE, "needs a flat input, but gets 6×4", "Insert Flatten before it."),
        (Conv2D(kernel_size=5), IMAGE, "5×5 is larger", "Choose a smaller kernel, or padding “same”."),
        (
            Conv2D(kernel_size=3, dilation=2),
            IMAGE,
            "5×5 is larger",
            "Choose a smaller kernel or dilation, or padding “same”.",
        ),
        (Conv1D(kernel_size=7), ROW, "7 steps is longer", "Choose a smaller kernel, or padding “same”."),
        (Conv2D(groups=2), COLOURED, "3 channels cannot be divided into 2 groups", "Set Groups to 1."),
        (Conv2D(groups=9), COLOURED, "3 channels cannot be divided into 9 groups", "Set Groups to 1."),
        (
            Conv2D(groups=3, filters=4),
            COLOURED,
            "4 filters cannot be divided into 3 groups",
            "Set Groups to 1, or Filters to a multiple of 3.",
        ),
        (Conv1D(groups=4, filters=6), (9, 8), "6 filters", "Set Groups to 2, or Filters to a multiple of 4."),
        (Conv1D(), COLOURED, "needs a sequence", "Use Conv 2D, or insert Reshape before it."),
        (Conv2D(), ROW, "needs an image", "Insert Reshape before it, for example to “6×4×1”."),
        (MaxPool2D(size=5), IMAGE, "5×5 does not fit", "Choose a smaller size, or padding “same”."),
        (AveragePool2D(size=5), IMAGE, "5×5 does not fit", "Choose a smaller size, or padding “same”."),
        (MaxPool1D(size=7), ROW, "7 steps is longer", "Choose a smaller size, or padding “same”."),
        (AveragePool1D(size=7), ROW, "7 steps is longer", "Choose a smaller size, or padding “same”."),
        (GlobalMaxPool(), ROW, "needs a sequence or an image", "Remove it, or insert Reshape before it."),
        (GlobalAveragePool(), ROW, "needs a sequence or an image", "Remove it, or insert Reshape before it."),
        (LSTM(), COLOURED, "needs steps×features", "Insert Reshape before it."),
        (Embedding(), ROW, "needs tokens", "Remove it, or choose data of tokens, such as Text."),
    ],
)
def test_a_shape_that_does_not_fit_is_told_with_what_helps(
    layer: Layer, size: tuple[int, ...], what: str, remedy: str
) -> None:
    spec = stack(layer, Flatten(), Dense(units=2, activation=Softmax()))
    found = problem(spec, Signature(size, CLASSES), spec.nodes[0].id)
    assert what in found.what
    assert found.remedy == remedy


@pytest.mark.parametrize(
    "kind", [kind for kind in LAYERS if not kind.reads_tokens], ids=lambda each: each.__name__
)
def test_a_layer_on_tokens_asks_for_an_embedding(kind: type[Layer]) -> None:
    spec = stack(kind())
    found = problem(spec, Signature((6,), CLASSES, vocabulary=5), spec.nodes[0].id)
    assert found.remedy == "Insert Embedding before it."


def test_a_table_too_small_for_the_data_is_told_with_the_size_it_needs() -> None:
    spec = stack(Embedding(vocabulary=3))
    found = problem(spec, Signature((6,), CLASSES, vocabulary=5), "embedding-1")
    assert found.remedy == "Set Vocabulary to 0 or to at least 5."


def joined(layer: Layer, first: Layer, second: Layer) -> Problem:
    nodes = Node("first-1", first), Node("second-1", second), Node("both-1", layer, ("first-1", "second-1"))
    return problem(NetworkSpec(nodes), Signature(COLOURED, CLASSES), "both-1")


def test_a_layer_that_joins_several_asks_for_a_second_one() -> None:
    found = problem(stack(Add()), Signature(ROW, CLASSES), "add-1")
    assert found.what == "Add joins two or more layers, but only one is connected"
    assert found.remedy == "Wire a second layer to it, or remove it."


def test_layers_that_cannot_be_joined_are_told_with_what_helps() -> None:
    narrow, wide = Conv2D(filters=2), Conv2D(filters=5)
    assert joined(Add(), narrow, wide).remedy == (
        "Give the layers before it the same units or filters, or use Concatenate."
    )
    smaller = Conv2D(filters=2, stride=2)
    assert joined(Add(), narrow, smaller).remedy == (
        "Give the layers before it the same size, with the same strides and padding."
    )
    assert joined(Concatenate(), narrow, smaller).remedy == "Insert Flatten before it in each branch."


@pytest.mark.parametrize("size", SHAPES, ids=repr)
@pytest.mark.parametrize("kind", list(LAYERS), ids=lambda each: each.__name__)
def test_no_layer_refuses_a_shape_without_saying_what_helps(kind: type[Layer], size: tuple[int, ...]) -> None:
    spec = stack(kind())
    report = check(spec, Signature(size, CLASSES), CategoricalCrossEntropy())
    assert all(each.remedy for each in report.of(spec.nodes[0].id))
