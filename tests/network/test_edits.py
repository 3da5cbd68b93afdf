"""Edits are pure, and whatever sequence of them is made, the network stays a sound graph."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network import edits
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name, stack
from neuralstudio.project.fragment import from_text, to_text
from neuralstudio.schema.problem import ProblemError

LAYERS = st.sampled_from([Dense(units=3), Dropout(), Flatten(), Activation(), Add(), Concatenate()])
BRANCHED = NetworkSpec(
    (
        Node("dense-1", Dense()),
        Node("dense-2", Dense(), ("dense-1",)),
        Node("dense-3", Dense(), ("dense-1",)),
        Node("flatten-1", Flatten(), (DATA,)),
        Node("add-1", Add(), ("dense-2", "dense-1")),
    )
)


def ids(spec: NetworkSpec) -> list[str]:
    return [node.id for node in spec]


def assert_is_sound(spec: NetworkSpec) -> None:
    """Ids are unique, no wire is double, and every node reads what comes before it: so there is no cycle."""
    known = {DATA}
    for node in spec:
        assert node.id not in known
        assert set(node.inputs) <= known
        assert len(set(node.inputs)) == len(node.inputs)
        assert len(node.inputs) < 2 or node.layer.takes_several
        known.add(node.id)


class Editing(RuleBasedStateMachine):
    """Random edits of a stack, and of a network with branches."""

    def __init__(self) -> None:
        super().__init__()
        self.spec = NetworkSpec()

    def node(self, number: int) -> str:
        return ids(self.spec)[number % len(self.spec)]

    def become(self, after: NetworkSpec, before: bytes) -> None:
        assert msgspec.json.encode(self.spec) == before, "an edit changed the spec it was given"
        self.spec = after

    @rule()
    @precondition(lambda self: not len(self.spec))
    def start_branched(self) -> None:
        self.spec = BRANCHED

    @rule(layer=LAYERS, number=st.integers(0, 20))
    def insert(self, layer: Layer, number: int) -> None:
        before = msgspec.json.encode(self.spec)
        below = [DATA, *ids(self.spec)][number % (len(self.spec) + 1)]
        after, new = edits.insert_after(self.spec, below, layer)
        assert set(ids(after)) == {*ids(self.spec), new}
        assert after[new].layer == layer
        assert not after.readers(below) or after.readers(below) == (after[new],)
        self.become(after, before)

    @rule(layer=LAYERS)
    def append(self, layer: Layer) -> None:
        before = msgspec.json.encode(self.spec)
        end = edits.end_of(self.spec)
        after, new = edits.append(self.spec, layer)
        assert after[new].inputs == (end,)
        assert edits.end_of(after) == new or self.spec.readers(DATA)
        self.become(after, before)

    @rule(number=st.integers(0, 20))
    @precondition(lambda self: len(self.spec) > 0)
    def remove(self, number: int) -> None:
        before = msgspec.json.encode(self.spec)
        gone = self.node(number)
        after = edits.remove(self.spec, gone)
        assert ids(after) == [each for each in ids(self.spec) if each != gone]
        without = edits.remove_with_ways(self.spec, gone)
        assert_is_sound(without)
        assert set(ids(without)) <= set(ids(after))
        if self.spec.readers(gone):
            ends = {node.id for node in without.outputs}
            assert ends <= {node.id for node in self.spec.outputs}, "a new dead end"
        self.become(after, before)

    @rule(number=st.integers(0, 20))
    @precondition(lambda self: 0 < len(self.spec) < 12)
    def duplicate(self, number: int) -> None:
        before = msgspec.json.encode(self.spec)
        name = self.node(number)
        after, (new,) = edits.insert_part(self.spec, edits.with_side_wires(self.spec, (name,)), name)
        old = self.spec[name]
        assert after[new].layer == old.layer
        assert len(after[new].inputs) == len(old.inputs)
        assert not old.inputs or name in after[new].inputs
        self.become(after, before)

    @rule(number=st.integers(0, 20), to=st.integers(0, 20))
    @precondition(lambda self: len(self.spec) > 0)
    def move(self, number: int, to: int) -> None:
        before = msgspec.json.encode(self.spec)
        below = [DATA, *ids(self.spec)][to % (len(self.spec) + 1)]
        moved = self.node(number)
        after = self.moved(lambda: edits.move_part(self.spec, (moved,), below))
        assert sorted(ids(after)) == sorted(ids(self.spec))
        assert {node.id: node.layer for node in after} == {node.id: node.layer for node in self.spec}
        assert after is self.spec or below in after[moved].inputs
        assert len(after[moved].inputs) >= len(self.spec[moved].inputs)
        self.become(after, before)

    def moved(self, move: Callable[[], NetworkSpec]) -> NetworkSpec:
        """The network after a move, or as it is where the move is refused."""
        with suppress(ProblemError):
            return move()
        return self.spec

    @rule(number=st.integers(0, 20), places=st.sampled_from([-2, -1, 1, 2]))
    @precondition(lambda self: len(self.spec) > 0)
    def shift(self, number: int, places: int) -> None:
        before = msgspec.json.encode(self.spec)
        after = self.moved(lambda: edits.shifted(self.spec, self.node(number), places))
        assert sorted(ids(after)) == sorted(ids(self.spec))
        self.become(after, before)

    @rule(number=st.integers(0, 20), layer=LAYERS)
    @precondition(lambda self: len(self.spec) > 0)
    def replace(self, number: int, layer: Layer) -> None:
        before = msgspec.json.encode(self.spec)
        after = edits.replace_layer(self.spec, self.node(number), layer)
        assert ids(after) == ids(self.spec)
        for old, new in zip(self.spec, after, strict=True):
            assert new.inputs == old.inputs or (len(new.inputs) == 1 and new.inputs[0] in old.inputs)
        self.become(after, before)

    @rule(layer=LAYERS, number=st.integers(0, 20), place=st.integers(0, 5))
    @precondition(lambda self: any(node.inputs for node in self.spec))
    def insert_on_a_wire(self, layer: Layer, number: int, place: int) -> None:
        before = msgspec.json.encode(self.spec)
        wired = [node for node in self.spec if node.inputs]
        target = wired[number % len(wired)]
        source = target.inputs[place % len(target.inputs)]
        others = {node.id for node in self.spec.readers(source)} - {target.id}
        after, new = edits.insert_between(self.spec, source, target.id, layer)
        assert {node.id for node in after.readers(source)} == others | {new}
        assert [node.id for node in after.readers(new)] == [target.id]
        self.become(after, before)

    @rule(layer=LAYERS)
    def add_unwired(self, layer: Layer) -> None:
        after, new = edits.add_unwired(self.spec, layer)
        assert after[new].inputs == ()
        self.spec = after

    @rule(number=st.integers(0, 20), to=st.integers(0, 20))
    @precondition(lambda self: len(self.spec) > 0)
    def wire(self, number: int, to: int) -> None:
        before = msgspec.json.encode(self.spec)
        source, target = [DATA, *ids(self.spec)][to % (len(self.spec) + 1)], self.node(number)
        if edits.why_not_connect(self.spec, source, target):
            with pytest.raises(ProblemError):
                edits.connect(self.spec, source, target)
            return
        after = edits.connect(self.spec, source, target)
        several = self.spec[target].layer.takes_several
        assert after[target].inputs == ((*self.spec[target].inputs, source) if several else (source,))
        self.become(after, before)

    @rule(number=st.integers(0, 20), place=st.integers(0, 5))
    @precondition(lambda self: any(node.inputs for node in self.spec))
    def unwire(self, number: int, place: int) -> None:
        before = msgspec.json.encode(self.spec)
        wired = [node for node in self.spec if node.inputs]
        target = wired[number % len(wired)]
        source = target.inputs[place % len(target.inputs)]
        after = edits.disconnect(self.spec, source, target.id)
        assert source not in after[target.id].inputs
        assert not edits.why_not_connect(after, source, target.id)
        self.become(after, before)

    @rule(chosen=st.sets(st.integers(0, 20), min_size=1, max_size=5), to=st.integers(0, 20))
    @precondition(lambda self: 0 < len(self.spec) < 14)
    def copy_and_paste(self, chosen: set[int], to: int) -> None:
        before = msgspec.json.encode(self.spec)
        names = {self.node(number) for number in chosen}
        part = edits.part_of(self.spec, names)
        assert [node.layer for node in part] == [node.layer for node in self.spec if node.id in names]
        below = [DATA, *ids(self.spec)][to % (len(self.spec) + 1)]
        after, copies = edits.insert_part(self.spec, from_text(to_text(part)).network, below)
        assert [after[each].layer for each in copies] == [node.layer for node in part]
        assert set(ids(after)) == {*ids(self.spec), *copies}
        self.become(after, before)

    @rule(chosen=st.sets(st.integers(0, 20), min_size=1, max_size=5), to=st.integers(0, 20))
    @precondition(lambda self: len(self.spec) > 0)
    def move_several(self, chosen: set[int], to: int) -> None:
        before = msgspec.json.encode(self.spec)
        names = {self.node(number) for number in chosen}
        below = [DATA, *ids(self.spec)][to % (len(self.spec) + 1)]
        after = self.moved(lambda: edits.move_part(self.spec, names, below))
        assert sorted(ids(after)) == sorted(ids(self.spec))
        assert {node.id: node.layer for node in after} == {node.id: node.layer for node in self.spec}
        self.become(after, before)

    @rule(number=st.integers(0, 20))
    @precondition(lambda self: len(self.spec) > 0)
    def draw_again(self, number: int) -> None:
        node = self.spec[self.node(number)]
        after = edits.draw_again(self.spec, node.id)
        assert after[node.id].draw == node.draw + 1
        assert after[node.id].stream_name("w") != node.stream_name("w")
        self.spec = after

    @invariant()
    def the_network_is_sound(self) -> None:
        assert_is_sound(self.spec)
        assert msgspec.json.decode(msgspec.json.encode(self.spec), type=NetworkSpec) == self.spec


TestEditing: Any = Editing.TestCase
TestEditing.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)

THREE = stack(Flatten(), Dense(units=8), Dense(units=2))


def test_a_stack_is_wired_one_behind_the_other() -> None:
    assert [(node.id, node.inputs) for node in THREE] == [
        ("flatten-1", (DATA,)),
        ("dense-1", ("flatten-1",)),
        ("dense-2", ("dense-1",)),
    ]
    assert [display_name(node) for node in THREE] == ["Flatten 1", "Dense 1", "Dense 2"]


def test_inserting_puts_the_layer_on_the_wire() -> None:
    after, new = edits.insert_after(THREE, "dense-1", Dropout())
    assert ids(after) == ["flatten-1", "dense-1", new, "dense-2"]
    assert after["dense-2"].inputs == (new,)


def test_removing_joins_the_wire_again() -> None:
    assert edits.remove(THREE, "dense-1")["dense-2"].inputs == ("flatten-1",)


def test_removing_all_leaves_an_empty_network() -> None:
    assert edits.remove(THREE, *ids(THREE)) == NetworkSpec()


def test_moving_keeps_ids_and_moving_back_gives_the_same_network() -> None:
    moved = edits.move_part(THREE, ("dense-2",), DATA)
    assert ids(moved) == ["dense-2", "flatten-1", "dense-1"]
    assert edits.move_part(moved, ("dense-2",), "dense-1") == THREE


def test_shifting_goes_one_place_and_stops_at_the_ends() -> None:
    assert ids(edits.shifted(THREE, "dense-1", -1)) == ["dense-1", "flatten-1", "dense-2"]
    assert ids(edits.shifted(THREE, "dense-1", 1)) == ["flatten-1", "dense-2", "dense-1"]
    assert edits.shifted(THREE, "flatten-1", -1) == THREE
    assert edits.shifted(THREE, "dense-2", 1) == THREE


def test_fields_are_set_within_their_limits_only() -> None:
    assert edits.set_fields(THREE, "dense-1", units=9)["dense-1"].layer == Dense(units=9)
    with pytest.raises(ProblemError, match="whole number from 1 to 65536"):
        edits.set_fields(THREE, "dense-1", units=0)


def test_a_removed_source_with_several_inputs_hands_them_all_on() -> None:
    joined = NetworkSpec((*BRANCHED.nodes, Node("dense-9", Dense(), ("dense-2",))))
    assert edits.remove(joined, "dense-2")["dense-9"].inputs == ("dense-1",)
    assert_is_sound(edits.remove(joined, "dense-1", "dense-2"))


def test_how_a_layer_learns_is_changed_apart_from_what_it_computes_and_stays_when_that_changes() -> None:
    frozen = Learning(is_frozen=True, l2=0.1)
    changed = edits.set_learning(THREE, "dense-1", frozen)
    assert changed["dense-1"] == msgspec.structs.replace(THREE["dense-1"], learning=frozen)
    assert changed["dense-2"] == THREE["dense-2"]
    assert edits.set_fields(changed, "dense-1", units=9)["dense-1"].learning == frozen
    assert edits.move_part(changed, ("dense-1",), "dense-2")["dense-1"].learning == frozen
    assert edits.set_learning(changed, "dense-1", Learning()) == THREE


def test_a_copy_learns_as_the_original() -> None:
    frozen = edits.set_learning(THREE, "dense-1", Learning(is_frozen=True))
    copied, (copy_id,) = edits.insert_part(frozen, edits.with_side_wires(frozen, ("dense-1",)), "dense-1")
    assert copied[copy_id].learning.is_frozen


RESIDUAL = NetworkSpec(
    (
        Node("dense-1", Dense()),
        Node("dense-2", Dense(), ("dense-1",)),
        Node("add-1", Add(), ("dense-2", "dense-1")),
    )
)


def test_a_wire_to_a_merge_is_one_more_and_to_another_layer_takes_the_place_of_its_wire() -> None:
    assert edits.connect(RESIDUAL, DATA, "add-1")["add-1"].inputs == ("dense-2", "dense-1", DATA)
    assert edits.connect(RESIDUAL, DATA, "dense-2")["dense-2"].inputs == (DATA,)


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("dense-1", "dense-1", "cannot read itself"),
        ("dense-1", "add-1", "Add 1 reads it already"),
        ("add-1", "dense-1", "Add 1 reads Dense 1, so the wire would close a circle"),
    ],
)
def test_a_wire_that_cannot_be_is_refused_in_words(source: str, target: str, words: str) -> None:
    assert words in edits.why_not_connect(RESIDUAL, source, target)
    with pytest.raises(ProblemError, match=words):
        edits.connect(RESIDUAL, source, target)


def test_a_wire_may_go_to_a_layer_that_stood_earlier_in_the_order() -> None:
    spec = NetworkSpec((Node("dense-1", Dense(), ()), Node("dense-2", Dense())))
    wired = edits.connect(spec, "dense-2", "dense-1")
    assert ids(wired) == ["dense-2", "dense-1"]
    assert_is_sound(wired)


def test_a_layer_moved_onto_one_wire_leaves_the_other_wires_of_that_source() -> None:
    spec, new = edits.append(RESIDUAL, Dropout())
    moved = edits.move_part(spec, (new,), "dense-1", "add-1")
    assert moved["add-1"].inputs == ("dense-2", new)
    assert moved["dense-2"].inputs == ("dense-1",)
    assert moved[new].inputs == ("dense-1",)


def test_the_whole_network_copied_and_pasted_into_an_empty_one_is_the_same_network() -> None:
    text = to_text(edits.part_of(RESIDUAL, ids(RESIDUAL)))
    assert edits.insert_part(NetworkSpec(), from_text(text).network, DATA)[0] == RESIDUAL


CHAIN = NetworkSpec(
    (
        Node("dense-1", Dense()),
        Node("dense-2", Dense(), ("dense-1",)),
        Node("dropout-1", Dropout(), ("dense-2",)),
        Node("add-1", Add(), ("dense-1", "dropout-1")),
        Node("activation-1", Activation(), ("add-1",)),
        Node("dense-3", Dense(), ("activation-1",)),
    )
)
"""A block with the wire past it first, as templates have it."""


@pytest.mark.parametrize("places", [-1, 1])
@pytest.mark.parametrize("name", ["dropout-1", "activation-1", "add-1"])
def test_a_layer_of_a_residual_network_moved_there_and_back_leaves_it_as_it_was(
    name: str, places: int
) -> None:
    moved = edits.shifted(CHAIN, name, places)
    assert moved != CHAIN
    assert edits.shifted(moved, name, -places) == CHAIN


def test_a_moved_merge_keeps_its_skip_connection_and_leaves_the_block_whole() -> None:
    moved = edits.move_part(CHAIN, ("add-1",), "dense-3")
    assert moved["add-1"].inputs == ("dense-1", "dense-3")
    assert moved["activation-1"].inputs == ("dropout-1",)
    assert [node.id for node in moved.outputs] == ["add-1"]


def test_a_whole_block_moved_takes_its_skip_connection_along() -> None:
    moved = edits.move_part(CHAIN, ("dense-2", "dropout-1", "add-1"), "activation-1")
    assert moved["activation-1"].inputs == ("dense-1",)
    assert moved["dense-2"].inputs == ("activation-1",)
    assert moved["add-1"].inputs == ("activation-1", "dropout-1")
    assert moved["dense-3"].inputs == ("add-1",)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (DATA, "Add 1 reads Dense 1, so it cannot come before it"),
        ("dense-1", "Add 1 would read Dense 1 twice there"),
    ],
)
def test_a_merge_is_not_moved_where_it_would_lose_a_wire(source: str, words: str) -> None:
    with pytest.raises(ProblemError, match=words):
        edits.move_part(CHAIN, ("add-1",), source)


def test_a_removed_merge_leaves_the_block_and_not_the_wire_past_it() -> None:
    assert edits.remove(CHAIN, "add-1")["activation-1"].inputs == ("dropout-1",)
    assert edits.remove_with_ways(CHAIN, "add-1") == edits.remove(CHAIN, "add-1")


def test_ways_that_only_a_removed_merge_read_go_with_it() -> None:
    fork = NetworkSpec(
        (
            Node("dense-1", Dense()),
            Node("dense-2", Dense(), ("dense-1",)),
            Node("dense-3", Dense()),
            Node("concatenate-1", Concatenate(), ("dense-3", "dense-2")),
            Node("dense-4", Dense(), ("concatenate-1",)),
        )
    )
    left = edits.remove_with_ways(fork, "concatenate-1")
    assert ids(left) == ["dense-1", "dense-2", "dense-4"]
    assert left["dense-4"].inputs == ("dense-2",)


def test_a_copied_merge_reads_what_the_original_reads_beside_its_way() -> None:
    copied, (new,) = edits.insert_part(CHAIN, edits.with_side_wires(CHAIN, ("add-1",)), "add-1")
    assert copied[new].inputs == ("dense-1", "add-1")
    assert copied["activation-1"].inputs == (new,)


def test_layers_copied_from_the_middle_keep_the_wires_among_them() -> None:
    part = edits.part_of(RESIDUAL, ("dense-2", "add-1"))
    assert [(node.id, node.inputs) for node in part] == [("dense-2", (DATA,)), ("add-1", ("dense-2", DATA))]
