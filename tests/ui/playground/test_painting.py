"""Points painted with the mouse: strokes, colours, eraser, and sets that are no data yet."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from neuralstudio.data.sets._base import AREA
from neuralstudio.data.sets.painted import MOST, Painted, Point
from neuralstudio.project.examples import example
from neuralstudio.ui.playground.painting import erased, sprinkled
from tests.ui.playground.hands import Hands


def painted(hands: Hands) -> tuple[Point, ...]:
    dataset = hands.project.dataset
    assert isinstance(dataset, Painted)
    return dataset.points


def begin(hands: Hands) -> None:
    hands.click("tile-painted")
    hands.click("paint-empty")


def test_nothing_changes_before_one_says_how_to_begin(hands: Hands) -> None:
    before = hands.project
    hands.click("tile-painted")
    assert hands.project is before
    assert hands.find("paint-empty").isVisible()
    assert not hands.find("brush-orange").isVisible()


def test_painting_begins_on_the_points_there_are(hands: Hands) -> None:
    hands.click("tile-painted")
    hands.click("paint-on-present")
    assert len(painted(hands)) == 500
    assert {colour for _, _, colour in painted(hands)} == {0, 1}
    assert hands.steps == 1


def test_a_stroke_is_one_undo_step(hands: Hands) -> None:
    begin(hands)
    hands.stroke((-4, 0), (-2, 1), (0, 0), (2, -1))
    assert hands.steps == 2
    count = len(painted(hands))
    assert count > 20
    hands.stroke((3, 3), (4, 4))
    assert len(painted(hands)) > count
    hands.studio.document.undo_stack.undo()
    assert len(painted(hands)) == count


def test_points_are_seen_while_the_stroke_goes_on(hands: Hands) -> None:
    begin(hands)
    painting = hands.panel.data.painting
    painting.press(-3, 0)
    painting.drag(3, 0)
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    assert len(figure.points) == len(painting.points) > 10
    assert painted(hands) == ()
    painting.release()
    assert painted(hands) == painting.points


def test_a_stroke_ends_without_a_trace_when_its_ground_is_undone(hands: Hands) -> None:
    begin(hands)
    sketches: list[object] = []
    painting = hands.panel.data.painting
    painting.sketched.connect(sketches.append)
    painting.press(0, 0)
    hands.studio.document.undo_stack.undo()
    assert not painting.is_in_stroke
    assert sketches[-1] is None
    before = hands.project
    painting.drag(3, 3)
    painting.release()
    assert hands.project is before
    assert not isinstance(before.dataset, Painted)


def test_a_stroke_does_not_go_over_to_another_document(hands: Hands) -> None:
    begin(hands)
    painting = hands.panel.data.painting
    painting.press(0, 0)
    other = example("curve")
    hands.studio.document.open(other)
    painting.drag(2, 2)
    painting.release()
    assert hands.project == other
    assert hands.steps == 0


def test_three_classes_painted_by_mouse_are_learnt(hands: Hands) -> None:
    begin(hands)
    for brush, middle in (("orange", (-3.0, -3.0)), ("blue", (3.0, -3.0))):
        hands.click(f"brush-{brush}")
        hands.stroke(middle, (middle[0] + 1.5, middle[1] + 1), (middle[0] - 1, middle[1] + 1))
    hands.click("paint-add-class")
    assert hands.find("brush-green").isVisible()
    hands.stroke((0, 3), (1.5, 4), (-1.5, 4))
    assert {colour for _, _, colour in painted(hands)} == {0, 1, 2}
    assert hands.setup.output.units == 3
    assert not hands.studio.document.report.problems
    hands.load()
    before = hands.studio.loader.data
    assert before is not None
    assert before.signature.classes == ("orange", "blue", "green")
    hands.train(60)
    loss = hands.studio.training.history.epochs.rows[:, 1]
    assert loss[-1] < 0.5 * loss[1]
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    assert figure.background.ndim == 3


def test_the_eraser_takes_points_away(hands: Hands) -> None:
    begin(hands)
    hands.stroke((-3, 0), (3, 0))
    count = len(painted(hands))
    hands.click("paint-eraser")
    hands.stroke((-3, 0), (0, 0))
    left = painted(hands)
    assert 0 < len(left) < count
    assert all(np.hypot(x, y) > hands.panel.data.painting.radius for x, y, _ in left)
    hands.click("brush-blue")
    hands.stroke((-3, 0), (-2, 0))
    assert painted(hands)[-1][2] == 1


def test_clear_can_be_undone(hands: Hands) -> None:
    begin(hands)
    hands.stroke((-3, 0), (3, 0))
    kept = painted(hands)
    hands.click("paint-clear")
    assert painted(hands) == ()
    hands.studio.document.undo_stack.undo()
    assert painted(hands) == kept


def test_a_wider_brush_reaches_farther(hands: Hands) -> None:
    begin(hands)
    size, density = hands.find("paint-size"), hands.find("paint-density")
    assert isinstance(size, QComboBox)
    assert isinstance(density, QComboBox)
    size.activated.emit(3)
    density.activated.emit(2)
    hands.stroke((0, 0))
    places = np.array(painted(hands))[:, :2]
    assert len(places) == 8
    assert 0.3 < np.hypot(*places.T).max() <= 1.61


def test_one_class_is_said_beside_the_column_and_nothing_trains(hands: Hands) -> None:
    begin(hands)
    hands.stroke((-3, 0), (3, 0))
    hands.load()
    assert "orange" in hands.text("playground-data-problem")
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    assert len(figure.points) == len(painted(hands))
    said: list[str] = []
    hands.studio.training.warned.connect(said.append)
    hands.studio.training.train()
    hands.wait(lambda: bool(said))
    assert hands.studio.training.position.step == 0
    assert hands.studio.training.state == "idle"


def test_two_points_are_too_few(hands: Hands) -> None:
    begin(hands)
    density = hands.find("paint-density")
    assert isinstance(density, QComboBox)
    density.activated.emit(0)
    hands.stroke((-3, 0))
    hands.click("brush-blue")
    hands.stroke((3, 0))
    hands.load()
    assert "There are 2 points" in hands.text("playground-data-problem")


def test_a_stroke_can_be_painted_with_the_keyboard(hands: Hands) -> None:
    begin(hands)
    canvas = hands.panel.output.picture.map
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    for _ in range(8):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert painted(hands) == ()
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert hands.steps == 2
    assert max(x for x, _, _ in painted(hands)) > 1


def test_points_beyond_the_plane_fall_off() -> None:
    random = np.random.default_rng(0)
    points = sprinkled(AREA, AREA, 3, 1.0, 200, random)
    assert 0 < len(points) < 200
    assert all(abs(x) <= AREA and abs(y) <= AREA and colour == 3 for x, y, colour in points)


def test_the_eraser_leaves_what_it_does_not_touch() -> None:
    assert erased(((0.0, 0.0, 1), (2.0, 0.0, 0)), 0.1, 0.0, 0.5) == ((2.0, 0.0, 0),)


def test_there_is_room_for_so_many_points_and_no_more(hands: Hands) -> None:
    begin(hands)
    many = tuple((0.0, 0.0, place % 2) for place in range(MOST - 2))
    hands.studio.document.edit_dataset("fill", Painted(points=many))
    said: list[str] = []
    hands.studio.training.warned.connect(said.append)
    hands.stroke((-3, 0), (3, 0))
    assert len(painted(hands)) == MOST
    assert said
    assert said[0].startswith("There are 5,000 points")


@pytest.mark.parametrize("name", ["paint-eraser", "paint-clear", "paint-add-class", "brush-orange"])
def test_tools_have_tooltips(hands: Hands, name: str) -> None:
    begin(hands)
    assert hands.find(name).toolTip()
