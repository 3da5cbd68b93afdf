"""The network as a table says what the canvas says, and wires layers by name."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import DATA, NetworkSpec, Node
from neuralstudio.project.document import Project
from neuralstudio.ui.panels.table import TablePanel
from neuralstudio.ui.studio import Studio

NETWORK = NetworkSpec(
    (
        Node("flatten-1", Flatten()),
        Node("dense-1", Dense(units=8), ("flatten-1",)),
        Node("dense-2", Dense(units=8), ("dense-1",)),
        Node("add-1", Add(), ("dense-1", "dense-2")),
    )
)
READS = 2


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> TablePanel:
    studio.document.open(Project(network=NETWORK, dataset=PenDigits(count=100)))
    panel = TablePanel(studio)
    qtbot.addWidget(panel)
    panel.resize(800, 300)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def cells(panel: TablePanel, column: int) -> list[str]:
    model = panel.model
    return [str(model.data(model.index(row, column))) for row in range(model.rowCount())]


def type_reads(panel: TablePanel, row: int, text: str) -> bool:
    return panel.model.setData(panel.model.index(row, READS), text)


def test_each_layer_has_a_row_that_names_what_it_reads(panel: TablePanel) -> None:
    assert cells(panel, 0) == ["Flatten 1", "Dense 1", "Dense 2", "Add 1"]
    assert cells(panel, READS) == ["Data", "Flatten 1", "Dense 1", "Dense 1, Dense 2"]
    assert cells(panel, 3) == ["784", "8", "8", "8"]
    assert cells(panel, 4) == ["0", "6,280", "72", "0"]


def test_typed_names_wire_a_layer_in_one_undo_step(panel: TablePanel) -> None:
    document = panel.studio.document
    assert type_reads(panel, 3, "dense 2, FLATTEN 1")
    assert document.network["add-1"].inputs == ("dense-2", "flatten-1")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.network == NETWORK


def test_a_layer_can_be_left_without_wires(panel: TablePanel) -> None:
    assert type_reads(panel, 3, "")
    assert panel.studio.document.network["add-1"].inputs == ()
    assert cells(panel, 6)[3].startswith("It reads nothing")


@pytest.mark.parametrize(
    ("row", "text", "words"),
    [
        (3, "Dense 9", "There is no layer of this name"),
        (1, "Flatten 1, Data", "takes one input, not 2"),
        (1, "Add 1", "would close a circle"),
        (2, "Dense 2", "cannot read itself"),
        (3, "Dense 1, Dense 1", "reads it already"),
    ],
)
def test_a_wire_that_cannot_be_is_refused_in_words(
    panel: TablePanel, row: int, text: str, words: str
) -> None:
    assert not type_reads(panel, row, text)
    assert words in panel.message
    assert panel.studio.document.network == NETWORK
    assert type_reads(panel, 3, "Data")
    assert panel.message == ""


def test_table_and_canvas_have_one_selection(panel: TablePanel) -> None:
    panel.view.selectRow(1)
    assert panel.studio.document.selection == ("dense-1",)
    panel.studio.document.select("dense-2", "add-1")
    rows = {index.row() for index in panel.view.selectionModel().selectedIndexes()}
    assert rows == {2, 3}
    panel.studio.document.select(DATA)
    assert not panel.view.selectionModel().selectedIndexes()


def test_keys_delete_move_and_open_layers(panel: TablePanel, qtbot: QtBot) -> None:
    panel.view.selectRow(1)
    with qtbot.waitSignal(panel.edit_requested) as opened:
        QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert opened.args == ["dense-1"]
    QTest.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert cells(panel, 0)[:2] == ["Dense 1", "Flatten 1"]
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert cells(panel, 0) == ["Flatten 1", "Dense 2", "Add 1"]


def test_every_cell_is_spoken_with_its_column(panel: TablePanel) -> None:
    model = panel.model
    spoken = model.data(model.index(3, READS), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Reads: Dense 1, Dense 2"
