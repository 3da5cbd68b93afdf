"""What a layer computes is told with the shapes it has, for every layer there is."""

import pytest

from neuralstudio.engine.activations import ReLU, Softmax
from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.registry import LAYERS
from neuralstudio.ui.forms.computes import Computation, computation

DENSE: dict[str, Shape] = {"kernel": (784, 128), "bias": (128,)}
CELL: dict[str, Shape] = {"kernel": (12, 128), "recurrent_kernel": (32, 128), "bias": (128,)}


def told(
    layer: Layer, *inputs: Shape | None, weights: dict[str, Shape] | None = None, y: Shape | None
) -> Computation:
    named = [(f"Source {number}", shape) for number, shape in enumerate(inputs, 1)]
    return computation(layer, 32, named, weights or {}, y)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("activation", [ReLU(), Softmax()])
def test_a_product_is_told_with_the_shapes_of_its_matrices(activation: ReLU | Softmax) -> None:
    found = told(Dense(units=128, activation=activation), (784,), weights=DENSE, y=(128,))
    assert plain(found.shapes) == "(32, 784)·(784, 128) + (128) → (32, 128)"
    assert [plain(" ".join(each)).strip() for each in found.symbols] == [
        "x (32, 784) Source 1", "W (784, 128) kernel", "b (128) bias", "y (32, 128)",
    ]  # fmt: skip


def test_a_convolution_and_a_step_of_a_recurrent_layer_are_told_likewise() -> None:
    kernel: dict[str, Shape] = {"kernel": (3, 3, 1, 16), "bias": (16,)}
    found = told(Conv2D(filters=16), (28, 28), weights=kernel, y=(26, 26, 16))
    assert plain(found.shapes) == "(32, 28, 28) ∗ (3, 3, 1, 16) + (16) → (32, 26, 26, 16)"
    found = told(LSTM(units=32), (9, 12), weights=CELL, y=(32,))
    assert plain(found.shapes) == "(32, 12)·(12, 128) + (32, 32)·(32, 128) + (128) → (32, 128)"
    assert ("x", "(32, 9, 12)", "Source 1") in [tuple(map(plain, each)) for each in found.symbols]
    found = told(GRU(units=32), (9, 12), weights={**CELL, "recurrent_bias": (128,)}, y=(32,))
    assert plain(found.shapes).count("(128)") == 2


def test_a_merge_is_told_with_as_many_inputs_as_it_has() -> None:
    found = told(Add(), (4, 8), (4, 8), (4, 8), y=(4, 8))
    assert found.formula == "y = x₁ + x₂ + x₃"
    assert plain(found.shapes) == "(32, 4, 8) + (32, 4, 8) + (32, 4, 8) → (32, 4, 8)"
    found = told(Concatenate(), (4, 8), (4, 3), y=(4, 11))
    assert (found.formula, plain(found.shapes)) == ("y = [x₁, x₂]", "(32, 4, 8), (32, 4, 3) → (32, 4, 11)")
    assert [source for _, _, source in found.symbols] == ["Source 1", "Source 2", ""]


def test_where_there_is_no_product_input_and_output_are_told() -> None:
    assert plain(told(Flatten(), (4, 7), y=(28,)).shapes) == "(32, 4, 7) → (32, 28)"
    scale: dict[str, Shape] = {"gamma": (8,), "beta": (8,)}
    assert plain(told(BatchNorm(), (4, 8), weights=scale, y=(4, 8)).shapes) == "(32, 4, 8) → (32, 4, 8)"
    assert told(Dense(), None, y=None).shapes == "(?) → (?)"


@pytest.mark.parametrize("kind", list(LAYERS), ids=lambda kind: kind.tag())
@pytest.mark.parametrize("inputs", [(), (None,), ((4, 4, 2),), ((4,), (5,)), ((4,),) * 11])
def test_any_layer_with_any_wires_can_be_told(kind: type[Layer], inputs: tuple[Shape | None, ...]) -> None:
    found = told(kind(), *inputs, y=None)
    assert found.formula.startswith("y = ")
    assert "→" in found.shapes


def test_a_shape_is_not_broken_at_the_end_of_a_line() -> None:
    shapes = told(Dense(units=128), (784,), weights=DENSE, y=(128,)).shapes
    assert shapes.split(" ") == [
        "(32,\u00a0784)·(784,\u00a0128)", "+", "(128)", "→", "(32,\u00a0128)",
    ]  # fmt: skip
