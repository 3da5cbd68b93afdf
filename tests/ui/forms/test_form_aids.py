"""What a form does for the hand: sliders, the way back to the default, help, several values, remedies."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from neuralstudio.engine.activations import ACTIVATIONS, LeakyReLU, ReLU, Tanh
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network.learning import Learning
from neuralstudio.schema.fields import Field, fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms.numbers import NumberBox, NumberEditor
from neuralstudio.ui.forms.problem import Link, ProblemList
from neuralstudio.ui.forms.scale import ScaleSlider, stops
from tests.ui.forms.kinds import FIELDS, another, choose, control, enter

popup = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
"""Offscreen, Qt says of every popup that it cannot be raised."""


def field_of(kind: type[Kind], name: str) -> Field:
    return next(field for field in fields(kind) if field.name == name)


def handle_of(slider: ScaleSlider) -> QPoint:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, slider).center()


def slider_of(form: KindForm, name: str) -> ScaleSlider:
    editor = form.editor(name)
    assert isinstance(editor, NumberEditor)
    assert editor.slider is not None
    return editor.slider


# ── sliders ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_slider_of_a_rate_is_logarithmic_and_one_of_a_share_is_even() -> None:
    rates = stops(field_of(Adam, "learning_rate"))
    assert {0.0001, 0.001, 0.01, 10.0} <= set(rates)
    assert 1e-7 <= rates[0] < 1e-6
    ratios = [after / before for before, after in pairwise(rates)]
    assert 1.3 < min(ratios) <= max(ratios) < 1.7
    assert stops(field_of(Dropout, "rate")) == pytest.approx([number / 20 for number in range(20)])
    assert stops(field_of(Dense, "units")) == ()


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_every_stop_of_every_slider_is_an_allowed_value(qtbot: QtBot, kind: type[Kind], field: Field) -> None:
    found = stops(field)
    if not found:
        return
    form = KindForm(kind())
    qtbot.addWidget(form)
    slider = slider_of(form, field.name)
    assert list(found) == sorted(set(found))
    slider.setValue(len(found) // 2)
    slider.setValue(0)
    for place in (len(found) - 1, 0, 1, len(found) // 3):
        slider.setValue(place)
        assert getattr(form.value, field.name) == found[place]
        assert form.sentence(field.name) == ""


def test_a_dragged_slider_sets_the_number_and_is_one_undo_step(qtbot: QtBot) -> None:
    form = KindForm(Adam())
    qtbot.addWidget(form)
    keys: list[str] = []
    form.changed.connect(lambda _value, _field, key: keys.append(key))
    slider = slider_of(form, "learning_rate")
    begin = slider.value()
    for _ in range(2):
        QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=handle_of(slider))
        for step in (1, 2, 3):
            slider.setValue(begin + step)
        slider.setValue(begin)
        QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=handle_of(slider))
    assert len(keys) == 8
    assert (len(set(keys[:4])), len(set(keys))) == (1, 2), "each drag is a step of its own"
    assert form.value == Adam()
    slider.setValue(begin + 3)
    assert control(form, "learning_rate").value == 0.003


def test_a_click_beside_the_handle_is_a_step_of_its_own(qtbot: QtBot) -> None:
    form = KindForm(Adam())
    qtbot.addWidget(form)
    form.show()
    keys: list[str] = []
    form.changed.connect(lambda _value, _field, key: keys.append(key))
    slider = slider_of(form, "learning_rate")
    for _ in range(2):
        QTest.keyClick(slider, Qt.Key.Key_Left)
    for _ in range(2):
        end = QPoint(slider.width() - 2, slider.height() // 2)
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=end)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert len(keys) == 5
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_a_slider_follows_what_is_typed_and_chooses_nothing_itself(qtbot: QtBot) -> None:
    form = KindForm(Adam())
    qtbot.addWidget(form)
    slider = slider_of(form, "learning_rate")
    found = stops(field_of(Adam, "learning_rate"))
    enter(qtbot, control(form, "learning_rate"), "0.0029")
    assert form.value == Adam(learning_rate=0.0029)
    assert found[slider.value()] == 0.003
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert form.value == Adam(learning_rate=0.005)


def test_a_penalty_is_stepped_from_none_upon_the_scale_and_back(qtbot: QtBot) -> None:
    form = KindForm(Learning())
    qtbot.addWidget(form)
    box = control(form, "l2")
    assert box.lineEdit().text() == "none"
    seen = []
    for step in (1, 1, -1, -1, -1):
        box.stepBy(step)
        seen.append(form.value.l2)  # type: ignore[attr-defined]
    assert seen == [1e-5, 3e-5, 1e-5, 0, 0]


# ── the way back to the default ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_every_field_has_a_way_back_to_its_default_once_it_has_another_value(
    qtbot: QtBot, tmp_path: Path, kind: type[Kind], field: Field
) -> None:
    form = KindForm(kind())
    qtbot.addWidget(form)
    reset = form.findChild(QToolButton, f"default-{field.name}")
    assert reset is not None
    assert reset.isHidden()
    assert field.title in reset.accessibleName()
    if field.editor == "kind" and len(field.kinds) == 1:
        return  # the fields inside have their own
    choose(qtbot, form.editor(field.name), another(kind, field, tmp_path))
    assert not reset.isHidden()
    with qtbot.waitSignal(form.changed, timeout=1000) as signal:
        reset.click()
    assert signal.args[2] == "", "a step of its own"
    assert form.value == kind()
    assert reset.isHidden()


def test_a_part_of_a_default_goes_back_to_what_the_whole_has_by_default(qtbot: QtBot) -> None:
    form = KindForm(Backprop(optimiser=Adam(learning_rate=0.1)))
    qtbot.addWidget(form)
    outer, inner = (
        form.findChild(QToolButton, f"default-{name}") for name in ("optimiser", "optimiser.learning_rate")
    )
    assert outer is not None
    assert inner is not None
    assert (outer.isHidden(), inner.isHidden()) == (True, False), "it is Adam, with another rate"
    inner.click()
    assert form.value == Backprop()


# ── help ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_help_says_what_a_field_is_for_what_is_allowed_and_what_is_usual(
    qtbot: QtBot, kind: type[Kind], field: Field
) -> None:
    form = KindForm(kind())
    qtbot.addWidget(form)
    widget = control(form, field.name)
    told = widget.whatsThis()
    assert field.title in told
    assert field.description in told
    assert "Default: " in told
    if field.editor in ("integer", "number"):
        assert f"Allowed: {field.allowed}" in told
    assert widget.accessibleDescription() in told
    assert widget.parent().parent().toolTip() in told or field.editor == "kind"


@popup
def test_help_is_reached_by_keyboard(qtbot: QtBot) -> None:
    form = KindForm(Dropout())
    qtbot.addWidget(form)
    form.show()
    box = control(form, "rate")
    box.setFocus()

    def bubbles() -> list[QWidget]:
        shown = (each for each in QApplication.topLevelWidgets() if each.isVisible())
        return [each for each in shown if each.metaObject().className() == "QWhatsThat"]

    assert not bubbles()
    QTest.keyClick(box, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(bubbles()) == 1)
    bubbles()[0].close()


@popup
def test_the_list_of_activations_shows_the_curve_of_each(qtbot: QtBot) -> None:
    form = KindForm(Dense())
    qtbot.addWidget(form)
    form.show()
    box = control(form, "activation")
    box.showPopup()
    view = box.view()
    picture = view.viewport().grab().toImage()
    curves: dict[str, QImage] = {}
    for row in range(box.count()):
        where = view.visualRect(box.model().index(row, 0))
        curves[box.itemText(row)] = picture.copy(
            QRect(where.right() - 52, where.top() + 2, 46, where.height() - 4)
        )
    box.hidePopup()
    assert len(curves) == len(ACTIVATIONS)
    names = ("Linear", "ReLU", "Tanh", "Step", "Softmax", "Swish")
    assert all(curves[a] != curves[b] for a in names for b in names if a < b)


# ── wrong entries ────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_entry_stays_to_be_corrected_while_other_fields_change(qtbot: QtBot) -> None:
    form = KindForm(Dense(units=128))
    qtbot.addWidget(form)
    box = control(form, "units")
    enter(qtbot, box, "1e9")
    sentence = form.sentence("units")
    assert sentence.startswith("Expected a whole number from 1 to 65536")
    form.show_value(Dense(units=128, activation=Tanh()))
    form.show_problems({}, {})
    assert (box.lineEdit().text(), form.sentence("units")) == ("1e9", sentence)
    assert box.property("wrong") is True
    form.show_value(Dense(units=64, activation=Tanh()))
    assert (box.lineEdit().text(), form.sentence("units")) == ("64", ""), "an undo of the field itself"


def test_a_text_that_is_not_of_its_form_is_refused_with_what_is_allowed(qtbot: QtBot) -> None:
    form = KindForm(Reshape(shape="7×7"))
    qtbot.addWidget(form)
    line = control(form, "shape")
    with qtbot.assertNotEmitted(form.changed):
        enter(qtbot, line, "7 by 7")
    assert form.sentence("shape").endswith('Write it like "7×7×64" or "7, 7, 64".')
    assert (line.text(), form.value) == ("7 by 7", Reshape(shape="7×7"))
    enter(qtbot, line, "49")
    assert (form.sentence("shape"), form.value) == ("", Reshape(shape="49"))


# ── several values ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "field"), [each for each in FIELDS if len(each.values[1].kinds) != 1])  # type: ignore[union-attr]
def test_a_field_of_several_values_shows_no_value_and_takes_the_next_entry_for_all(
    qtbot: QtBot, tmp_path: Path, kind: type[Kind], field: Field
) -> None:
    form = KindForm(kind())
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.changed):
        form.show_value(kind(), differing=[field.name])
        QTest.keyClick(form.editor(field.name).control, Qt.Key.Key_Return)
    assert shows_several(form.editor(field.name).control)
    reset = form.findChild(QToolButton, f"default-{field.name}")
    assert reset is not None
    assert not reset.isHidden()
    wanted = another(kind, field, tmp_path)
    with qtbot.waitSignal(form.changed, timeout=1000):
        choose(qtbot, form.editor(field.name), True if field.editor == "switch" else wanted)
    assert not shows_several(form.editor(field.name).control)


def shows_several(widget: QWidget) -> bool:
    boxes = widget.findChildren(QCheckBox)
    if boxes:
        return all(map(shows_several, boxes))
    if isinstance(widget, QCheckBox):
        return widget.checkState() is Qt.CheckState.PartiallyChecked
    if isinstance(widget, QComboBox):
        return widget.currentIndex() == -1 and widget.placeholderText() == "several"
    line: Any = widget.lineEdit() if isinstance(widget, NumberBox) else widget
    assert isinstance(line, QLineEdit)
    return line.text() == "" and line.placeholderText() == "several"


def test_the_value_that_the_first_of_several_has_can_be_given_to_all(qtbot: QtBot) -> None:
    form = KindForm(Dense(units=64))
    qtbot.addWidget(form)
    form.show_value(Dense(units=64), differing=["units"])
    with qtbot.waitSignal(form.changed, timeout=1000):
        enter(qtbot, control(form, "units"), "64")
    form.show_value(Dense(units=64), differing=["units"])
    with qtbot.assertNotEmitted(form.changed):
        enter(qtbot, control(form, "units"), "x")
        QTest.keyClick(control(form, "units"), Qt.Key.Key_Escape)
    assert (control(form, "units").lineEdit().text(), form.sentence("units")) == ("", "")


def test_the_settings_inside_of_several_kinds_are_not_shown(qtbot: QtBot) -> None:
    form = KindForm(Dense(activation=LeakyReLU()))
    qtbot.addWidget(form)
    assert form.findChild(QWidget, "field-activation.slope") is not None
    form.show_value(form.value, differing=["activation"])
    qtbot.waitUntil(lambda: form.findChild(QWidget, "field-activation.slope") is None)
    box = control(form, "activation")
    box.setCurrentIndex(box.findData(ReLU))
    assert form.value == Dense(activation=ReLU())


# ── problems and remedies ────────────────────────────────────────────────────────────────────────────────

PROBLEM = Problem("Dense 1", "It has 12 units", "Give it 10.", node="dense-1", field="units")


def test_a_remedy_stands_as_a_link_below_the_sentence_beside_its_field(qtbot: QtBot) -> None:
    form = KindForm(Dense())
    qtbot.addWidget(form)
    form.show()
    form.show_problems({"units": [PROBLEM]}, {PROBLEM: ("Set units to 10",)})
    link = form.findChild(Link, "remedy-set-units-to-10")
    assert link is not None
    assert link.isVisible()
    with qtbot.waitSignal(form.remedy_chosen, timeout=1000) as signal:
        QTest.mouseClick(link, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert signal.args == [PROBLEM, "Set units to 10"]
    enter(qtbot, control(form, "units"), "0")
    assert not form.findChildren(Link, "remedy-set-units-to-10", Qt.FindChildOption.FindDirectChildrenOnly)
    assert "Expected" in form.sentence("units"), "first of all what was typed has to be right"


def test_a_link_wraps_where_it_is_long(qtbot: QtBot) -> None:
    link = Link("Add Flatten and Dense with 10 units and softmax", "x")
    qtbot.addWidget(link)
    assert link.heightForWidth(150) > 1.8 * link.heightForWidth(900)


def test_a_list_shows_the_first_few_problems_each_with_its_remedies(qtbot: QtBot) -> None:
    found = [Problem(f"Dense {n}", "It is wrong", "Mend it.", "warning" if n else "error") for n in range(8)]
    problems = ProblemList("list", tells_place=True)
    qtbot.addWidget(problems)
    problems.show_problems(found, {found[1]: ("Mend Dense 1",)})
    lines = problems.text().splitlines()
    assert lines == [f"Dense {n}: It is wrong. Mend it." for n in range(6)]
    assert problems.findChild(Link, "remedy-mend-dense-1") is not None
    roles = [problems.findChild(QWidget, f"list-{n}").property("role") for n in (0, 1)]  # type: ignore[union-attr]
    assert roles == ["danger", "warning"]
    problems.show_problems(found[1:2], {})
    assert problems.findChild(Link, "remedy-mend-dense-1") is not None, "it stays until it is known better"
    problems.show_problems([], {})
    assert problems.isHidden()


def test_nested_fields_have_the_way_back_of_their_own_kind(qtbot: QtBot) -> None:
    form = KindForm(Backprop(optimiser=SGD(learning_rate=0.5)))
    qtbot.addWidget(form)
    inner = form.findChild(QToolButton, "default-optimiser.learning_rate")
    assert inner is not None
    inner.click()
    assert form.value == replace(Backprop(), optimiser=SGD())
