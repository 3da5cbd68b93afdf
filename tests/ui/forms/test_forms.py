"""Forms made from declarations: every field goes in and comes out, and a wrong entry is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.engine.activations import Formula, Linear, ReLU, Softmax, Tanh
from neuralstudio.engine.initialisers import Uniform
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.engine.optimisers import OPTIMISERS, SGD, Adam
from neuralstudio.engine.schedules import CosineDecay
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import Features
from neuralstudio.schema.fields import Field, fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms._base import Editor
from neuralstudio.ui.forms.curve import activation_curve
from neuralstudio.ui.forms.numbers import NumberBox
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.forms.several import SeveralEditor
from tests.ui.forms.kinds import FIELDS, NUMBERS, Sample, another, choose, control, enter


def shown(editor: Editor) -> Any:
    """What the editor of a field shows, as a value."""
    widget = editor.control
    if isinstance(widget, NumberBox):
        return widget.parsed(widget.lineEdit().text())
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QComboBox):
        return widget.currentData()
    if isinstance(widget, KindForm):
        return type(widget.value)
    if isinstance(editor, SeveralEditor):
        return tuple(choice for choice, box in editor.boxes.items() if box.isChecked())
    assert isinstance(widget, QLineEdit)
    return widget.text()


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_what_is_entered_into_any_field_of_any_kind_becomes_its_value(
    qtbot: QtBot, tmp_path: Path, kind: type[Kind], field: Field
) -> None:
    form = KindForm(kind())
    qtbot.addWidget(form)
    wanted = another(kind, field, tmp_path)
    with qtbot.waitSignal(form.changed, timeout=1000) as signal:
        choose(qtbot, form.editor(field.name), wanted)
    value, name, _ = signal.args
    assert name == field.name
    assert value == form.value == replace(kind(), **{field.name: wanted})
    assert form.sentence(field.name) == ""


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_value_shown_is_what_every_editor_shows_and_is_no_edit(
    qtbot: QtBot, tmp_path: Path, kind: type[Kind], field: Field
) -> None:
    form = KindForm(kind())
    qtbot.addWidget(form)
    wanted = another(kind, field, tmp_path)
    with qtbot.assertNotEmitted(form.changed):
        form.show_value(replace(kind(), **{field.name: wanted}))
        QTest.keyClick(form.editor(field.name).control, Qt.Key.Key_Return)
    expected = type(wanted) if isinstance(wanted, Kind) else wanted
    assert shown(form.editor(field.name)) == expected
    assert getattr(form.value, field.name) == wanted


@pytest.mark.parametrize(("kind", "field"), NUMBERS)
@pytest.mark.parametrize("text", ["-1e99", "1e99", "nan", "inf", "abc", ""])
def test_a_number_that_is_none_or_out_of_range_is_refused_with_a_sentence(
    qtbot: QtBot, kind: type[Kind], field: Field, text: str
) -> None:
    is_unlimited = field.minimum is None and field.maximum is None
    if is_unlimited and "99" in text:
        return
    form = KindForm(kind())
    qtbot.addWidget(form)
    box = control(form, field.name)
    with qtbot.assertNotEmitted(form.changed):
        box.lineEdit().setText(text)
        QTest.keyClick(box, Qt.Key.Key_Return)
    assert form.sentence(field.name).startswith(f"Expected {field.allowed}. Received: ")
    assert form.value == kind(), "the last good value stays"
    assert box.property("wrong") is True


def test_the_sentence_of_a_refusal_goes_when_a_right_value_is_entered(qtbot: QtBot) -> None:
    form = KindForm(Dense(units=128))
    qtbot.addWidget(form)
    box = control(form, "units")
    enter(qtbot, box, "0")
    assert form.sentence("units") == "Expected a whole number from 1 to 65536. Received: 0"
    enter(qtbot, box, "128")
    assert form.sentence("units") == ""
    assert not box.property("wrong")
    enter(qtbot, box, "70000")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert (form.sentence("units"), box.lineEdit().text()) == ("", "128")


def test_one_of_several_words_at_least_must_stay(qtbot: QtBot) -> None:
    form = KindForm(Features(chosen=("x1",)))
    qtbot.addWidget(form)
    editor = form.editor("chosen")
    assert isinstance(editor, SeveralEditor)
    with qtbot.assertNotEmitted(form.changed):
        editor.boxes["x1"].click()
    assert form.sentence("chosen").startswith("Expected some of x1, x2, ")
    editor.boxes["sin-x2"].click()
    assert form.sentence("chosen") == ""
    assert form.value == Features(chosen=("sin-x2",))


def test_typing_counts_only_when_it_is_finished(qtbot: QtBot) -> None:
    form = KindForm(Dense(units=128))
    qtbot.addWidget(form)
    box = control(form, "units")
    box.lineEdit().selectAll()
    with qtbot.assertNotEmitted(form.changed):
        QTest.keyClicks(box, "25")
    form.show_value(replace(form.value, activation=Tanh()))
    assert box.lineEdit().text() == "25", "unfinished typing survives a change of another field"
    with qtbot.waitSignal(form.changed, timeout=1000):
        QTest.keyClicks(box, "6")
        QTest.keyClick(box, Qt.Key.Key_Return)
    assert form.value == Dense(units=256, activation=Tanh())


def test_a_value_shown_rounded_is_not_taken_for_typed(qtbot: QtBot) -> None:
    form = KindForm(Dropout(rate=1 / 3))
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.changed):
        QTest.keyClick(control(form, "rate"), Qt.Key.Key_Return)
    assert form.value == Dropout(rate=1 / 3)


def test_numbers_may_be_typed_with_comma_minus_sign_and_unit(qtbot: QtBot) -> None:
    by_name = {field.name: field for field in fields(Uniform)}
    box = NumberBox(by_name["limit"])
    qtbot.addWidget(box)
    assert (box.parsed("0,5"), box.parsed("−2"), box.parsed("1e-3")) == (0.5, -2.0, 0.001)
    count, noise = (field for field in fields(DATASETS["spiral"]) if field.name in ("count", "noise"))
    whole, percent = NumberBox(count), NumberBox(noise)
    qtbot.addWidget(whole)
    qtbot.addWidget(percent)
    assert (whole.parsed("1,200"), whole.parsed("12.5"), percent.parsed("15 %")) == (1200, 12.5, 15)
    assert percent.text_of(15) == "15 %"


def test_steps_stay_within_what_is_allowed_and_follow_the_declared_step(qtbot: QtBot) -> None:
    form = KindForm(DATASETS["spiral"]())
    qtbot.addWidget(form)
    noise = control(form, "noise")
    noise.stepBy(2)
    assert form.value.noise == 10  # type: ignore[attr-defined]
    noise.stepBy(100)
    assert form.value.noise == 50  # type: ignore[attr-defined]
    assert not noise.stepEnabled() & QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
    rate = NumberBox(fields(Dropout)[0])
    qtbot.addWidget(rate)
    rate.stepBy(100)
    assert rate.parsed(rate.lineEdit().text()) == 0.95, "1 itself is excluded"


def test_a_logarithmic_field_steps_one_three_ten(qtbot: QtBot) -> None:
    form = KindForm(Adam(learning_rate=0.001))
    qtbot.addWidget(form)
    box = control(form, "learning_rate")
    rates = []
    for step in (1, 1, -1, -1, -1, -1):
        box.stepBy(step)
        rates.append(form.value.learning_rate)  # type: ignore[attr-defined]
    assert rates == [0.003, 0.01, 0.003, 0.001, 0.0003, 0.0001]
    enter(qtbot, box, "0.0025")
    box.stepBy(1)
    assert form.value == Adam(learning_rate=0.003)


def test_all_steps_of_one_visit_have_one_merge_key_and_choices_have_none(qtbot: QtBot) -> None:
    form = KindForm(Dense())
    qtbot.addWidget(form)
    keys: list[str] = []
    form.changed.connect(lambda _value, _field, key: keys.append(key))
    box = control(form, "units")
    for _ in range(5):
        box.stepBy(1)
    enter(qtbot, box, "99")
    control(form, "activation").setCurrentIndex(0)
    assert len(set(keys[:5])) == 1
    assert keys[0] != ""
    assert keys[5] not in ("", keys[0]), "a typed number is a step of its own"
    assert keys[6] == ""


def test_the_fields_of_a_chosen_kind_appear_below_it_and_can_be_edited(qtbot: QtBot) -> None:
    form = KindForm(Backprop())
    qtbot.addWidget(form)
    form.show()
    assert control(form, "optimiser.beta_1").isVisible()
    enter(qtbot, control(form, "optimiser.learning_rate"), "0.01")
    assert form.value == Backprop(optimiser=Adam(learning_rate=0.01))
    optimiser = control(form, "optimiser")
    optimiser.setCurrentIndex(optimiser.findData(SGD))
    assert form.value == Backprop(optimiser=SGD())
    enter(qtbot, control(form, "optimiser.learning_rate"), "99")
    assert form.value == Backprop(optimiser=SGD())
    form.show_value(Backprop(optimiser=Adam(learning_rate=0.1)))
    qtbot.waitUntil(lambda: len(form.findChildren(QWidget, "field-optimiser.learning_rate")) == 1)
    assert control(form, "optimiser.learning_rate").lineEdit().text() == "0.1"


def test_a_field_is_hidden_while_its_condition_does_not_hold(qtbot: QtBot) -> None:
    form = KindForm(Sample())
    qtbot.addWidget(form)
    form.show()
    assert not control(form, "digits").isVisible()
    control(form, "mode").setCurrentIndex(1)
    assert control(form, "digits").isVisible()
    form.show_value(Sample())
    assert not control(form, "digits").isVisible()


def test_a_folder_that_is_not_there_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    form = KindForm(Mnist())
    qtbot.addWidget(form)
    enter(qtbot, control(form, "folder"), str(tmp_path / "none"))
    assert form.value == Mnist()
    assert form.sentence("folder") == f"There is no folder {tmp_path / 'none'}"


def test_problems_stand_beside_the_field_they_name(qtbot: QtBot) -> None:
    form = KindForm(Dense())
    qtbot.addWidget(form)
    problem = Problem("Dense 1", "It has 12 units", "Give it 10 units.", field="units")
    form.show_problems({"units": [problem]}, {})
    assert form.sentence("units") == "It has 12 units. Give it 10 units."
    form.show_problems({}, {})
    assert form.sentence("units") == ""


def test_every_control_has_an_accessible_name(qtbot: QtBot) -> None:
    form = KindForm(Backprop())
    qtbot.addWidget(form)
    controls = [each for each in form.findChildren(QWidget) if each.objectName().startswith("field-")]
    parts = (Backprop, Adam, CategoricalCrossEntropy, Stopping)
    assert len(controls) == sum(len(fields(part)) for part in parts)
    assert all(each.accessibleName() for each in controls)


def test_the_curve_of_an_activation_is_the_function_itself() -> None:
    x, y = activation_curve(ReLU()).T
    assert (x[0], x[-1], len(x)) == (-3.0, 3.0, 41)
    np.testing.assert_allclose(y, np.maximum(x, 0), atol=1e-6)
    np.testing.assert_allclose(activation_curve(Linear())[:, 1], x, atol=1e-6)
    np.testing.assert_allclose(activation_curve(Tanh())[:, 1], np.tanh(x), atol=1e-6)
    assert activation_curve(Softmax())[:, 1].sum() == pytest.approx(1, abs=1e-5)


def test_a_wrong_formula_is_refused_while_it_is_typed_and_a_right_one_counts_when_it_is_finished(
    qtbot: QtBot,
) -> None:
    form = KindForm(Dense(activation=Formula()))
    qtbot.addWidget(form)
    line = control(form, "activation.expression")
    wrong = form.findChild(QWidget, "wrong-activation.expression")
    assert isinstance(wrong, QLabel)
    line.selectAll()
    QTest.keyClicks(line, "x * sine(x")
    assert "sine" in wrong.text() or ")" in wrong.text()
    assert form.value == Dense(activation=Formula())
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert form.value == Dense(activation=Formula()), "a wrong formula never gets into the document"
    assert wrong.text()
    line.selectAll()
    QTest.keyClicks(line, "x * sin(x)")
    assert wrong.text() == ""
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert form.value == Dense(activation=Formula(expression="x * sin(x)"))


@pytest.mark.parametrize("text", ["((", "1/x", "log(x)", "x", "exp(exp(exp(x)))"])
def test_any_formula_a_file_may_bring_is_painted_without_failing(qtbot: QtBot, text: str) -> None:
    form = KindForm(Dense(activation=Formula(expression=text)))
    qtbot.addWidget(form)
    form.show()
    assert not form.grab().isNull()


def test_a_list_says_of_the_chosen_and_of_every_entry_what_it_is(qtbot: QtBot) -> None:
    form = KindForm(Backprop())
    qtbot.addWidget(form)
    box = control(form, "optimiser")
    assert box.count() == len(OPTIMISERS) <= box.maxVisibleItems()
    for row, kind in enumerate(OPTIMISERS):
        assert box.itemData(row, Qt.ItemDataRole.ToolTipRole) == kind.summary()
        box.setCurrentIndex(row)
        assert kind.summary() in box.toolTip()


def test_seldom_wanted_fields_stand_in_a_closed_section_that_says_what_is_set_inside(qtbot: QtBot) -> None:
    section = Section("More", "more")
    form = KindForm(Backprop(), section=section, seldom=("schedule", "stopping"))
    qtbot.addWidget(form)
    form.show()
    assert control(form, "loss").isVisible()
    assert not control(form, "schedule").isVisible()
    assert section.note == ""
    form.show_value(Backprop(schedule=CosineDecay(), stopping=Stopping(patience=3)))
    assert section.note == "Cosine, Stopping"
    section.button.click()
    assert control(form, "schedule").isVisible()
    assert control(form, "stopping.patience").isVisible()


def test_a_problem_of_a_field_in_a_closed_section_opens_it(qtbot: QtBot) -> None:
    section = Section("More", "more")
    form = KindForm(Backprop(), section=section, seldom=("schedule",))
    qtbot.addWidget(form)
    form.show_problems({"loss": [Problem("", "no")]}, {})
    assert not section.is_open
    form.show_problems({"schedule": [Problem("", "no")]}, {})
    assert section.is_open


def test_a_zero_that_means_never_is_shown_and_understood_as_the_word(qtbot: QtBot) -> None:
    form = KindForm(Stopping())
    qtbot.addWidget(form)
    box = control(form, "patience")
    assert box.lineEdit().text() == "never"
    enter(qtbot, box, "5")
    assert box.lineEdit().text() == "5 epochs"
    assert form.value == Stopping(patience=5)
    enter(qtbot, box, "never")
    assert form.value == Stopping()
