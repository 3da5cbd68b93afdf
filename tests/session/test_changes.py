"""Which edits leave a run, which leave some weights, and how runs are kept for undo."""

import numpy as np
from msgspec.structs import replace

from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Tanh
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.engine.random import Seeds
from neuralstudio.engine.shrinking import ShrinkL1
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.network.edits import draw_again, replace_layer, set_fields
from neuralstudio.project.document import Group, Project, SavedRun
from neuralstudio.session import shelf as shelves
from neuralstudio.session.changes import (
    goes_on,
    is_live_change,
    kept,
    layers_kept,
    weight_shapes,
    with_batches_of,
)
from neuralstudio.session.shelf import Shelf, Shelved
from neuralstudio.session.timeline import Timeline
from neuralstudio.training._base import Position
from neuralstudio.training.backprop import Backprop
from tests.ui.window.runs import project

START = project()


def trainer_of(of: Project) -> Backprop:
    assert isinstance(of.trainer, Backprop)
    return of.trainer


class Moments(Timeline):
    """A timeline of a size."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    @property
    def bytes(self) -> int:
        return self.size


def a_run(of: Project, **position: float) -> SavedRun:
    weights = {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(of.check()).items()}
    return SavedRun(weights, position=replace(Position(), **position))


def stays(after: Project) -> bool:
    return goes_on(START, a_run(START), after, weight_shapes(after.check()))


def test_words_groups_epochs_and_rate_are_live_changes() -> None:
    trainer = replace(trainer_of(START), epochs=99, optimiser=Adam(learning_rate=0.5))
    after = replace(START, title="A", about="B", question="C", groups=(Group("D", ()),), trainer=trainer)
    assert is_live_change(START, after)
    assert not is_live_change(START, replace(START, trainer=replace(trainer, batch_size=3)))


def test_a_run_goes_on_where_every_weight_is_the_same() -> None:
    assert stays(replace(START, network=set_fields(START.network, "dropout-1", rate=0.5)))
    assert stays(replace(START, trainer=replace(trainer_of(START), batch_size=5)))


def test_a_run_goes_on_in_another_order_or_precision_or_with_another_shrinking() -> None:
    changes: list[dict[str, object]] = [
        {"order": "fixed"},
        {"leftovers": "carry over"},
        {"measured": "afterwards"},
        {"precision": "double"},
        {"shrinking": ShrinkL1()},
    ]
    for change in changes:
        after = replace(START, trainer=replace(trainer_of(START), **change))
        assert stays(after), change
        assert not is_live_change(START, after), change


def test_a_run_does_not_go_on_as_one_of_another_thing() -> None:
    trainer = trainer_of(START)
    others = {
        "wider": replace(START, network=set_fields(START.network, "dense-1", units=5)),
        "drawn": replace(START, network=draw_again(START.network, "dense-1")),
        "data": replace(START, dataset=Xor(count=60)),
        "seed": replace(START, seeds=Seeds(weights=8)),
        "optimiser": replace(START, trainer=replace(trainer, optimiser=SGD())),
        "loss": replace(
            START,
            network=set_fields(START.network, "dense-2", activation=Tanh()),
            trainer=replace(trainer, loss=MeanSquaredError()),
        ),
    }
    assert [name for name, other in others.items() if stays(other)] == []


def test_weights_are_kept_but_for_layers_drawn_anew_and_another_seed() -> None:
    weights = a_run(START).weights
    drawn = replace(START, network=draw_again(START.network, "dense-1"))
    assert set(kept(weights, START, drawn)) == {"dense-2/kernel", "dense-2/bias"}
    assert kept(weights, START, replace(START, seeds=Seeds(weights=8))) == {}
    assert kept(weights, START, replace(START, seeds=Seeds(order=8))).keys() == weights.keys()
    other = replace(START, network=replace_layer(START.network, "dense-1", Conv2D()))
    assert set(kept(weights, START, other)) == {"dense-2/kernel", "dense-2/bias"}


def test_a_layer_is_kept_when_all_its_weights_fit() -> None:
    weights = a_run(START).weights
    assert layers_kept(weights, START.check()) == (2, 2)
    wider = replace(START, network=set_fields(START.network, "dense-1", units=5))
    assert layers_kept(weights, wider.check()) == (0, 2)
    del weights["dense-2/bias"]
    assert layers_kept(weights, START.check()) == (1, 2)


def test_other_batches_go_back_to_where_one_of_them_begins() -> None:
    run = a_run(START, epoch=2, batch=7, step=31, loss_sum=70.0, metric_sum=35.0)
    moved = with_batches_of(run, 10, 25).position
    assert (moved.epoch, moved.batch, moved.step) == (2, 2, 31)
    assert (moved.loss_sum, moved.metric_sum) == (50.0, 25.0)
    assert with_batches_of(run, 10, 10) is run
    assert with_batches_of(run, 10, 100).position.batch == 0
    assert with_batches_of(run, 10, 100).position.loss_sum == 0


def test_the_shelf_finds_a_run_by_its_document() -> None:
    shelf = Shelf()
    wider = replace(START, network=set_fields(START.network, "dense-1", units=5))
    shelf.put(Shelved(START, a_run(START, step=1)))
    shelf.put(Shelved(wider, a_run(wider, step=2)))
    shelf.put(Shelved(START, a_run(START, step=3)))
    found = shelf.of(replace(START, title="Other words"))
    assert found is not None
    assert found.run.position.step == 3
    assert shelf.latest is not None
    assert shelf.latest.project == START
    assert shelf.of(replace(START, dataset=Xor(count=60))) is None
    shelf.clear()
    assert shelf.latest is None


def test_the_shelf_holds_a_few_runs_and_the_latest_however_large() -> None:
    shelf = Shelf()
    documents = [
        replace(START, network=set_fields(START.network, "dense-1", units=units)) for units in range(1, 40)
    ]
    for document in documents:
        shelf.put(Shelved(document, a_run(document, step=1)))
    held = [document for document in documents if shelf.of(document) is not None]
    assert held == documents[-shelves.MOST :]
    huge = Shelved(START, SavedRun({"w": np.broadcast_to(np.zeros(1, np.float32), (2**30,))}))
    shelf.put(huge)
    assert shelf.of(START) is huge
    assert shelf.of(documents[-1]) is None


def test_the_oldest_runs_lose_their_moments_before_a_run_is_lost() -> None:
    shelf, third = Shelf(), Moments(shelves.MOST_BYTES // 3)
    documents = [
        replace(START, network=set_fields(START.network, "dense-1", units=units)) for units in range(1, 6)
    ]
    for document in documents:
        shelf.put(Shelved(document, a_run(document, step=1), third))
    held = [shelf.of(document) for document in documents]
    assert [each is not None and each.timeline is third for each in held] == [False, False, False, True, True]
    assert None not in held
