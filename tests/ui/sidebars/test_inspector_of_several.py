"""Several selected layers are edited at once; problems are mended by a click."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.engine.activations import Softmax, Tanh
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.lstm import LSTM
from neuralstudio.network.edits import remove, set_fields, set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, LOSS, stack
from neuralstudio.project.examples import example
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.forms.numbers import NumberBox
from neuralstudio.ui.forms.overview import LayerTable
from neuralstudio.ui.forms.problem import Link
from neuralstudio.ui.forms.several_page import common_fields
from neuralstudio.ui.panels.inspector import InspectorPanel
from neuralstudio.ui.studio import Studio

NETWORK = stack(
    Conv2D(filters=4),
    Flatten(),
    Dense(units=64),
    Dropout(),
    Dense(units=32),
    Dense(units=10, activation=Softmax()),
)


@pytest.fixture
def inspector(qtbot: QtBot, studio: Studio) -> InspectorPanel:
    studio.document.open(replace(example("digits-mlp"), network=NETWORK))
    panel = InspectorPanel(studio)
    panel.resize(300, 1000)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def number(panel: QWidget, name: str) -> NumberBox:
    found = panel.findChild(NumberBox, f"field-{name}")
    assert found is not None, name
    return found


def choice(panel: QWidget, name: str) -> QComboBox:
    found = panel.findChild(QComboBox, f"field-{name}")
    assert found is not None, name
    return found


def said(panel: QWidget, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text()


def enter(box: NumberBox, text: str) -> None:
    box.lineEdit().setText(text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def test_kinds_have_those_fields_in_common_that_are_declared_alike() -> None:
    assert common_fields([Dense(), Dense()]) == ("units", "activation", "initialiser", "bias_initialiser")
    assert common_fields([Dense(), Conv2D()]) == ("activation", "initialiser")
    assert common_fields([Dense(), LSTM()]) == ("initialiser",), "units have another range"
    assert common_fields([LSTM(), GRU()]) == ("units", "returns", "direction", "initialiser")
    assert common_fields([Dense(), Flatten()]) == ()


def test_one_change_is_made_in_all_layers_of_a_kind_and_is_one_undo_step(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select("dense-1", "dense-2", "dense-3")
    units = number(inspector, "units")
    assert (units.lineEdit().text(), units.lineEdit().placeholderText()) == ("", "several")
    assert choice(inspector, "initialiser").currentText() == "Glorot uniform"
    enter(units, "16")
    layers = [studio.document.network[f"dense-{number}"].layer for number in (1, 2, 3)]
    assert [layer.units for layer in layers] == [16, 16, 16]  # type: ignore[attr-defined]
    assert layers[2].activation == Softmax(), "other fields stay"  # type: ignore[attr-defined]
    assert studio.document.undo_stack.count() == 1
    assert studio.document.undo_stack.undoText() == "change units of 3 layers"
    studio.document.undo_stack.undo()
    assert studio.document.network == NETWORK
    assert units.lineEdit().text() == ""


def test_steps_of_one_visit_on_several_layers_are_one_undo_step(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select("dense-1", "dense-2")
    for _ in range(5):
        number(inspector, "units").stepBy(1)
    assert [studio.document.network[f"dense-{n}"].layer for n in (1, 2)] == 2 * [Dense(units=69)]
    assert studio.document.undo_stack.count() == 1


def test_layers_of_different_kinds_show_what_they_share(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("conv2d-1", "dense-1", "dense-3")
    assert inspector.findChild(QWidget, "field-units") is None
    assert inspector.findChild(QWidget, "field-filters") is None
    box = choice(inspector, "activation")
    assert box.currentIndex() == -1
    box.setCurrentIndex(box.findData(Tanh))
    network = studio.document.network
    changed = [network[each].layer for each in ("conv2d-1", "dense-1", "dense-3")]
    assert changed == [
        Conv2D(filters=4, activation=Tanh()),
        Dense(units=64, activation=Tanh()),
        Dense(units=10, activation=Tanh()),
    ]
    assert network["dense-2"] == NETWORK["dense-2"]
    studio.document.undo_stack.undo()
    assert studio.document.network == NETWORK


def test_data_and_training_among_the_selected_are_left_alone_and_that_is_said(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select(DATA, "dense-1", "dense-2", LOSS)
    assert said(inspector, "inspector-name") == "4 cards are selected"
    assert said(inspector, "inspector-names") == "Dense 1, Dense 2"
    assert said(inspector, "inspector-hint").endswith("Left as it is: Pen digits, Training.")
    before = studio.document.project
    enter(number(inspector, "units"), "8")
    assert replace(studio.document.project, network=before.network) == before
    studio.document.select(DATA, LOSS)
    assert inspector.form is None
    assert said(inspector, "inspector-hint") == "Left as it is: Pen digits, Training."


def test_layers_with_nothing_in_common_say_so(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("flatten-1", "dropout-1")
    assert said(inspector, "inspector-hint") == "They have no setting in common."
    freeze = inspector.findChild(QToolButton, "inspector-freeze")
    assert freeze is not None
    assert not freeze.isVisible()


def test_several_layers_are_frozen_and_given_penalties_at_once(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.edit_network("x", set_learning(NETWORK, "dense-1", Learning(is_frozen=True, l2=0.1)))
    studio.document.select("dense-1", "dropout-1", "dense-2")
    freeze = inspector.findChild(QToolButton, "inspector-freeze")
    assert freeze is not None
    assert freeze.text() == "Freeze all (1 of 2 frozen)"
    freeze.click()
    learning = [studio.document.network[each].learning for each in ("dense-1", "dropout-1", "dense-2")]
    assert learning == [Learning(is_frozen=True, l2=0.1), Learning(), Learning(is_frozen=True)]
    assert said(inspector, "inspector-learning-note") == "L2 penalty: several"
    enter(number(inspector, "learning.l2"), "0.01")
    learning = [studio.document.network[each].learning for each in ("dense-1", "dense-2")]
    assert learning == 2 * [Learning(is_frozen=True, l2=0.01)]
    assert said(inspector, "inspector-learning-note") == "L2 penalty 0.01"
    assert studio.document.undo_stack.count() == 3
    freeze.click()
    assert not any(node.learning.is_frozen for node in studio.document.network)


def test_the_weights_of_several_layers_are_drawn_anew_together(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select("dense-1", "dropout-1", "dense-2")
    draw = inspector.findChild(QPushButton, "inspector-draw")
    assert draw is not None
    draw.click()
    assert {node.id: node.draw for node in studio.document.network if node.draw} == {
        "dense-1": 1,
        "dense-2": 1,
    }
    assert studio.document.undo_stack.undoText() == "draw weights of 2 layers anew"


# ── remedies ─────────────────────────────────────────────────────────────────────────────────────────────


def links(panel: QWidget) -> list[Link]:
    return [link for link in panel.findChildren(Link) if link.isVisible()]


@pytest.mark.parametrize("selection", [(), ("dense-1",), ("dense-1", "dense-2")])
def test_a_click_on_a_remedy_mends_the_problem_in_one_undo_step(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel, selection: tuple[str, ...]
) -> None:
    broken = remove(NETWORK, "flatten-1")
    studio.document.open(replace(studio.document.project, network=broken))
    studio.document.select(*selection)
    qtbot.waitUntil(lambda: bool(links(inspector)))
    link = next(link for link in links(inspector) if "flatten" in link.text().lower())
    assert link.objectName().startswith("remedy-")
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert studio.document.report.can_train
    assert studio.document.undo_stack.count() == 1
    assert studio.document.undo_stack.undoText() == link.text()
    qtbot.waitUntil(lambda: not links(inspector))
    studio.document.undo_stack.undo()
    assert studio.document.network == broken
    qtbot.waitUntil(lambda: bool(links(inspector)))


def test_a_remedy_beside_a_field_of_training_can_be_clicked(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select(LOSS)
    studio.document.edit_trainer("x", Backprop(loss=MeanSquaredError()))
    found = [problem for problem in studio.document.report.problems if problem.field == "loss"]
    assert found
    qtbot.waitUntil(lambda: bool(links(inspector)))
    links(inspector)[0].click()
    assert found[0] not in studio.document.report.problems


def test_a_remedy_offered_for_an_earlier_document_keeps_what_was_changed_since(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.open(replace(studio.document.project, network=remove(NETWORK, "flatten-1")))
    qtbot.waitUntil(lambda: bool(links(inspector)))
    link = next(link for link in links(inspector) if "flatten" in link.text().lower())
    changed = set_fields(studio.document.network, "dense-2", units=77)
    studio.document.edit_network("units", changed)
    link.click()
    assert studio.document.report.can_train
    assert studio.document.network["dense-2"].layer == Dense(units=77)


# ── the network ──────────────────────────────────────────────────────────────────────────────────────────


def test_all_names_of_the_overview_can_be_read_at_its_usual_width(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select()
    table = inspector.findChild(LayerTable)
    assert table is not None
    qtbot.waitUntil(lambda: table.width() < 300)
    for row, node in enumerate(studio.document.network):
        item = table.item(row, 0)
        assert item is not None
        assert item.data(Qt.ItemDataRole.UserRole) == node.id
        place = table.visualItemRect(item)
        needed = table.fontMetrics().boundingRect(
            0, 0, place.width() - 12, 1000, int(Qt.TextFlag.TextWordWrap), item.text()
        )
        assert needed.width() <= place.width() - 12, item.text()
        assert needed.height() <= place.height(), item.text()
    heights = sum(table.rowHeight(row) for row in range(table.rowCount()))
    assert table.viewport().height() >= heights, "nothing is cut off below"
