"""A sweep tries every combination of two settings; what cannot be tried says why."""

from math import isfinite, isnan

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.data._base import Data
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Linear, ReLU, Tanh
from neuralstudio.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.run import Run
from neuralstudio.session.sweep import MOST_CELLS, SIDE, Cell, Sweep
from neuralstudio.session.sweepable import Sweepable, settings_of
from neuralstudio.training.backprop import Backprop

PROJECT = Project(
    network=stack(Dense(units=4, activation=Tanh()), Dropout(rate=0.1), Dense(units=1, activation=Tanh())),
    dataset=Xor(count=40),
    trainer=Backprop(loss=MeanSquaredError(), optimiser=SGD(learning_rate=0.03), batch_size=10, epochs=7),
)


def setting(key: str, project: Project = PROJECT) -> Sweepable:
    return next(each for each in settings_of(project) if each.key == key)


def sweep(first: str, rows: list[object], second: str, columns: list[object], epochs: int = 2) -> Sweep:
    return Sweep(PROJECT, (setting(first), rows), (setting(second), columns), epochs)  # type: ignore[arg-type]


def trainer(project: Project) -> Backprop:
    assert isinstance(project.trainer, Backprop)
    return project.trainer


def test_all_that_is_usual_can_be_swept() -> None:
    keys = [each.key for each in settings_of(PROJECT)]
    assert keys[:3] == ["optimiser/learning_rate", "batch-size", "optimiser"]
    assert set(keys) >= {
        "activation", "dense-1/units", "hidden-layers", "dropout-1/rate", "l1", "l2",
        "data/noise", "data/share", "seeds/data", "seeds/weights", "seeds/order",
    }  # fmt: skip
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", example_names())
def test_every_suggested_value_of_every_example_makes_another_document(name: str) -> None:
    project = example(name)
    for each in settings_of(project):
        assert each.values
        assert len(each.values) == len(set(map(each.words, each.values))), each.title
        for value in each.values:
            made = each.apply(project, value)
            if value == each.present:
                assert made == project, each.key
            else:
                assert made != project, (each.key, value)


def test_values_go_where_their_title_says() -> None:
    assert trainer(setting("optimiser/learning_rate").apply(PROJECT, 0.3)).optimiser.learning_rate == 0.3
    assert trainer(setting("batch-size").apply(PROJECT, 5)).batch_size == 5
    adam = trainer(setting("optimiser").apply(PROJECT, Adam())).optimiser
    assert isinstance(adam, Adam)
    assert adam.learning_rate == 0.03
    relu = setting("activation").apply(PROJECT, ReLU()).network
    assert [node.layer.activation for node in relu if isinstance(node.layer, Dense)] == [ReLU(), Tanh()]
    assert setting("dense-1/units").apply(PROJECT, 9).network["dense-1"].layer == Dense(
        units=9, activation=Tanh()
    )
    assert setting("data/noise").apply(PROJECT, 20).dataset == Xor(count=40, noise=20)
    assert setting("seeds/weights").apply(PROJECT, 4).seeds.weights == 4
    assert {node.learning.l1 for node in setting("l1").apply(PROJECT, 0.1).network} == {0.1}


@pytest.mark.parametrize("count", range(5))
def test_hidden_layers_are_as_many_as_asked_for(count: int) -> None:
    made = setting("hidden-layers").apply(PROJECT, count)
    assert sum(isinstance(node.layer, Dense) for node in made.network) == count + 1
    assert not errors(made.check().problems)


def test_a_value_out_of_range_is_refused_in_a_sentence() -> None:
    with pytest.raises(ProblemError, match="Received"):
        setting("dense-1/units").apply(PROJECT, 0)


def test_each_cell_is_the_run_of_its_own_document() -> None:
    grid = sweep("optimiser/learning_rate", [0.01, 0.1], "dense-1/units", [2, 3], epochs=3)
    cells = list(grid.run())
    assert [(cell.row, cell.column) for cell in cells] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for cell in cells:
        project = grid.project_of(cell.row, cell.column)
        run = Run(project, project.dataset.load(1))
        run.train(lambda _: None, 3)
        last = run.history.epochs.rows[-1]
        assert (cell.train_loss, cell.test_loss, cell.metric) == (last[1], last[3], last[4])
        assert not cell.problem
        assert cell.answers is not None
        assert cell.answers.shape == (SIDE * SIDE,)
        assert float(np.abs(cell.answers).max()) <= 1


def test_more_classes_have_an_answer_each() -> None:
    three = replace(
        PROJECT,
        network=stack(Dense(units=2, activation=Linear())),
        trainer=replace(trainer(PROJECT), loss=CategoricalCrossEntropy()),
    )
    axis = setting("seeds/weights", three), setting("seeds/order", three)
    (cell,) = Sweep(three, (axis[0], [1]), (axis[1], [1]), 1).run()
    assert cell.problem or cell.answers is not None


def test_a_diverging_cell_says_so_and_the_others_go_on() -> None:
    steep = replace(
        PROJECT,
        network=stack(Dense(units=4, activation=Linear()), Dense(units=1, activation=Linear())),
        dataset=Circle(count=40),
    )
    rates, seeds = setting("optimiser/learning_rate", steep), setting("seeds/weights", steep)
    good, bad = Sweep(steep, (rates, [0.003, 10.0]), (seeds, [1]), 20).run()
    assert not good.problem
    assert isfinite(good.test_loss)
    assert bad.problem
    assert "\n" not in bad.problem
    assert bad.answers is None


def test_an_impossible_cell_says_why_and_the_others_go_on() -> None:
    units, share = setting("dense-1/units"), setting("seeds/order")
    cells = list(Sweep(PROJECT, (units, [4, -1]), (share, [1, 2]), 1).run())
    assert [bool(cell.problem) for cell in cells] == [False, False, True, True]
    assert "Received: -1" in cells[2].problem
    assert isnan(cells[2].test_loss)


def test_a_cancelled_sweep_ends_within_its_cell() -> None:
    found: list[Cell] = []
    shares: list[float] = []

    def should_stop() -> bool:
        return bool(found) and bool(shares) and shares[-1] > 0.3

    grid = sweep("seeds/weights", [1, 2], "seeds/order", [1, 2], epochs=50)
    found.extend(grid.run(should_stop, shares.append))
    assert [(cell.row, cell.column) for cell in found] == [(0, 0)]
    assert shares[-1] < 0.5


def test_progress_goes_from_nothing_to_all() -> None:
    shares: list[float] = []
    list(sweep("seeds/weights", [1, 2], "seeds/order", [1], epochs=4).run(on_progress=shares.append))
    assert shares == sorted(shares)
    assert shares[0] == 1 / 8
    assert shares[-1] == 1


def test_data_are_loaded_once_for_each_setting_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[object] = []
    load = Xor.load

    def counted(self: Xor, seed: int) -> Data:
        loads.append((self, seed))
        return load(self, seed)

    monkeypatch.setattr(Xor, "load", counted)
    list(sweep("seeds/weights", [1, 2], "seeds/order", [1, 2], epochs=1).run())
    assert len(loads) == 1
    list(sweep("data/noise", [0, 10], "seeds/order", [1, 2], epochs=1).run())
    assert len(loads) == 3
    list(sweep("seeds/order", [1, 2], "data/noise", [0, 10], epochs=1).run())
    assert len(loads) == 5


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ProblemError, match="two different"):
        sweep("batch-size", [1], "batch-size", [2])
    with pytest.raises(ProblemError, match="no values"):
        sweep("batch-size", [], "seeds/data", [2])
    with pytest.raises(ProblemError, match=f"at most {MOST_CELLS}"):
        sweep("batch-size", list(range(1, 14)), "seeds/data", list(range(13)))
    with pytest.raises(ProblemError, match="at least one epoch"):
        sweep("batch-size", [1], "seeds/data", [2], epochs=0)
