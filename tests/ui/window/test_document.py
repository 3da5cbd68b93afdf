"""The document is one value with one kind of undo step; the selection and the star follow it."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import append, remove, set_fields
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.project.document import Project
from neuralstudio.ui.document import Document, Step
from tests.ui.window.runs import Trained, project


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    document = Document()
    document.open(project())
    return document


def is_dirty(document: Document) -> bool:
    return document.is_dirty


def selection(document: Document) -> tuple[str, ...]:
    return document.selection


def set_units(document: Document, units: int, merge_key: str = "", node: str = "dense-1") -> None:
    spec = set_fields(document.network, node, units=units)
    document.edit_network("change units", spec, merge_key=merge_key)


def test_every_edit_is_undone_by_one_kind_of_command(document: Document) -> None:
    start = document.project
    set_units(document, 7)
    document.edit_dataset("count", replace(document.project.dataset, count=60))
    document.edit_trainer("batch", replace(document.project.trainer, batch_size=5))
    document.edit("title", replace(document.project, title="Other"))
    stack = document.undo_stack
    assert stack.count() == 4
    assert {type(stack.command(number)) for number in range(4)} == {type(stack.command(0))}
    assert type(stack.command(0)).__mro__[1] is Step
    end = document.project
    for _ in range(4):
        stack.undo()
    assert document.project == start
    for _ in range(4):
        stack.redo()
    assert document.project == end


def test_an_edit_that_changes_nothing_is_none(document: Document) -> None:
    document.edit("nothing", document.project)
    set_units(document, 4)
    assert document.undo_stack.count() == 0
    assert not is_dirty(document)


def test_changes_with_the_same_key_in_a_row_are_one_step(document: Document) -> None:
    start = document.project
    for units in range(5, 15):
        set_units(document, units, "dense-1/units")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.project == start
    document.undo_stack.redo()
    assert getattr(document.network["dense-1"].layer, "units", 0) == 14


def test_changes_with_other_keys_or_none_are_steps_of_their_own(document: Document) -> None:
    set_units(document, 5, "dense-1/units")
    set_units(document, 2, "dense-2/units", node="dense-2")
    set_units(document, 6, "dense-1/units")
    set_units(document, 7)
    set_units(document, 8)
    assert document.undo_stack.count() == 5


def test_a_drag_back_to_where_it_began_leaves_no_step(document: Document) -> None:
    for units in (5, 6, 4):
        set_units(document, units, "dense-1/units")
    assert document.undo_stack.count() == 0
    assert not is_dirty(document)


def test_a_drag_does_not_merge_with_what_was_saved(document: Document, tmp_path: Path) -> None:
    set_units(document, 5, "dense-1/units")
    document.mark_saved(tmp_path / "a.nstudio")
    set_units(document, 6, "dense-1/units")
    assert is_dirty(document)
    document.undo_stack.undo()
    assert not is_dirty(document)
    assert getattr(document.network["dense-1"].layer, "units", 0) == 5


def test_the_star_follows_edit_undo_redo_and_save(document: Document, tmp_path: Path) -> None:
    titles: list[bool] = []
    document.title_changed.connect(lambda: titles.append(document.is_dirty))

    def shown() -> bool:
        return titles[-1]

    set_units(document, 5)
    assert is_dirty(document)
    assert shown()
    document.undo_stack.undo()
    assert not is_dirty(document)
    assert not shown()
    document.undo_stack.redo()
    document.mark_saved(tmp_path / "a.nstudio")
    assert not is_dirty(document)
    assert not shown()
    document.undo_stack.undo()
    assert is_dirty(document)
    assert shown()


def test_training_is_something_to_save(trained: Trained, tmp_path: Path) -> None:
    assert not is_dirty(trained.document)
    trained.finish()
    assert is_dirty(trained.document)
    trained.document.mark_saved(tmp_path / "a.nstudio")
    assert not is_dirty(trained.document)
    trained.step_batches()
    trained.wait(lambda: trained.document.is_dirty)


def test_opening_a_document_clears_undo_star_path_and_selection(document: Document, tmp_path: Path) -> None:
    set_units(document, 5)
    document.mark_saved(tmp_path / "a.nstudio")
    document.mark_trained()
    document.select("dense-1", LOSS)
    order: list[str] = []
    document.replaced.connect(lambda: order.append("replaced"))
    document.changed.connect(lambda: order.append("changed"))
    document.open(Project())
    assert order == ["replaced", "changed"]
    assert document.undo_stack.count() == 0
    assert not is_dirty(document)
    assert document.path is None
    assert selection(document) == ()


def test_what_still_exists_stays_selected_over_undo_and_redo(document: Document) -> None:
    spec, node = append(document.network, Dense(units=2))
    document.edit_network("add Dense", spec, select=(node,))
    document.select("dense-1", node, DATA, LOSS)
    document.undo_stack.undo()
    assert selection(document) == ("dense-1", DATA, LOSS)
    document.undo_stack.redo()
    assert selection(document) == ("dense-1", DATA, LOSS)
    document.edit_network("remove", remove(document.network, "dense-1"))
    assert selection(document) == (DATA, LOSS)


def test_a_selection_is_told_once(document: Document) -> None:
    told: list[tuple[str, ...]] = []
    document.selection_changed.connect(lambda: told.append(document.selection))
    document.select("dense-1")
    document.select("dense-1")
    document.select()
    assert told == [("dense-1",), ()]


def test_the_report_is_of_the_project_as_it_is(document: Document) -> None:
    weights = document.report.weights
    set_units(document, 8)
    assert document.report.weights == 2 * 8 + 8 + 8 + 1 != weights
    document.undo_stack.undo()
    assert document.report.weights == weights
