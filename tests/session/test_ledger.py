"""Runs that were left are kept with their curves and figures, and told apart by what differs."""

from dataclasses import replace as with_fields

import pytest
from msgspec.structs import replace

from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import ReLU, Tanh
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import set_fields
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session import ledger
from neuralstudio.session.ledger import MOST, Ledger, differences, summary
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop

PROJECT = Project(
    network=stack(Dense(units=4, activation=Tanh()), Dense(units=1, activation=Tanh())),
    dataset=Xor(count=40),
    trainer=Backprop(loss=MeanSquaredError(), optimiser=SGD(learning_rate=0.03), batch_size=10),
)


def changed(**changes: object) -> Project:
    assert isinstance(PROJECT.trainer, Backprop)
    return replace(PROJECT, trainer=replace(PROJECT.trainer, **changes))


def trained(project: Project = PROJECT, epochs: int = 2) -> SavedRun:
    run = Run(project, project.dataset.load(1))
    run.train(lambda _: None, epochs)
    return run.saved()


def test_a_run_is_kept_with_its_curves_and_last_figures() -> None:
    book, run = Ledger(), trained(epochs=3)
    kept = book.keep(PROJECT, run)
    assert kept is not None
    assert book.runs == (kept,)
    assert kept.title == "4 tanh, rate 0.03"
    assert kept.figures.epochs == 3
    assert kept.figures.seconds == run.position.seconds
    last = kept.history.epochs.rows[-1]
    assert (kept.figures.train_loss, kept.figures.test_loss) == (last[1], last[3])
    assert (kept.figures.train_metric, kept.figures.test_metric) == (last[2], last[4])


@pytest.mark.parametrize("run", [None, SavedRun({}), "begun"])
def test_what_is_no_epoch_long_is_not_kept(run: SavedRun | str | None) -> None:
    if isinstance(run, str):
        whole = trained(epochs=1)
        run = with_fields(whole, position=replace(whole.position, epoch=0, batch=1))
    assert Ledger().keep(PROJECT, run) is None


def test_the_same_run_is_kept_once() -> None:
    book, run = Ledger(), trained()
    assert book.keep(PROJECT, run) is not None
    assert book.keep(PROJECT, run) is None
    assert len(book.runs) == 1


def test_titles_say_what_differs() -> None:
    book = Ledger()
    relu = replace(PROJECT, network=set_fields(PROJECT.network, "dense-1", activation=ReLU()))
    projects = [PROJECT, changed(optimiser=SGD(learning_rate=0.1)), relu, changed(batch_size=5)]
    titles = [kept.title for project in projects if (kept := book.keep(project, trained(project)))]
    assert titles == [
        "4 tanh, rate 0.03",
        "4 tanh, rate 0.1",
        "4 relu, rate 0.03",
        "4 tanh, rate 0.03, batch size 5",
    ]
    again = book.keep(PROJECT, trained(epochs=4))
    assert again is not None
    assert again.title not in titles


def test_a_network_without_hidden_layers_has_a_title_too() -> None:
    single = replace(PROJECT, network=stack(Dense(units=1, activation=Tanh())))
    assert summary(single) == "no hidden layer, rate 0.03"


def test_the_oldest_that_is_not_pinned_makes_room() -> None:
    book = Ledger()
    whole = trained()
    for number in range(MOST):
        book.keep(PROJECT, with_fields(whole, position=replace(whole.position, step=number)))
    first, second = book.runs[0].number, book.runs[1].number
    book.pin(first, True)
    book.keep(PROJECT, with_fields(whole, position=replace(whole.position, step=MOST)))
    numbers = [run.number for run in book.runs]
    assert len(numbers) == MOST
    assert first in numbers
    assert second not in numbers


def test_kept_runs_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    book, whole = Ledger(), trained()
    first = book.keep(PROJECT, whole)
    assert first is not None
    monkeypatch.setattr(ledger, "MOST_BYTES", first.bytes + 1)
    second = book.keep(PROJECT, trained(epochs=3))
    assert book.runs == (second,)


def test_colours_differ_as_long_as_there_are_some() -> None:
    book, whole = Ledger(), trained()
    for number in range(ledger.COLOURS):
        book.keep(PROJECT, with_fields(whole, position=replace(whole.position, step=number)))
    assert sorted(run.colour for run in book.runs) == list(range(ledger.COLOURS))
    book.remove(book.runs[3].number)
    kept = book.keep(PROJECT, with_fields(whole, position=replace(whole.position, step=99)))
    assert kept is not None
    assert kept.colour == 3


def test_runs_are_renamed_shown_and_removed() -> None:
    book = Ledger()
    kept = book.keep(PROJECT, trained())
    assert kept is not None
    book.rename(kept.number, "  Mine ")
    book.rename(kept.number, "   ")
    book.show(kept.number, True)
    assert [(run.title, run.is_shown) for run in book.shown] == [("Mine", True)]
    book.show(kept.number, False)
    assert book.shown == ()
    book.remove(kept.number)
    assert book.runs == ()


def test_the_table_has_the_settings_that_differ_and_no_others() -> None:
    book = Ledger()
    wide = replace(PROJECT, network=set_fields(PROJECT.network, "dense-1", units=6), title="Another")
    for project in (PROJECT, changed(batch_size=5), wide):
        book.keep(project, trained(project))
    table = differences(book.runs)
    assert table.titles == tuple(run.title for run in book.runs)
    assert dict(table.rows) == {
        "Training · Batch size": ("10", "5", "10"),
        "Dense 1 · Units": ("4", "4", "6"),
    }
    assert differences(book.runs[:1]).rows == ()
