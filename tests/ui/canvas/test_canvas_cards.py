"""What the canvas shows of a document."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Softmax
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import DATA, LOSS, stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.ui.canvas.content import Outline, amount

from .conftest import Hands


def texts(hands: Hands, card: str) -> str:
    return hands.panel.card(card).accessible_text


def problem_text(hands: Hands) -> str:
    return hands.panel.overlay.problems.text


def test_each_node_has_a_card_between_data_and_loss(hands: Hands) -> None:
    hands.open(Flatten(), Dense(units=128), Dense(units=10, activation=Softmax()))
    assert list(hands.panel.scene.cards) == [DATA, "flatten-1", "dense-1", "dense-2", LOSS]
    xs = [hands.panel.card_center(name).x() for name in hands.panel.scene.cards]
    assert xs == sorted(xs)
    assert "128 units" in texts(hands, "dense-1")
    assert "100,480 weights" in texts(hands, "dense-1")
    assert "784 → 128" in texts(hands, "dense-1")
    assert "Categorical cross-entropy" in texts(hands, LOSS)
    labels = [wire.content.label for wire in hands.panel.scene.wires.values()]
    assert labels == ["28×28", "784", "128", "10"]


def test_figures_of_the_network_are_told(hands: Hands) -> None:
    hands.studio.document.open(example("digits-mlp"))
    assert hands.panel.overlay.figures.text() == "101,770 weights · 0.2 MFLOP / sample · fits in 1.7 MB"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (99, "99 B"), (100, "0.1 kB"), (203_264, "0.2 MB"), (3e9, "3.0 GB")]
)
def test_amounts_are_told_in_thousands(number: float, text: str) -> None:
    assert amount(number, "B") == text


def test_dense_on_an_image_says_what_it_needs_on_its_card(hands: Hands) -> None:
    hands.open(Dense())
    card = hands.panel.card("dense-1")
    assert card.content.problems
    assert "needs a flat input" in card.toolTip()
    assert "Insert Flatten" in card.accessible_text
    assert "needs a flat input" in problem_text(hands)
    assert hands.panel.overlay.problems.isVisible()
    hands.panel.overlay.problems.followed.emit("dense-1")
    assert hands.selected() == ("dense-1",)
    hands.panel.edits.insert("flatten", DATA)
    assert "flat input" not in hands.panel.card("dense-1").accessible_text


def test_a_warning_comes_after_errors_in_the_bar(hands: Hands) -> None:
    hands.open(Flatten(), Dropout(rate=0.0), Dense(units=3))
    assert hands.panel.card("dropout-1").content.problems[0].severity == "warning"
    assert "unchanged" not in problem_text(hands)
    more = hands.panel.overlay.problems.findChild(QPushButton, "more-problems")
    assert more is not None
    assert more.isVisible()
    assert more.text() == "2 problems ▾"


def test_an_empty_canvas_says_how_to_begin(hands: Hands) -> None:
    hint = hands.panel.overlay.hint
    assert hint.isVisible()
    assert "press /" in hint.text()
    assert not hands.panel.overlay.problems.isVisible()
    hands.panel.edits.insert("flatten", DATA)
    assert not hint.isVisible()


def test_the_data_card_counts_and_pictures_the_loaded_data(hands: Hands) -> None:
    hands.qtbot.waitUntil(lambda: "train" in texts(hands, DATA))
    assert "83 train, 17 test" in texts(hands, DATA)
    images = hands.panel.card(DATA).content.picture
    assert images is not None
    hands.studio.document.edit_dataset("xor", Xor(count=40))
    hands.qtbot.waitUntil(lambda: "20 train" in texts(hands, DATA))
    points = hands.panel.card(DATA).content.picture
    assert points is not None
    assert points.toImage() != images.toImage()


def test_training_brings_histograms_and_the_loss_and_reset_takes_them(hands: Hands) -> None:
    hands.open(Flatten(), Dense(units=16), Dense(units=10, activation=Softmax()))
    assert hands.panel.card("dense-1").bars is None
    hands.studio.training.step_epoch()
    hands.qtbot.waitUntil(lambda: hands.panel.card(LOSS).figure != "")
    bars = hands.panel.card("dense-1").bars
    assert bars is not None
    assert max(bars.heights) == 1
    assert bars.share.endswith("% zero")
    assert hands.panel.card("flatten-1").bars is None
    softmax = hands.panel.card("dense-2").bars
    assert softmax is not None
    assert softmax.share == ""
    hands.studio.training.reset()
    hands.qtbot.waitUntil(lambda: hands.panel.card("dense-1").bars is None)
    assert hands.panel.card(LOSS).figure == ""


def test_data_that_cannot_be_loaded_say_so_on_their_card(hands: Hands) -> None:
    hands.studio.document.edit_dataset("mnist", Mnist(folder="/no/such/folder"))
    hands.qtbot.waitUntil(lambda: bool(hands.panel.card(DATA).content.problems))
    assert "/no/such/folder" in texts(hands, DATA)
    assert "/no/such/folder" in problem_text(hands)


def test_a_hidden_canvas_does_no_work_and_catches_up(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    hands.panel.hide()
    refreshed = count_calls(monkeypatch, hands)
    hands.open(Flatten(), Dense())
    assert refreshed() == 0
    hands.panel.show()
    assert refreshed() == 1
    assert list(hands.panel.scene.cards) == [DATA, "flatten-1", "dense-1", LOSS]


def count_calls(monkeypatch: pytest.MonkeyPatch, hands: Hands) -> Callable[[], int]:
    calls = []
    original = hands.panel.scene.show_outline

    def counted(outline: Outline) -> None:
        calls.append(outline)
        original(outline)

    monkeypatch.setattr(hands.panel.scene, "show_outline", counted)
    return lambda: len(calls)


def test_an_edit_keeps_the_cards_that_stay(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    before = dict(hands.panel.scene.cards)
    hands.panel.edits.insert("dropout", "flatten-1")
    assert all(hands.panel.scene.cards[name] is card for name, card in before.items())


def test_every_theme_repaints(hands: Hands) -> None:
    hands.open(Dense(), Dropout())
    pictures = []
    for mode in ("dark", "light", "contrast"):
        hands.studio.theme.set_mode(mode)
        hands.panel.scene.finish_moving()
        pictures.append(hands.panel.grab().toImage())
    assert all(one != other for one, other in pairwise(pictures))
    hands.studio.theme.set_mode("dark")
    assert hands.panel.grab().toImage() == pictures[0]


def test_cards_do_not_overlap_and_wires_have_room_for_their_labels(hands: Hands) -> None:
    hands.studio.document.open(Project(dataset=Xor(count=20), network=stack(*[Dense()] * 12)))
    scene = hands.panel.scene
    places = list(scene.arrangement.cards.values())
    for left, right in pairwise(places):
        assert right.left() - left.right() >= 40
    assert all(place.center().y() == 0 for place in places)


def test_cards_glide_to_their_places(hands: Hands, qtbot: QtBot) -> None:
    hands.open(Flatten(), Dense())
    scene = hands.panel.scene
    scene.finish_moving()
    hands.panel.edits.insert("dense", "flatten-1")
    card = scene.cards["dense-1"]
    assert card.pos() != scene.arrangement.cards["dense-1"].topLeft()
    qtbot.waitUntil(lambda: card.pos() == scene.arrangement.cards["dense-1"].topLeft())


@pytest.mark.parametrize("name", ["digits-mlp", "digits-cnn", "residual-cnn"])
def test_no_number_is_broken_from_its_word_and_no_shape_from_the_other(hands: Hands, name: str) -> None:
    hands.studio.document.open(example(name))
    for card in hands.panel.scene.cards.values():
        lines = [box.text.replace("\u00a0", " ") for box in card._layout.texts]
        assert not [line for line in lines if line.endswith("→") or line == "weights"]
        assert card.size.width() < 20 * card.look.em
