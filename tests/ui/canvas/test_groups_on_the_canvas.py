"""Groups under a person's hands: the frame of an open one, and another name for it."""

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest

from neuralstudio.data.sets.xor import Xor
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.groups import group_layers, toggle_group
from neuralstudio.ui.canvas.content import GROUP

from .conftest import Hands

BLOCK = ("dense-2", "dense-3")


@pytest.fixture
def opened(hands: Hands) -> Hands:
    """Four layers, the two in the middle an open group."""
    project = Project(network=stack(Dense(), Dense(), Dense(), Dense(units=1)), dataset=Xor(count=20))
    hands.studio.document.open(toggle_group(group_layers(project, BLOCK)[0], "Block 1"))
    hands.panel.scene.finish_moving()
    return hands


def title(hands: Hands) -> QPoint:
    view, (frame,) = hands.panel.view, hands.panel.scene.frames.values()
    view.reveal(frame.title)
    return view.mapFromScene(frame.title.center())


def framed(hands: Hands) -> list[str]:
    """The cards that lie in the frame as they are seen now."""
    scene = hands.panel.scene
    (frame,) = scene.frames.values()
    area = frame.sceneBoundingRect()
    return [name for name, card in scene.cards.items() if area.contains(QRectF(card.pos(), card.size))]


def history(hands: Hands) -> str:
    return hands.studio.document.undo_stack.undoText()


def rename(hands: Hands, name: str) -> None:
    hands.press(Qt.Key.Key_F2)
    hands.panel.name_box.setText(name)
    QTest.keyClick(hands.panel.name_box, Qt.Key.Key_Return)


def names(hands: Hands) -> list[str]:
    return [group.name for group in hands.studio.document.project.groups]


def test_an_open_group_has_a_frame_behind_its_cards_only(opened: Hands) -> None:
    (frame,) = opened.panel.scene.frames.values()
    assert framed(opened) == list(BLOCK)
    cards, wires = opened.panel.scene.cards.values(), opened.panel.scene.wires.values()
    assert frame.zValue() < min(item.zValue() for item in (*cards, *wires))


def test_the_frame_goes_with_its_cards(opened: Hands) -> None:
    opened.panel.edits.insert("dropout", "dense-1")
    opened.panel.scene.finish_moving()
    assert framed(opened) == list(BLOCK)


def test_a_double_click_on_the_title_closes_the_group_and_one_on_the_card_opens_it(opened: Hands) -> None:
    opened.double_click(title(opened))
    assert not opened.panel.scene.frames
    assert history(opened) == "close Block 1"
    opened.panel.scene.finish_moving()
    opened.double_click(opened.panel.card_center("dense-2"))
    assert list(opened.panel.scene.frames) == ["Block 1"]
    assert history(opened) == "open Block 1"


def test_a_click_on_the_title_selects_the_cards_of_the_group(opened: Hands) -> None:
    opened.click(title(opened))
    assert opened.selected() == BLOCK


def test_the_ground_within_a_frame_is_ground(opened: Hands) -> None:
    opened.studio.document.select("dense-1")
    (frame,) = opened.panel.scene.frames.values()
    corner = frame.boundingRect().bottomLeft()
    opened.click(opened.panel.view.mapFromScene(corner) + QPoint(6, -4))
    assert opened.selected() == ()


@pytest.mark.parametrize("is_open", [True, False])
def test_f2_gives_a_group_another_name_in_one_step(opened: Hands, is_open: bool) -> None:
    if not is_open:
        opened.panel.edits.toggle_group("Block 1")
    opened.studio.document.select(*BLOCK)
    steps = opened.studio.document.undo_stack.count()
    rename(opened, " Encoder ")
    assert names(opened) == ["Encoder"]
    assert opened.studio.document.undo_stack.count() == steps + 1
    assert not opened.panel.name_box.isVisible()
    shown = (
        "Encoder" in opened.panel.scene.frames if is_open else f"{GROUP}Encoder" in opened.panel.scene.cards
    )
    assert shown
    opened.undo()
    assert names(opened) == ["Block 1"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_that_cannot_be_is_refused_in_words_and_can_be_mended(opened: Hands, name: str) -> None:
    opened.studio.document.select(*BLOCK)
    with opened.qtbot.waitSignal(opened.panel.edits.told) as told:
        rename(opened, name)
    assert "1 to 100 characters" in told.args[0]
    assert names(opened) == ["Block 1"]
    assert opened.panel.name_box.isVisible()


def test_escape_leaves_the_old_name(opened: Hands) -> None:
    opened.studio.document.select(*BLOCK)
    opened.press(Qt.Key.Key_F2)
    box = opened.panel.name_box
    assert box.text() == "Block 1"
    box.setText("Encoder")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()
    assert names(opened) == ["Block 1"]
    assert opened.panel.view.hasFocus()


def test_the_same_name_again_is_no_step(opened: Hands) -> None:
    opened.studio.document.select(*BLOCK)
    rename(opened, "Block 1")
    assert opened.studio.document.undo_stack.count() == 0


def test_the_context_menu_offers_another_name(opened: Hands) -> None:
    opened.studio.document.select(*BLOCK)
    menu = opened.panel.context_menu("dense-3")
    (action,) = [each for each in menu.actions() if each.objectName() == "card-rename-group"]
    with opened.qtbot.waitSignal(opened.panel.view.name_asked) as asked:
        action.trigger()
    assert asked.args == ["Block 1"]
    assert opened.panel.name_box.isVisible()


def test_without_a_group_f2_says_what_to_select(opened: Hands) -> None:
    opened.studio.document.select("dense-1")
    opened.press(Qt.Key.Key_F2)
    assert "Select a group" in opened.panel.view.note.text()
    assert not opened.panel.name_box.isVisible()
