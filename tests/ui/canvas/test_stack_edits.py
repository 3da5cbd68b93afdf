"""What keys and menus do to a network with merges, groups and many layers, and what they refuse."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from neuralstudio.data.sets.xor import Xor
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import MOST_NODES, NetworkSpec, Node, stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.groups import group_layers, rename_group, toggle_group

from .conftest import Hands

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
THERE = {"later": (Qt.Key.Key_Right, Qt.Key.Key_Left), "earlier": (Qt.Key.Key_Left, Qt.Key.Key_Right)}
RESIDUAL = example("residual-cnn")
TOWERS = Project(
    network=NetworkSpec(
        (
            Node("dense-1", Dense()),
            Node("dense-2", Dense(), ("dense-1",)),
            Node("dense-3", Dense()),
            Node("concatenate-1", Concatenate(), ("dense-3", "dense-2")),
            Node("dense-4", Dense(units=1), ("concatenate-1",)),
        )
    ),
    dataset=Xor(count=20),
)


@pytest.fixture
def told(hands: Hands) -> list[str]:
    sentences: list[str] = []
    hands.panel.edits.told.connect(sentences.append)
    return sentences


@pytest.mark.parametrize("way", THERE)
@pytest.mark.parametrize("name", [node.id for node in RESIDUAL.network])
def test_moving_there_and_back_by_keys_leaves_the_very_network(
    hands: Hands, told: list[str], name: str, way: str
) -> None:
    document = hands.studio.document
    document.open(RESIDUAL)
    document.select(name)
    there, back = THERE[way]
    for _ in range(3):
        hands.press(there, ALT)
    steps = document.undo_stack.count()
    for _ in range(steps):
        hands.press(back, ALT)
    assert document.project == RESIDUAL
    assert document.undo_stack.count() == 2 * steps
    assert steps or told or name in ("conv2d-1", "dense-1")


def test_a_merge_moved_behind_its_activation_leaves_no_problem(hands: Hands) -> None:
    document = hands.studio.document
    document.open(RESIDUAL)
    document.select("add-1")
    hands.press(Qt.Key.Key_Right, ALT)
    assert document.network["add-1"].inputs == ("conv2d-1", "activation-2")
    assert document.report.problems == ()


def test_a_merge_moved_to_the_end_leaves_its_block_whole(hands: Hands) -> None:
    document = hands.studio.document
    document.open(RESIDUAL)
    hands.panel.edits.move("add-1", "dense-1")
    assert [node.id for node in document.network.outputs] == ["add-1"]
    assert document.network["activation-2"].inputs == ("batch-norm-2",)


def test_a_merge_that_cannot_be_moved_stays_and_says_why(hands: Hands, told: list[str]) -> None:
    document = hands.studio.document
    document.open(RESIDUAL)
    hands.panel.edits.move("add-1", "data")
    assert document.project == RESIDUAL
    assert told == ["Add 1 reads Conv 2D 1, so it cannot come before it. Choose another place."]


def test_a_deleted_merge_leaves_the_block_and_no_dead_end(hands: Hands) -> None:
    document = hands.studio.document
    document.open(RESIDUAL)
    document.select("add-1")
    hands.press(Qt.Key.Key_Delete)
    assert document.network["activation-2"].inputs == ("batch-norm-2",)
    assert document.report.problems == ()


def test_what_only_a_deleted_merge_read_goes_with_it_and_that_is_told(hands: Hands, told: list[str]) -> None:
    document = hands.studio.document
    document.open(TOWERS)
    document.select("concatenate-1")
    hands.press(Qt.Key.Key_Delete)
    assert hands.ids == ["dense-1", "dense-2", "dense-4"]
    assert told == ["Nothing would have read Dense 3: removed as well."]
    hands.undo()
    assert document.project == TOWERS


def test_a_duplicated_merge_reads_the_same_skip_connection(hands: Hands) -> None:
    document = hands.studio.document
    document.open(RESIDUAL)
    document.select("add-1")
    hands.press(Qt.Key.Key_D, CONTROL)
    assert document.network["add-3"].inputs == ("conv2d-1", "add-1")
    assert document.report.problems == ()


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("keys", [(Qt.Key.Key_D,), (Qt.Key.Key_C, Qt.Key.Key_V)])
def test_a_copied_group_is_a_group_again(hands: Hands, keys: tuple[Qt.Key, ...]) -> None:
    document = hands.studio.document
    project = Project(network=stack(Dense(), Dense(), Dense(units=1)), dataset=Xor(count=20))
    grouped, _ = group_layers(project, ("dense-1", "dense-2"))
    document.open(toggle_group(rename_group(grouped, "Block 1", "Encoder"), "Encoder"))
    document.select("dense-1", "dense-2")
    for key in keys:
        hands.press(key, CONTROL)
    first, second = document.project.groups
    assert (second.name, second.nodes) == ("Encoder 2", ("dense-4", "dense-5"))
    assert second.is_collapsed == first.is_collapsed
    assert hands.selected() == second.nodes
    assert document.undo_stack.count() == 1


# ── how many ─────────────────────────────────────────────────────────────────────────────────────────


def test_more_layers_than_a_file_may_hold_are_refused_in_a_sentence(hands: Hands, told: list[str]) -> None:
    document = hands.studio.document
    document.open(Project(network=stack(*[Dense(units=1)] * MOST_NODES), dataset=Xor(count=20)))
    full, edits = document.project, hands.panel.edits
    document.select("dense-7")
    assert edits.insert("dense", "dense-7") == ""
    edits.duplicate()
    edits.copy()
    edits.paste()
    assert document.project == full
    assert document.undo_stack.count() == 0
    assert hands.selected() == ("dense-7",)
    assert told == ["A network has 500 layers at most, and this one would have 501."] * 3
    edits.delete()
    assert len(document.network) == MOST_NODES - 1


# ── names ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_layer_never_gets_the_name_of_one_that_an_undo_step_knows(hands: Hands) -> None:
    document, edits = hands.studio.document, hands.panel.edits
    hands.open(Dense(), Dense())
    document.select("dense-2")
    edits.delete()
    assert edits.insert("dense", "dense-1") == "dense-3"
    assert hands.ids == ["dense-1", "dense-3"]
    assert hands.selected() == ("dense-3",)
    hands.undo()
    hands.undo()
    assert hands.ids == ["dense-1", "dense-2"]


def test_a_name_that_was_undone_and_is_known_to_nobody_is_free_again(hands: Hands) -> None:
    edits = hands.panel.edits
    hands.open(Dense())
    assert edits.insert("dense", "dense-1") == "dense-2"
    hands.undo()
    assert edits.insert("dense", "dense-1") == "dense-2"
    hands.studio.document.mark_trained()
    hands.undo()
    assert edits.insert("dense", "dense-1") == "dense-3"


def test_layers_that_were_cut_and_are_pasted_are_the_same_layers(hands: Hands) -> None:
    edits, document = hands.panel.edits, hands.studio.document
    hands.open(Dense(), Dense(), Dense())
    document.select("dense-1")
    edits.cut()
    document.select("dense-3")
    edits.paste()
    assert hands.ids == ["dense-2", "dense-3", "dense-1"]
    edits.paste()
    assert hands.ids == ["dense-2", "dense-3", "dense-1", "dense-4"]


def test_a_renamed_layer_is_renamed_in_wires_and_groups_too(hands: Hands) -> None:
    document = hands.studio.document
    hands.open(Dense(), Dense())
    whole = document.project
    document.edit_network("empty", NetworkSpec())
    grouped, _ = group_layers(whole, ("dense-1", "dense-2"))
    document.edit(
        "another",
        replace(
            grouped, network=NetworkSpec((*grouped.network, Node("add-1", Add(), ("dense-1", "dense-2"))))
        ),
    )
    assert hands.ids == ["dense-3", "dense-4", "add-1"]
    assert document.network["add-1"].inputs == ("dense-3", "dense-4")
    assert document.project.groups[0].nodes == ("dense-3", "dense-4")
