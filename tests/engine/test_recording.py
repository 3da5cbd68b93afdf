"""A recorded step can be walked through forwards and backwards, with names, formulas, shapes and values."""

import numpy as np

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Softmax, Tanh
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.engine.recording import Recording
from neuralstudio.layers.dense import Dense
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack

SPEC = stack(Dense(units=4, activation=Tanh()), Dense(units=3, activation=Softmax()))


def recorded() -> tuple[Model, Recording]:
    model = Model(SPEC, Signature((2,), ("a", "b", "c")), CategoricalCrossEntropy())
    program = model.explained_program(5)
    program.inputs["x"][...] = np.random.default_rng(1).normal(size=(5, 2))
    program.inputs["target"][...] = [0, 1, 2, 1, 0]
    return model, Recording(program)


def test_every_moment_has_name_formula_shape_and_a_value_of_its_own() -> None:
    model, recording = recorded()
    assert len(recording) == len(model.explained_program(5).instructions)
    for moment in recording:
        assert moment.name
        assert moment.formula
        assert moment.value.shape == moment.shape
        assert moment.flops >= 0
    kept = [moment.value.copy() for moment in recording]
    model.explained_program(5).inputs["x"][...] = 7
    model.explained_program(5).run()
    for moment, value in zip(recording, kept, strict=True):
        np.testing.assert_array_equal(moment.value, value)


def test_the_values_are_those_of_the_layers() -> None:
    model, recording = recorded()
    x = np.random.default_rng(1).normal(size=(5, 2)).astype(np.float32)
    named = model.parameters.named()
    hidden = np.tanh(x @ named["dense-1/kernel"] + named["dense-1/bias"])
    first = [moment for moment in recording.of("dense-1") if moment.name.startswith("Tanh")]
    np.testing.assert_allclose(first[0].value, hidden, 1e-5, 1e-6)
    assert first[0].shape == (5, 4)
    np.testing.assert_allclose(first[0].inputs[0], np.arctanh(hidden), 1e-3, 1e-4)


def test_it_goes_forwards_and_backwards() -> None:
    _, recording = recorded()
    owners = [moment.owner for moment in recording if moment.owner]
    assert owners.index("dense-1") < owners.index("dense-2")
    assert owners[::-1].index("dense-1") < len(owners)  # the backward pass comes back to the first layer
    assert list(reversed(recording)) == list(recording)[::-1]
    assert recording[0] is recording[:1][0]
