"""The difference of two networks is told in words: what came, what went, what was moved and what was set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.engine.activations import ReLU, Tanh
from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.difference import Change, difference, field_changes, in_words
from neuralstudio.network.edits import (
    connect,
    draw_again,
    insert_after,
    insert_between,
    move_part,
    remove,
    replace_layer,
    set_fields,
    set_learning,
)
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, stack

THREE = stack(Dense(units=8, activation=ReLU()), Dense(units=4, activation=ReLU()), Dense(units=2))


def told(before: NetworkSpec, after: NetworkSpec) -> list[tuple[str, str, str, str, str]]:
    return [(each.mark, each.where, each.what, each.before, each.after) for each in difference(before, after)]


def test_a_network_does_not_differ_from_itself() -> None:
    assert difference(THREE, THREE) == ()


def test_a_setting_is_told_with_its_old_and_its_new_value() -> None:
    after = set_fields(THREE, "dense-1", units=16)
    assert difference(THREE, after) == (Change("~", "dense-1", "Dense 1", "Units", "8", "16"),)


def test_a_choice_is_told_by_its_title() -> None:
    assert told(THREE, set_fields(THREE, "dense-2", activation=Tanh())) == [
        ("~", "Dense 2", "Activation", "ReLU", "Tanh")
    ]


def test_how_a_layer_learns_and_that_it_was_drawn_anew_are_told() -> None:
    after = draw_again(set_learning(THREE, "dense-1", Learning(is_frozen=True, l2=0.01)), "dense-1")
    assert told(THREE, after) == [
        ("~", "Dense 1", "Frozen", "off", "on"),
        ("~", "Dense 1", "L2 penalty", "0", "0.01"),
        ("~", "Dense 1", "Initial weights", "draw 1", "draw 2"),
    ]


def test_a_layer_put_in_is_one_change() -> None:
    after, _ = insert_after(THREE, "dense-1", Dropout(rate=0.1))
    assert told(THREE, after) == [("+", "Dropout 1", "Layer", "", "Dropout, rate 0.1; reads Dense 1")]


def test_a_layer_taken_out_is_one_change() -> None:
    after = remove(THREE, "dense-2")
    ((mark, where, what, before, now),) = told(THREE, after)
    assert (mark, where, what, now) == ("−", "Dense 2", "Layer", "")
    assert before.endswith("reads Dense 1")


def test_a_layer_moved_is_told_by_what_is_read_now() -> None:
    changes = told(THREE, move_part(THREE, ("dense-1",), "dense-2"))
    assert ("~", "Dense 2", "Reads", "Dense 1", "the data") in changes
    assert ("~", "Dense 1", "Reads", "the data", "Dense 2") in changes
    assert {change[0] for change in changes} == {"~"}


def test_a_wire_drawn_is_told_with_all_that_is_read() -> None:
    alike = stack(Dense(units=4), Dense(units=4))
    before, _ = insert_between(alike, "dense-1", "dense-2", Add())
    after = connect(before, "data", "add-1")
    assert told(before, after) == [("~", "Add 1", "Reads", "Dense 1", "Dense 1 and the data")]


def test_another_layer_in_the_same_place_is_another_kind() -> None:
    ((mark, where, what, before, now),) = told(THREE, replace_layer(THREE, "dense-2", Dropout(rate=0.5)))
    assert (mark, where, what, now) == ("~", "Dropout 2", "Kind", "Dropout")
    assert before.startswith("Dense, units 4")


def test_everything_came_into_an_empty_network() -> None:
    assert [change[0] for change in told(NetworkSpec(), THREE)] == ["+", "+", "+"]
    assert [change[0] for change in told(THREE, NetworkSpec())] == ["−", "−", "−"]


@pytest.mark.parametrize(
    ("value", "words"), [(True, "on"), (1200, "1,200"), (0.001, "0.001"), (Tanh(), "Tanh"), ("same", "same")]
)
def test_values_are_said_as_people_say_them(value: object, words: str) -> None:
    assert in_words(value) == words


def test_a_field_within_a_kind_is_told_by_itself() -> None:
    assert list(field_changes(Dense(units=1), Dense(units=3))) == [("Units", "1", "3")]


@given(st.lists(st.tuples(st.sampled_from("idsum"), st.integers(0, 5), st.integers(1, 9)), max_size=12))
def test_a_difference_names_exactly_the_layers_that_differ(steps: list[tuple[str, int, int]]) -> None:
    after = THREE
    for what, place, number in steps:
        ids = [node.id for node in after]
        here = ids[place % len(ids)] if ids else "data"
        if what == "i" or not ids:
            after, _ = insert_after(after, here, Dense(units=number))
        elif what == "d":
            after = remove(after, here)
        elif what == "s":
            after = set_fields(after, here, units=number)
        elif what == "u":
            after = draw_again(after, here)
        else:
            after = move_part(after, (here,), ids[number % len(ids)])
    changes = difference(THREE, after)
    old, new = ({node.id: node for node in spec} for spec in (THREE, after))
    assert {each.node for each in changes if each.mark == "+"} == new.keys() - old.keys()
    assert {each.node for each in changes if each.mark == "−"} == old.keys() - new.keys()
    changed = {each.node for each in changes if each.mark == "~"}
    for name in old.keys() & new.keys():
        without_wires = (old[name].layer, old[name].draw) == (new[name].layer, new[name].draw)
        assert without_wires or name in changed
        assert old[name] != new[name] or name not in changed
