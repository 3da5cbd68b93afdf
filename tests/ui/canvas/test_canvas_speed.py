"""The canvas keeps up with hands also where the stack is long."""

from time import perf_counter

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt

from neuralstudio.data.sets.xor import Xor
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import insert_after
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project

from .conftest import Hands


@pytest.fixture
def long_stack(hands: Hands) -> Hands:
    """200 Dense layers of 4 units."""
    network = stack(*[Dense(units=4)] * 200)
    hands.studio.document.open(Project(network=network, dataset=Xor(count=20)))
    return hands


def test_an_edit_among_200_cards_is_shown_within_30_ms(long_stack: Hands) -> None:
    panel, document = long_stack.panel, long_stack.studio.document
    document.changed.disconnect(panel._on_changed)
    seconds = []
    for _ in range(5):
        document.edit_network("add", insert_after(document.network, "dense-100", Dense(units=4))[0])
        assert document.report.nodes
        start = perf_counter()
        panel.refresh()
        seconds.append(perf_counter() - start)
    assert len(panel.scene.cards) == 207
    assert min(seconds) < 0.030


def test_a_frame_of_a_card_drag_among_200_takes_under_16_ms(long_stack: Hands) -> None:
    panel = long_stack.panel
    at = panel.card_center("dense-100")
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    long_stack.drag(at, at + QPoint(30, 10), is_dropped=False)
    seconds = []
    for step in range(20):
        start = perf_counter()
        where = at + QPoint(5 * step, step)
        long_stack._mouse(QEvent.Type.MouseMove, where, Qt.MouseButton.NoButton, left, none)
        panel.view.viewport().repaint()
        seconds.append(perf_counter() - start)
    assert sorted(seconds)[len(seconds) // 2] < 0.016
    long_stack.press(Qt.Key.Key_Escape)
