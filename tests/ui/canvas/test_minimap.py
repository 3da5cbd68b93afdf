"""The minimap shows where one is in a large network, and leads elsewhere."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from neuralstudio.layers.dense import Dense

from .conftest import Hands


def test_it_is_hidden_while_all_cards_can_be_seen(hands: Hands) -> None:
    hands.open(Dense())
    hands.qtbot.waitUntil(lambda: not hands.panel.minimap.isVisible())


def test_it_frames_what_is_in_view_and_a_click_leads_there(hands: Hands) -> None:
    hands.open(*(Dense() for _ in range(40)))
    minimap, view = hands.panel.minimap, hands.panel.view
    hands.qtbot.waitUntil(minimap.isVisible)
    last = hands.panel.scene.arrangement.cards["dense-40"]
    assert not view.visible_rect.intersects(last)
    small = minimap.place_of(last)
    assert QPointF(minimap.rect().topLeft()).x() < small.left() < small.right() < minimap.width()
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=small.center().toPoint())
    assert view.visible_rect.intersects(last)
    assert minimap.place_of(view.visible_rect).intersects(minimap.place_of(last))


@pytest.mark.parametrize("width", [400, 500, 600, 700, 900])
def test_map_zoom_and_problems_do_not_cover_one_another(hands: Hands, width: int) -> None:
    panel = hands.panel
    hands.open(*(Dense() for _ in range(40)))
    panel.resize(width, 480)
    hands.qtbot.waitUntil(panel.minimap.isVisible)
    assert panel.overlay.problems.isVisible()
    places = [each.geometry() for each in (panel.minimap, panel.overlay.problems, panel.overlay.zoom)]
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
