"""Columns are chosen from those of the table; painted points are counted."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.painted import Painted
from neuralstudio.schema.kind import Kind
from neuralstudio.ui.forms import KindForm
from tests.ui.forms.kinds import choose, control

TABLE = "length,width,colour\n1,2,red\n2,4,blue\n3,1,red\n4,4,blue\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "table.csv"
    file.write_text(TABLE)
    return file


def form_of(qtbot: QtBot, value: Kind) -> KindForm:
    form = KindForm(value)
    qtbot.addWidget(form)
    return form


def offered(form: KindForm, name: str) -> list[str]:
    box: Any = control(form, name)
    assert isinstance(box, QComboBox)
    return [box.itemText(place) for place in range(box.count())]


def test_without_a_table_there_is_nothing_to_choose(qtbot: QtBot) -> None:
    assert offered(form_of(qtbot, Columns()), "across") == ["Automatic"]


def test_choosing_a_file_offers_its_columns(qtbot: QtBot, table: Path) -> None:
    form = form_of(qtbot, Columns())
    choose(qtbot, form.editor("file"), str(table))
    for name in ("across", "up", "target"):
        assert offered(form, name) == ["Automatic", "length", "width", "colour"]
        assert control(form, name).currentText() == "Automatic"


def test_a_column_chosen_becomes_the_value(qtbot: QtBot, table: Path) -> None:
    form = form_of(qtbot, Columns(file=str(table)))
    with qtbot.waitSignal(form.changed, timeout=1000) as signal:
        choose(qtbot, form.editor("up"), "length")
    assert signal.args[0] == Columns(file=str(table), up="length")
    with qtbot.waitSignal(form.changed, timeout=1000):
        choose(qtbot, form.editor("up"), "")
    assert form.value == Columns(file=str(table))


def test_a_column_that_another_table_lacks_is_still_shown(qtbot: QtBot, table: Path, tmp_path: Path) -> None:
    form = form_of(qtbot, Columns(file=str(table), target="colour"))
    other = tmp_path / "other.csv"
    other.write_text("a,b,c\n1,2,3\n")
    with qtbot.waitSignal(form.changed, timeout=1000):
        choose(qtbot, form.editor("file"), str(other))
    assert offered(form, "target") == ["Automatic", "a", "b", "c", "colour"]
    assert control(form, "target").currentText() == "colour"
    assert offered(form, "up") == ["Automatic", "a", "b", "c"]


def test_painted_points_are_counted_by_colour_and_can_be_cleared(qtbot: QtBot) -> None:
    form = form_of(qtbot, Painted(points=((0.0, 0.0, 0), (1.0, 1.0, 2), (2.0, 1.0, 2))))
    told = control(form, "points")
    assert isinstance(told, QLabel)
    assert told.text() == "1 orange, 2 green. Paint them in the Playground."
    clear = form.findChild(QToolButton, "default-points")
    assert clear is not None
    with qtbot.waitSignal(form.changed, timeout=1000):
        clear.click()
    assert form.value == Painted()
    assert told.text() == "None yet. Paint them in the Playground."
