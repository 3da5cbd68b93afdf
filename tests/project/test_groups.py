"""Groups: a piece of the network under one name, whatever edits do to it afterwards."""

import msgspec
import pytest

from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network import edits
from neuralstudio.network.spec import DATA, NetworkSpec, Node, stack
from neuralstudio.project.document import Group, Project
from neuralstudio.project.groups import (
    group_layers,
    pattern,
    rename_group,
    shown_groups,
    toggle_group,
    ungroup_layers,
)
from neuralstudio.schema.problem import ProblemError

STACK = Project(network=stack(Dense(), Dropout(), Dense(), Dropout(), Dense()))
RESIDUAL = Project(
    network=NetworkSpec(
        (
            Node("dense-1", Dense()),
            Node("dense-2", Dense(), ("dense-1",)),
            Node("add-1", Add(), ("dense-2", "dense-1")),
        )
    )
)


def with_network(project: Project, network: NetworkSpec) -> Project:
    return msgspec.structs.replace(project, network=network)


def test_a_run_of_layers_becomes_a_collapsed_group() -> None:
    project, name = group_layers(STACK, ("dropout-1", "dense-1"))
    assert project.groups == (Group(name, ("dense-1", "dropout-1")),)
    assert not toggle_group(project, name).groups[0].is_collapsed
    assert ungroup_layers(project, ("dense-1",)) == STACK


def test_layers_with_another_between_them_are_no_group() -> None:
    with pytest.raises(ProblemError, match="Dropout 1 would be left out"):
        group_layers(STACK, ("dense-1", "dense-2"))
    with pytest.raises(ProblemError, match="Dense 2 would be left out"):
        group_layers(RESIDUAL, ("dense-1", "add-1"))


@pytest.mark.parametrize("chosen", [(), ("dense-1",)])
def test_it_takes_two_layers(chosen: tuple[str, ...]) -> None:
    with pytest.raises(ProblemError, match="two layers or more"):
        group_layers(STACK, chosen)


def test_a_layer_is_in_one_group_only() -> None:
    project, _ = group_layers(STACK, ("dense-1", "dropout-1", "dense-2"))
    project, name = group_layers(project, ("dense-2", "dropout-2"))
    assert [group.nodes for group in project.groups] == [("dense-1", "dropout-1"), ("dense-2", "dropout-2")]
    assert name == "Block 2"


def test_a_group_forgets_removed_layers_and_takes_them_back_on_undo() -> None:
    project, _ = group_layers(STACK, ("dense-1", "dropout-1", "dense-2"))
    fewer = with_network(project, edits.remove(project.network, "dropout-1"))
    assert [group.nodes for group in shown_groups(fewer)] == [("dense-1", "dense-2")]
    single = with_network(project, edits.remove(project.network, "dropout-1", "dense-2"))
    assert shown_groups(single) == ()
    assert len(shown_groups(project)[0].nodes) == 3


def test_a_group_torn_apart_is_shown_as_single_layers() -> None:
    project, _ = group_layers(STACK, ("dense-1", "dropout-1"))
    torn, _ = edits.insert_between(project.network, "dense-1", "dropout-1", Dense())
    assert shown_groups(with_network(project, torn)) == ()
    moved = edits.move_part(project.network, ("dense-1", "dropout-1"), "dense-3")
    assert len(shown_groups(with_network(project, moved))) == 1


def test_a_group_is_renamed_but_not_to_a_name_that_is_taken() -> None:
    project, first = group_layers(STACK, ("dense-1", "dropout-1"))
    project, second = group_layers(project, ("dense-2", "dropout-2"))
    assert rename_group(project, first, " Encoder ").groups[0].name == "Encoder"
    for bad in ("", "x" * 101, "two\nlines", second):
        with pytest.raises(ProblemError):
            rename_group(project, first, bad)


def test_repeated_layers_are_told_as_a_pattern() -> None:
    assert pattern(["A", "B", "A", "B", "A", "B"]) == (("A", "B"), 3)
    assert pattern(["A", "A"]) == (("A",), 2)
    assert pattern(["A", "B", "A"]) == (("A", "B", "A"), 1)


def test_groups_do_not_change_what_the_network_reads() -> None:
    project, _ = group_layers(RESIDUAL, ("dense-2", "add-1"))
    assert project.network == RESIDUAL.network
    assert project.network["dense-1"].inputs == (DATA,)
