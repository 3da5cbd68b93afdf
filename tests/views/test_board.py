"""What every neuron of a playground says over the plane, and how strongly each weight is drawn."""

from time import thread_time

import numpy as np
import pytest

from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.curve import Curve
from neuralstudio.data.sets.painted import Painted
from neuralstudio.engine.activations import Linear, ReLU, Sigmoid, Tanh
from neuralstudio.layers.features import FEATURES
from neuralstudio.network.model import Model
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.playground import setup as playground
from neuralstudio.views import board


def _model(project: Project) -> Model:
    return Model(project.network, project.dataset.signature, project.loss, project.seeds)


def _largest() -> Project:
    project = playground.with_features(playground.classic(), FEATURES[:7])
    while len(playground.read(project).hidden) < 6:
        project = playground.add_layer(project)
    for column in playground.read(project).hidden:
        project = playground.with_units(project, column.id, 8)
    return project


def _board(project: Project) -> board.Board:
    return board.compute(_model(project), playground.read(project))


def test_each_neuron_has_a_map_and_each_weight_its_number() -> None:
    project = playground.classic()
    setup, model = playground.read(project), _model(project)
    result = board.compute(model, setup)
    assert [layer.id for layer in result.layers] == [*(each.id for each in setup.hidden), setup.output.id]
    assert [layer.maps.shape for layer in result.layers] == [
        (units, board.SIDE, board.SIDE) for units in (4, 2, 1)
    ]
    assert [layer.weights.weights.shape for layer in result.layers] == [(2, 4), (4, 2), (2, 1)]
    assert result.count == 18
    first = setup.hidden[0].id
    assert result.layers[0].weights.biases == pytest.approx(model.parameters.value(f"{first}/bias"))


def test_a_map_is_the_neurons_output_with_the_second_input_upwards() -> None:
    project = playground.classic()
    model, node = _model(project), playground.read(project).hidden[0].id
    model.parameters.value(f"{node}/kernel")[:, 0] = (0, 1)
    model.parameters.value(f"{node}/bias")[0] = 0
    (said, *_) = board.compute(model, playground.read(project)).layers
    places = board.grid(project.dataset.signature, board.SIDE).reshape(board.SIDE, board.SIDE, 2)
    assert said.maps[0] == pytest.approx(np.tanh(places[..., 1]), abs=1e-6)
    assert said.maps[0][0, 0] > 0.99
    assert said.maps[0][-1, 0] < -0.99


def test_features_are_shown_as_they_are_active_or_not() -> None:
    maps = board.feature_maps(Circle().signature)
    assert tuple(maps) == FEATURES
    assert maps["x1"][0, 0] == -1
    assert maps["x1"][0, -1] == 1
    assert maps["x2"][0, 0] == 1
    assert maps["x1-x2"][0, 0] == -1
    assert maps["x1-squared"].min() >= 0
    assert all(each.max() <= 1 and each.min() >= -1 for each in maps.values())


def test_a_sigmoid_output_is_orange_where_it_is_zero() -> None:
    project = example("xor")
    model, setup = _model(project), playground.read(project)
    assert isinstance(setup.output.activation, Sigmoid)
    model.parameters.value(f"{setup.output.id}/kernel")[...] = 0
    model.parameters.value(f"{setup.output.id}/bias")[...] = -20
    assert board.compute(model, setup).layers[-1].maps.max() == pytest.approx(-1, abs=1e-3)
    assert board.answers(model, 10) == pytest.approx(-np.ones((10, 10)), abs=1e-3)


def test_outputs_without_a_bound_are_drawn_on_a_scale_that_drifts() -> None:
    project = playground.with_activation(playground.classic(), ReLU())
    model, setup = _model(project), playground.read(project)
    before = board.compute(model, setup)
    model.parameters.value(f"{setup.hidden[0].id}/kernel")[...] *= 10
    after = board.compute(model, setup, before)
    assert before.layers[0].maps.max() == pytest.approx(1)
    assert 1 < after.layers[0].scale / before.layers[0].scale < 2.5
    assert board.compute(_model(playground.classic()), setup).layers[0].scale > 0


def test_bounded_outputs_need_no_scale() -> None:
    assert all(layer.scale == 1 for layer in _board(playground.classic()).layers)


def test_a_network_that_diverged_gives_numbers_all_the_same() -> None:
    project = playground.with_activation(playground.classic(), Linear())
    model = _model(project)
    model.parameters.values[...] = np.float32(3e38)
    result = board.compute(model, playground.read(project))
    model.parameters.values[...] = np.nan
    result = board.compute(model, playground.read(project), result)
    assert all(np.isfinite(layer.maps).all() for layer in result.layers)
    assert all(np.isfinite(layer.scale) for layer in result.layers)


def test_a_network_on_one_number_gives_curves() -> None:
    project = example("curve")
    result = _board(project)
    units = playground.read(project).hidden[0].units
    assert result.layers[0].maps.shape == (units, board.POINTS)
    assert board.answers(_model(project), 50).shape == (50,)


def test_the_large_map_is_the_networks_answer() -> None:
    project = _largest()
    model = _model(project)
    fine = board.answers(model, 100)
    assert fine.shape == (100, 100)
    assert fine.ravel() == pytest.approx(
        model.predict(board.grid(project.dataset.signature, 100))[:, 0], abs=1e-6
    )


def test_the_large_map_of_a_neuron_is_its_output() -> None:
    project = playground.classic()
    model, setup = _model(project), playground.read(project)
    column = setup.hidden[1]
    fine = board.answers(model, board.SIDE, column.id, 1)
    assert isinstance(column.activation, Tanh)
    assert fine == pytest.approx(board.compute(model, setup).layers[1].maps[1], abs=1e-6)


def test_weights_are_thickest_at_five() -> None:
    project = playground.classic()
    model, setup = _model(project), playground.read(project)
    model.parameters.value(f"{setup.hidden[0].id}/kernel")[0, :3] = (2.5, -5, 50)
    (first, *_) = board.strengths(board.compute(model, setup), "weight")
    assert first.weights[0, :3] == pytest.approx([0.5, -1, 1])


def test_gradients_and_updates_go_by_the_largest_of_them() -> None:
    project = playground.classic()
    model, setup = _model(project), playground.read(project)
    gradients = {name: np.zeros_like(array) for name, array in model.parameters.named().items()}
    gradients[f"{setup.hidden[0].id}/kernel"][1, 2] = -0.2
    gradients[f"{setup.output.id}/kernel"][0, 0] = 0.1
    updates = {name: -0.03 * each for name, each in gradients.items()}
    result = board.compute(model, setup, None, gradients, updates)
    assert board.strengths(result, "gradient")[0].weights[1, 2] == pytest.approx(-1)
    assert board.strengths(result, "gradient")[-1].weights[0, 0] == pytest.approx(0.5)
    assert board.strengths(result, "update")[-1].weights[0, 0] == pytest.approx(-0.5)


def test_update_to_weight_is_drawn_on_a_logarithmic_scale() -> None:
    project = playground.classic()
    model, setup = _model(project), playground.read(project)
    name = f"{setup.hidden[0].id}/kernel"
    updates = {key: np.zeros_like(array) for key, array in model.parameters.named().items()}
    model.parameters.value(name)[0] = (1, 1, -1, 0)
    updates[name][0] = (1e-3, -1e-1, 1e-7, 0)
    result = board.compute(model, setup, None, updates, updates)
    strength = board.strengths(result, "update/weight")[0].weights[0]
    assert strength == pytest.approx([0.5, -1, 0, 0], abs=1e-6)


def test_before_the_first_step_there_is_no_gradient_to_draw() -> None:
    result = _board(playground.classic())
    for mode in board.MODES[1:]:
        assert not any(links.weights.any() for links in board.strengths(result, mode))


def test_several_classes_give_shares_that_add_up_to_one() -> None:
    points = tuple((x, y, place) for place, (x, y) in enumerate(((-3.0, 0.0), (3.0, 0.0), (0.0, 3.0))))
    project = playground.with_dataset(playground.classic(), Painted(points=points))
    shares = board.answers(_model(project), 20)
    assert shares.shape == (20, 20, 3)
    assert shares.sum(axis=2) == pytest.approx(np.ones((20, 20)), abs=1e-5)
    assert _board(project).layers[-1].maps.shape == (3, board.SIDE, board.SIDE)


def test_data_with_named_columns_are_shown_over_their_range() -> None:
    assert board.extent(Circle().signature) == ((-6, 6), (-6, 6))
    assert board.extent(Curve().signature) == ((-3, 3),)


def test_the_largest_classic_network_is_computed_within_three_milliseconds() -> None:
    project = _largest()
    model, setup = _model(project), playground.read(project)
    best, result = 1.0, None
    for _ in range(20):
        start = thread_time()
        result = board.compute(model, setup, result)
        board.strengths(result, "weight")
        best = min(best, thread_time() - start)
    assert best < 0.003


def test_a_corner_of_a_map_does_not_make_all_of_it_pale() -> None:
    layer = _board(playground.with_activation(playground.classic(), ReLU())).layers[0]
    share_clipped = float((np.abs(layer.maps) >= 1).mean())
    assert 0 < share_clipped < 0.1
