"""What is wrong is told at the edge of the canvas, and a click helps."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton

from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten

from .conftest import Hands


def button(hands: Hands, name: str) -> QPushButton:
    found = hands.panel.overlay.problems.findChild(QPushButton, name)
    assert found is not None
    return found


def test_a_click_on_a_remedy_applies_it_in_one_step(hands: Hands) -> None:
    hands.open(Dense())
    hands.qtbot.waitUntil(button(hands, "remedy-0").isVisible)
    assert button(hands, "remedy-0").text() == "Insert Flatten"
    assert "Insert Flatten" not in hands.panel.overlay.problems.text
    button(hands, "remedy-0").click()
    assert hands.ids == ["flatten-1", "dense-1"]
    assert hands.studio.document.undo_stack.count() == 1
    assert "flat input" not in hands.panel.overlay.problems.text
    hands.undo()
    assert hands.ids == ["dense-1"]


def test_remedies_can_be_reached_with_the_keyboard(hands: Hands) -> None:
    hands.open(Dense())
    hands.qtbot.waitUntil(button(hands, "remedy-0").isVisible)
    button(hands, "remedy-0").setFocus()
    assert button(hands, "remedy-0").hasFocus()
    QTest.keyClick(button(hands, "remedy-0"), Qt.Key.Key_Space)
    assert hands.ids == ["flatten-1", "dense-1"]
    assert hands.panel.view.hasFocus()


def test_a_bar_without_problems_is_hidden_with_its_buttons(hands: Hands) -> None:
    hands.open(Dense())
    hands.qtbot.waitUntil(button(hands, "remedy-0").isVisible)
    hands.panel.edits.delete()
    hands.studio.document.select("dense-1")
    hands.panel.edits.delete()
    assert not hands.panel.overlay.problems.isVisible()


def test_the_list_holds_all_problems_each_with_its_remedies(hands: Hands) -> None:
    hands.open(Flatten(), Dropout(rate=0.0), Dense(units=3))
    bar = hands.panel.overlay.problems
    menu = bar.problem_list()
    ones = [action.menu() for action in menu.actions()]
    assert len(ones) == len(hands.studio.document.report.problems) > 1
    last = ones[-1]
    assert isinstance(last, QMenu)
    assert "Dropout" in last.title()
    last.aboutToShow.emit()
    fix = last.findChild(QAction, "remedy-0")
    assert fix is not None
    fix.trigger()
    assert hands.studio.document.undo_stack.count() == 1
    assert not any("Dropout" in problem.where for problem in hands.studio.document.report.problems)


def test_the_list_leads_to_the_card(hands: Hands) -> None:
    hands.open(Flatten(), Dropout(rate=0.0), Dense(units=3))
    menu = hands.panel.overlay.problems.problem_list()
    last = menu.actions()[-1].menu()
    assert isinstance(last, QMenu)
    last.aboutToShow.emit()
    show = last.findChild(QAction, "show-card")
    assert show is not None
    show.trigger()
    assert hands.selected() == ("dropout-1",)


def test_the_menu_of_a_card_offers_its_remedies(hands: Hands) -> None:
    hands.open(Dense())
    hands.studio.document.select("dense-1")
    menu = hands.panel.context_menu("dense-1")
    fix = menu.actions()[0]
    assert (fix.objectName(), fix.text()) == ("card-remedy-0", "Fix: Insert Flatten")
    fix.trigger()
    assert hands.ids == ["flatten-1", "dense-1"]
    menu.deleteLater()


def test_the_bar_lies_below_the_cards(hands: Hands) -> None:
    hands.open(Dense(), Dense())
    hands.qtbot.waitUntil(button(hands, "remedy-0").isVisible)
    view, bar = hands.panel.view, hands.panel.overlay.problems.geometry()
    lowest = view.mapFromScene(hands.panel.scene.arrangement.bounds).boundingRect()
    assert lowest.bottom() < bar.top()
