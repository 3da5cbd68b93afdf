"""What the inspector shows of the selection, and what editing there does."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.engine.activations import Sigmoid, Softmax
from neuralstudio.engine.losses import BinaryCrossEntropy
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.edits import remove, set_fields
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, LOSS, stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.forms.numbers import NumberBox
from neuralstudio.ui.forms.problem import ProblemList
from neuralstudio.ui.panels.inspector import InspectorPanel
from neuralstudio.ui.studio import Studio


def digits() -> Project:
    return example("digits-mlp")


def text(panel: QWidget, name: str) -> str:
    found = panel.findChild(QLabel, name) or panel.findChild(ProblemList, name)
    assert found is not None, name
    return "" if found.isHidden() else found.text().replace("\u00a0", " ")


def box(panel: QWidget, name: str) -> NumberBox:
    found = panel.findChild(NumberBox, f"field-{name}")
    assert found is not None, name
    return found


def button(panel: QWidget, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, name)
    assert found is not None, name
    return found


@pytest.fixture
def inspector(qtbot: QtBot, studio: Studio) -> InspectorPanel:
    studio.document.open(digits())
    panel = InspectorPanel(studio)
    panel.resize(300, 1000)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_the_inspector_shows_settings_shapes_and_weights_of_the_selected_card(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select("dense-1")
    assert text(inspector, "inspector-name") == "Dense 1"
    assert text(inspector, "inspector-figure") == "100,480 weights"
    assert text(inspector, "inspector-formula") == "y = max(0, x·W + b)"
    assert text(inspector, "inspector-shapes") == "(32, 784)·(784, 128) + (128) → (32, 128)"
    assert box(inspector, "units").lineEdit().text() == "128"


def test_many_steps_of_a_spin_box_are_one_undo_step(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("dense-1")
    before = studio.document.project
    units = box(inspector, "units")
    for _ in range(20):
        units.stepBy(1)
    assert studio.document.network["dense-1"].layer == Dense(units=148)
    assert studio.document.undo_stack.count() == 1
    assert studio.document.undo_stack.undoText() == "change units of Dense 1"
    assert box(inspector, "units") is units, "the form stays while it edits"
    studio.document.undo_stack.undo()
    assert studio.document.project == before
    assert units.lineEdit().text() == "128"


def test_edits_of_two_visits_are_two_undo_steps(studio: Studio, inspector: InspectorPanel) -> None:
    for node in ("dense-1", "dense-2", "dense-1"):
        studio.document.select(node)
        box(inspector, "units").stepBy(1)
    assert studio.document.undo_stack.count() == 3


def test_a_refused_value_leaves_the_document_as_it_was(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("dense-1")
    units = box(inspector, "units")
    units.lineEdit().setText("0")
    QTest.keyClick(units, Qt.Key.Key_Return)
    assert studio.document.undo_stack.count() == 0
    assert text(inspector, "wrong-units") == "Expected a whole number from 1 to 65536. Received: 0"
    studio.document.select("dense-2")
    assert text(inspector, "wrong-units") == ""


def test_a_problem_stands_beside_its_field_or_below_all(studio: Studio, inspector: InspectorPanel) -> None:
    network = remove(studio.document.network, "flatten-1")
    studio.document.edit_network("remove Flatten", network, ("dense-1",))
    assert "Dense needs a flat input, but gets 28×28" in text(inspector, "inspector-problems")
    studio.document.undo_stack.undo()
    assert text(inspector, "inspector-problems") == ""
    studio.document.edit_trainer("change loss", Backprop(loss=BinaryCrossEntropy()))
    studio.document.select(LOSS)
    assert "It needs the sigmoid of the last layer" in text(inspector, "wrong-loss")
    studio.document.edit_network("y", stack(Flatten(), Dense(units=10, activation=Sigmoid())))
    assert text(inspector, "wrong-loss") == ""


def test_the_data_card_and_the_loss_card_have_forms(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select(DATA)
    box(inspector, "count").stepBy(1)
    assert studio.document.project.dataset == PenDigits(count=12001)
    studio.document.select(LOSS)
    box(inspector, "optimiser.learning_rate").stepBy(1)
    box(inspector, "optimiser.learning_rate").stepBy(1)
    trainer = studio.document.project.trainer
    assert isinstance(trainer, Backprop)
    assert trainer.optimiser.learning_rate == 0.01
    assert studio.document.undo_stack.count() == 2
    studio.document.edit_dataset("choose Spiral", Spiral())
    studio.document.select(DATA)
    assert text(inspector, "inspector-name") == "Spiral"
    assert box(inspector, "noise").lineEdit().text() == "0 %"


def test_nothing_or_several_selected_is_said(studio: Studio, inspector: InspectorPanel) -> None:
    assert text(inspector, "inspector-name") == "Handwritten digits"
    assert text(inspector, "inspector-question") == studio.document.project.question
    assert not inspector.focus_first()
    studio.document.select("dense-1", "dense-2")
    assert text(inspector, "inspector-name") == "2 cards are selected"
    studio.document.select("dense-1")
    assert inspector.focus_first()


def test_removing_the_selected_card_shows_the_network(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("dense-1")
    studio.document.edit_network("remove", remove(studio.document.network, "dense-1"))
    assert text(inspector, "inspector-name") == "Handwritten digits"


def test_a_layer_replaced_by_another_kind_gets_its_own_form(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.edit_network("a", stack(Flatten(), Dense(units=10, activation=Softmax())), ("flatten-1",))
    assert inspector.form is not None
    assert not inspector.focus_first()
    studio.document.edit_network("b", stack(Flatten(), Dropout(), Dense(units=10)), ("dropout-1",))
    assert box(inspector, "rate").value == 0.5


def test_the_histogram_follows_the_weights_while_visible(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.open(example("xor"))
    studio.document.select("dense-1")
    figure = inspector.findChild(QWidget, "inspector-weights")
    assert figure is not None
    qtbot.waitUntil(lambda: figure.figure is not None)  # type: ignore[attr-defined]
    before = figure.figure  # type: ignore[attr-defined]
    assert before.counts.sum() == 8
    studio.training.step_epoch()
    qtbot.waitUntil(lambda: figure.figure is not before, timeout=5000)  # type: ignore[attr-defined]


def test_how_a_layer_learns_is_a_closed_section_and_edited_undoably(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select("dense-1")
    section = button(inspector, "inspector-learning")
    penalty = box(inspector, "learning.l2")
    assert not penalty.isVisible()
    section.click()
    assert penalty.isVisible()
    penalty.lineEdit().setText("0.01")
    QTest.keyClick(penalty, Qt.Key.Key_Return)
    assert studio.document.network["dense-1"].learning == Learning(l2=0.01)
    assert studio.document.undo_stack.undoText() == "change L2 penalty of Dense 1"
    assert text(inspector, "inspector-learning-note") == "L2 penalty 0.01"
    studio.document.undo_stack.undo()
    assert studio.document.network["dense-1"].learning == Learning()
    assert penalty.lineEdit().text() == "none"


def test_a_layer_is_frozen_by_a_lock_that_is_seen_at_once(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("dense-1")
    freeze = button(inspector, "inspector-freeze")
    assert freeze.isVisible()
    assert not freeze.icon().isNull()
    freeze.click()
    assert studio.document.network["dense-1"].learning == Learning(is_frozen=True)
    assert studio.document.undo_stack.undoText() == "freeze Dense 1"
    assert (freeze.text(), freeze.isChecked()) == ("Frozen", True)
    studio.document.undo_stack.undo()
    assert (freeze.text(), freeze.isChecked()) == ("Freeze", False)
    studio.document.select("flatten-1")
    assert not button(inspector, "inspector-freeze").isVisible(), "it has nothing to freeze"


def test_a_layer_without_weights_has_nothing_to_learn(studio: Studio, inspector: InspectorPanel) -> None:
    studio.document.select("flatten-1")
    section = inspector.findChild(QToolButton, "inspector-learning")
    assert section is not None
    assert not section.isVisible()


def test_the_usual_settings_of_training_stand_above_the_seldom_ones(
    studio: Studio, inspector: InspectorPanel
) -> None:
    studio.document.select(LOSS)
    more = inspector.findChild(QToolButton, "inspector-more")
    assert more is not None
    top = more.mapTo(inspector, QPoint()).y()
    for name in ("loss", "optimiser", "batch_size", "epochs"):
        found = inspector.findChild(QWidget, f"field-{name}")
        assert found is not None
        assert found.isVisible()
        assert found.mapTo(inspector, QPoint()).y() < top
    schedule = inspector.findChild(QWidget, "field-schedule")
    assert schedule is not None
    assert not schedule.isVisible()


def test_a_problem_that_comes_while_typing_moves_no_field(studio: Studio, inspector: InspectorPanel) -> None:
    inspector.resize(280, 420)
    studio.document.select("dense-2")
    units = box(inspector, "units")
    QTest.qWait(0)
    before = units.mapTo(inspector, QPoint())
    studio.document.edit_network("units", set_fields(studio.document.network, "dense-2", units=32))
    QTest.qWait(0)
    assert "32 units" in text(inspector, "inspector-problems")
    assert units.mapTo(inspector, QPoint()) == before
    problems = inspector.findChild(ProblemList, "inspector-problems")
    assert problems is not None
    assert problems.isVisible()
    assert problems.geometry().bottom() <= inspector.height()
    studio.document.select("dense-1")
    assert text(inspector, "inspector-problems") == ""
