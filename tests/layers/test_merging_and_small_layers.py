"""Layers that join others or only rearrange: what they take, what they refuse and how they say it."""

import numpy as np
import pytest

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Shape, ShapeError, apply, placeholder, topological
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.engine.ops.loss import SoftmaxCrossEntropy
from neuralstudio.engine.ops.noise import NormalNoise
from neuralstudio.layers._base import Layer, Scope
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.multiply import Multiply
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.temperature import Temperature
from neuralstudio.schema.problem import ProblemError


def joined(layer: Layer, *sizes: Shape) -> Shape:
    """The output's shape, without the batch."""
    inputs = [placeholder(f"x{place}", (2, *size)) for place, size in enumerate(sizes)]
    return layer.join(inputs, Scope("layer", is_training=True)).shape[1:]


@pytest.mark.parametrize("layer", [Add(), Multiply(), Concatenate()], ids=repr)
def test_a_merging_layer_wants_two_or_more(layer: Layer) -> None:
    with pytest.raises(ShapeError) as refusal:
        joined(layer, (4,))
    assert str(refusal.value) == f"{layer.title} joins two or more layers, but only one is connected"


@pytest.mark.parametrize("layer", [Add(), Multiply()], ids=repr)
def test_layers_of_different_shapes_are_not_added_or_multiplied_not_even_by_repeating(layer: Layer) -> None:
    with pytest.raises(ShapeError, match=r"gets 5×4, 5×1 and 5×4$"):
        joined(layer, (5, 4), (5, 1), (5, 4))


def test_concatenation_adds_up_the_last_axis_and_wants_the_others_equal() -> None:
    assert joined(Concatenate(), (5, 4), (5, 1), (5, 2)) == (5, 7)
    with pytest.raises(ShapeError, match=r"gets 5×4 and 6×4$"):
        joined(Concatenate(), (5, 4), (6, 4))
    with pytest.raises(ShapeError, match=r"gets 5×4 and 4$"):
        joined(Concatenate(), (5, 4), (4,))


@pytest.mark.parametrize(
    ("text", "given", "shape"),
    [
        ("7×7×64", (3136,), (7, 7, 64)),
        ("7, 7, 64", (3136,), (7, 7, 64)),
        ("7x7 X 64", (49, 64), (7, 7, 64)),
        ("(4, -1)", (6, 2), (4, 3)),
        ("?", (6, 2), (12,)),
        ("28×28×?", (28, 28), (28, 28, 1)),
    ],
)
def test_a_shape_is_read_as_people_write_it(text: str, given: Shape, shape: Shape) -> None:
    assert joined(Reshape(shape=text), given) == shape


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a shape"),
        ("some text", '"some text" is not a shape'),
        ("3×0", "is not a shape"),
        ("-2×3", "is not a shape"),
        ("2²×3", "is not a shape"),
        ("1×1×1×1×1×1×12", "up to 6"),
        ("9999999999×1", "is not a shape"),
        ("?×?", "more than one"),
        ("5×?", "6×2 has 12 numbers, but 5×\\? needs a multiple of 5"),
        ("5×2", "6×2 has 12 numbers, but 5×2 needs 10"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused_with_a_remedy(text: str, words: str) -> None:
    with pytest.raises(ProblemError, match=words) as refusal:
        joined(Reshape(shape=text), (6, 2))
    (problem,) = refusal.value.problems
    assert problem.field == "shape"
    assert problem.remedy


def test_noise_has_the_deviation_asked_for_and_is_new_in_every_run() -> None:
    x = placeholder("x", (200, 500))
    y = GaussianNoise(deviation=0.3).build(x, Scope("noise", is_training=True))
    program = compile_program({"y": y}, noise=np.random.default_rng(3))
    program.inputs["x"][...] = 2
    program.run()
    first = program.outputs["y"].copy()
    program.run()
    assert first.mean() == pytest.approx(2, abs=0.01)
    assert first.std() == pytest.approx(0.3, rel=0.01)
    assert (first != program.outputs["y"]).any()


def test_two_noises_of_the_same_deviation_differ() -> None:
    x = placeholder("x", (8, 8))
    program = compile_program({name: apply(NormalNoise(1.0), x) for name in "ab"})
    program.run()
    assert (program.outputs["a"] != program.outputs["b"]).any()


def test_there_is_no_noise_in_prediction() -> None:
    x = placeholder("x", (2, 3))
    assert GaussianNoise().build(x, Scope("noise", is_training=False)) is x


def test_the_loss_sees_through_softmax_with_a_temperature() -> None:
    scores, labels = placeholder("x", (4, 3)), placeholder("labels", (4,), "index")
    y = Temperature(temperature=5.0).build(scores, Scope("temperature", is_training=True))
    loss = CategoricalCrossEntropy().build(y, labels)
    assert any(isinstance(node.op, SoftmaxCrossEntropy) for node in topological([loss]))
    program = compile_program({"loss": loss})
    program.inputs["x"][...] = [[1000, 0, 0]] * 4
    program.inputs["labels"][...] = 1
    program.run()
    assert float(program.outputs["loss"]) == 200
