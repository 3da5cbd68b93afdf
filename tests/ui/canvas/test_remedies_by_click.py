"""Every problem is mended by clicks on the canvas, each click one step to undo."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from neuralstudio.network.spec import DATA
from neuralstudio.project.document import Project
from tests.project.problems import SEVERAL, SINGLE

from .conftest import Hands

MOST_CLICKS = 8


def can_be_shown(project: Project) -> bool:
    """An empty canvas says how to begin instead, and wires from nowhere are refused when a file is read."""
    known = {DATA, *(node.id for node in project.network)}
    return len(project.network) > 0 and all(set(node.inputs) <= known for node in project.network)


SHOWN = {name: project for name, project in SINGLE.items() if can_be_shown(project)}


def click_the_first_remedy(hands: Hands) -> None:
    """Waits until the problem bar offers something, and clicks it."""
    document = hands.studio.document
    steps = document.undo_stack.count()

    def button() -> QPushButton | None:
        found = hands.panel.findChild(QPushButton, "remedy-0")
        return found if isinstance(found, QPushButton) and found.isVisible() else None

    hands.qtbot.waitUntil(lambda: button() is not None)
    offered = button()
    assert offered is not None
    title = offered.text()
    QTest.mouseClick(offered, Qt.MouseButton.LeftButton)
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == title


@pytest.mark.parametrize("project", SHOWN.values(), ids=SHOWN)
def test_one_click_leaves_no_problem_and_one_undo_step(hands: Hands, project: Project) -> None:
    document = hands.studio.document
    document.open(project)
    assert document.report.problems
    click_the_first_remedy(hands)
    assert document.report.problems == ()
    assert document.undo_stack.count() == 1
    hands.qtbot.waitUntil(lambda: not hands.panel.overlay.problems.text)
    hands.undo()
    assert document.project == project


@pytest.mark.parametrize("project", SEVERAL.values(), ids=SEVERAL)
def test_clicks_one_after_another_mend_several_problems(hands: Hands, project: Project) -> None:
    document = hands.studio.document
    document.open(project)
    clicks = 0
    while document.report.problems:
        click_the_first_remedy(hands)
        clicks += 1
        assert clicks <= MOST_CLICKS
    assert document.undo_stack.count() == clicks
