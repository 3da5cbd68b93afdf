"""The histograms of the weights count every weight where it belongs."""

import numpy as np
import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Softmax
from neuralstudio.layers.dense import Dense
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.project.examples import example
from neuralstudio.views import weights


def _digits_model() -> Model:
    project = example("digits-mlp")
    return Model(project.network, project.dataset.signature, project.loss)


def test_every_weight_array_has_a_histogram_in_the_order_of_the_layers() -> None:
    titles = [figure.title for figure in weights.compute(_digits_model())]
    assert titles == ["Dense 1 · kernel", "Dense 1 · bias", "Dense 2 · kernel", "Dense 2 · bias"]


def test_counts_are_those_of_numpy() -> None:
    model = _digits_model()
    figure = weights.of_weight(model, "dense-2/kernel")
    values = model.parameters.value("dense-2/kernel")
    expected, _ = np.histogram(values.astype(np.float64), figure.edges)
    # A value that lies on an edge in float32 may fall to either side of it.
    assert np.abs(figure.counts - expected).sum() <= 2
    assert figure.counts.sum() == values.size


def test_the_axis_is_symmetric_and_holds_the_largest_weight() -> None:
    model = _digits_model()
    model.parameters.value("dense-2/kernel")[0, 0] = -2.7
    figure = weights.of_weight(model, "dense-2/kernel")
    assert (figure.edges[0], figure.edges[-1]) == (-3.0, 3.0)
    assert figure.counts[0] + figure.counts[1] + figure.counts[2] == 1


def test_the_note_has_mean_and_spread() -> None:
    model = _digits_model()
    model.parameters.value("dense-1/bias")[...] = np.tile([-0.25, 0.75], 64)
    assert weights.of_weight(model, "dense-1/bias").note == "mean 0.25 · std 0.5"


def test_weights_that_are_all_zero_stand_in_one_bin() -> None:
    figure = weights.of_weight(_digits_model(), "dense-1/bias")
    assert figure.counts.max() == 128
    assert figure.counts.sum() == 128
    assert np.isfinite(figure.edges).all()


def test_of_a_very_large_layer_a_share_is_counted_and_the_note_says_so() -> None:
    signature = Signature((700,), classes=tuple(str(number) for number in range(700)))
    project = example("digits-mlp")
    model = Model(stack(Dense(units=700, activation=Softmax())), signature, project.loss)
    figure = weights.of_weight(model, "dense-1/kernel")
    assert figure.counts.sum() == pytest.approx(700 * 700 / 3, rel=0.01)
    assert figure.note.endswith("1 in 3")
