"""The left column: data sets by their pictures, sliders, formulas, functions and tables."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSlider

from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.formula import Formula
from neuralstudio.data.sets.function import Function
from neuralstudio.project.playground import setup
from tests.ui.playground.hands import Hands


@pytest.mark.parametrize("tag", ["xor", "gaussian", "spiral", "formula", "function", "columns"])
def test_a_tile_chooses_its_data_set_in_one_undo_step(hands: Hands, tag: str) -> None:
    before = hands.project
    hands.click(f"tile-{tag}")
    assert hands.project.dataset.tag() == tag
    assert hands.steps == 1
    tile = hands.find(f"tile-{tag}")
    assert isinstance(tile, QAbstractButton)
    assert tile.isChecked()
    hands.studio.document.undo_stack.undo()
    assert hands.project == before
    assert not tile.isChecked()


def test_regression_has_other_sets_to_choose_from(hands: Hands) -> None:
    assert not hands.find("tile-plane").isVisible()
    combo = hands.find("playground-problem")
    assert isinstance(combo, QComboBox)
    combo.activated.emit(1)
    assert hands.find("tile-plane").isVisible()
    assert hands.find("tile-multi-gaussian").isVisible()
    assert not hands.find("tile-circle").isVisible()
    assert hands.find("tile-painted").isVisible()


def test_noise_goes_along_to_the_next_set(hands: Hands) -> None:
    slider = hands.find("playground-noise")
    assert isinstance(slider, QSlider)
    slider.setValue(4)
    hands.click("tile-xor")
    assert getattr(hands.project.dataset, "noise") == 20  # noqa: B009 - not all sets have it


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("playground-share-slider", lambda hands: hands.project.dataset.share),
        ("playground-noise", lambda hands: hands.project.dataset.noise),
        ("playground-batch", lambda hands: hands.setup.batch_size),
    ],
)
def test_a_drag_of_a_slider_is_one_undo_step(hands: Hands, name: str, read: object) -> None:
    assert callable(read)
    before, old = hands.project, read(hands)
    slider = hands.find(name)
    assert isinstance(slider, QSlider)
    for value in (5, 6, 7):
        slider.setValue(value)
    assert read(hands) != old
    assert hands.text(f"{name}-value").startswith(str(read(hands)))
    assert hands.steps == 1
    hands.studio.document.undo_stack.undo()
    assert hands.project == before


def test_a_drag_shows_the_new_points_at_once(hands: Hands) -> None:
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    before = figure.points
    slider = hands.find("playground-share-slider")
    assert isinstance(slider, QSlider)
    slider.setValue(7)
    hands.load()
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    assert len(before) == 250
    assert len(figure.points) == 400


def test_regenerate_draws_other_points_and_keeps_the_weights_seed(hands: Hands) -> None:
    first = hands.studio.loader.data
    hands.click("playground-draw-again")
    hands.load()
    second = hands.studio.loader.data
    assert first is not None
    assert second is not None
    assert (first.train.inputs != second.train.inputs).any()
    assert (hands.project.seeds.data, hands.project.seeds.weights) == (2, 1)
    assert hands.steps == 1


def typed(hands: Hands, name: str, text: str) -> QLineEdit:
    edit = hands.find(name)
    assert isinstance(edit, QLineEdit)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    return edit


@pytest.mark.parametrize("text", ["sin(x1", "x1 +* 2", "hello", "1", "log(-x1^2) > 0", "x1 > 99"])
def test_a_wrong_formula_is_said_beside_it_and_changes_nothing(hands: Hands, text: str) -> None:
    hands.click("tile-formula")
    before = hands.project
    edit = typed(hands, "field-formula.expression", text)
    sentence = _note(hands)
    assert len(sentence) > 10
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert hands.project is before


def _note(hands: Hands) -> str:
    note = hands.panel.data._formula._form.sentence("expression")
    assert note
    return note


def test_a_right_formula_is_taken_with_enter(hands: Hands) -> None:
    hands.click("tile-formula")
    edit = typed(hands, "field-formula.expression", "x1^2 + x2^2 < 9")
    assert not hands.panel.data._formula._form.sentence("expression")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert hands.project.dataset == Formula(expression="x1^2 + x2^2 < 9")
    assert hands.steps == 2


def test_a_formula_without_a_comparison_makes_a_regression(hands: Hands) -> None:
    hands.click("tile-formula")
    edit = typed(hands, "field-formula.expression", "x1 * x2")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert hands.setup.problem == "regression"
    assert not hands.studio.document.report.problems


def test_an_example_can_be_clicked(hands: Hands) -> None:
    hands.click("tile-formula")
    hands.click("formula-example-1")
    assert hands.project.dataset == Formula(expression="x1 * x2 > 0")


def test_a_function_of_one_number_has_its_own_network_input_and_units(hands: Hands) -> None:
    hands.click("tile-function")
    assert isinstance(hands.project.dataset, Function)
    assert len(hands.setup.features) == 1
    units = hands.find("function-units")
    assert isinstance(units, QComboBox)
    units.activated.emit(units.findText("16"))
    assert hands.setup.hidden[0].units == 16
    assert not hands.studio.document.report.problems


def test_a_table_offers_its_columns(hands: Hands, tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{n * n},{'high' if n > 9 else 'low'}" for n in range(20))
    file = tmp_path / "table.csv"
    file.write_text(f"length,area,kind\n{rows}\n", encoding="utf-8")
    hands.click("tile-columns")
    hands.load()
    assert "No table is chosen" in hands.text("playground-data-problem")
    edit = typed(hands, "field-columns.file", str(file))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    box = hands.find("columns-across")
    assert isinstance(box, QComboBox)
    assert [box.itemText(place) for place in range(box.count())] == ["automatic", "length", "area", "kind"]
    box.activated.emit(2)
    dataset = hands.project.dataset
    assert isinstance(dataset, Columns)
    assert dataset.across == "area"
    hands.load()
    assert hands.text("playground-data-problem") == ""
    assert hands.project.dataset.signature.classes == ("high", "low")


def test_controls_that_a_link_hides_are_hidden(hands: Hands) -> None:
    hands.studio.options.choose(hidden=frozenset({"noise", "batchSize"}))
    assert not hands.find("playground-noise").isVisible()
    assert not hands.find("playground-batch").isVisible()
    assert hands.find("playground-share-slider").isVisible()


def test_every_tile_has_a_name_and_a_tooltip(hands: Hands) -> None:
    tiles = [each for each in hands.panel.findChildren(QAbstractButton) if "tile-" in each.objectName()]
    assert len(tiles) == 10
    assert all(tile.accessibleName() and tile.toolTip() for tile in tiles)


def test_features_come_back_after_data_of_one_number(hands: Hands) -> None:
    chosen: tuple[setup.Feature, ...] = ("x1", "x2", "sin-x1", "sin-x2")
    hands.studio.document.edit("features", setup.with_features(hands.project, chosen))
    hands.click("tile-function")
    assert len(hands.setup.features) == 1
    before = hands.steps
    hands.click("tile-painted")
    hands.click("paint-empty")
    hands.studio.document.undo_stack.undo()
    assert len(hands.setup.features) == 1
    hands.panel.data.choose("plane")
    assert hands.setup.features == chosen
    assert hands.steps == before + 1
    hands.studio.document.undo_stack.undo()
    assert len(hands.setup.features) == 1


def test_features_of_another_document_do_not_come_back(hands: Hands) -> None:
    hands.studio.document.edit("features", setup.with_features(hands.project, ("x1", "sin-x1")))
    hands.click("tile-function")
    hands.studio.document.open(setup.with_dataset(setup.classic(), hands.project.dataset))
    hands.panel.data.choose("plane")
    assert hands.setup.features == ("x1", "x2")
