"""The names of a table's columns come from its beginning: the window never reads the whole of it."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.columns import Columns
from neuralstudio.ui.forms.choices import ChoiceBox
from neuralstudio.ui.playground.columns_box import ColumnsBox


def test_names_of_columns_are_read_without_the_table(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "many.csv"
    file.write_text("north,east,kind\n" + "1.5,2.5,a\n" * 40_000, encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("the whole file is read"))
    box = ColumnsBox()
    qtbot.addWidget(box)
    box.show_value(Columns(file=str(file), across="east"))
    across = box.findChild(ChoiceBox, "columns-across")
    assert across is not None
    assert [across.itemText(row) for row in range(across.count())] == ["automatic", "north", "east", "kind"]
    assert across.currentText() == "east"
    assert across.isEnabled()
