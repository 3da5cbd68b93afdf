"""Layers as text: what was copied is what is pasted, and any other text is refused in one sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.project.document import Group
from neuralstudio.project.fragment import MOST_CHARACTERS, from_text, to_text
from neuralstudio.schema.problem import ProblemError

PART = NetworkSpec(
    (
        Node("dense-1", Dense(units=7), learning=Learning(is_frozen=True), draw=3),
        Node('a name with "quotes"', Dense(), ("dense-1",)),
        Node("add-1", Add(), ("dense-1", 'a name with "quotes"')),
    )
)


def test_copied_layers_are_pasted_with_settings_wires_and_learning() -> None:
    assert from_text(to_text(PART)).network == PART


def test_groups_are_copied_with_their_layers() -> None:
    groups = (Group("Encoder", ("dense-1", "add-1"), is_collapsed=False),)
    assert from_text(to_text(PART, groups)).groups == groups


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(to_text(PART)), **changes})


def with_node(**changes: Any) -> str:
    nodes = json.loads(to_text(PART))["nodes"]["nodes"]
    return changed(nodes={"nodes": [{**nodes[0], **changes}, *nodes[1:]]})


BAD = {
    "nothing": ("", "holds no layers"),
    "prose": ("Dear reader, this is no network.", "holds no layers"),
    "other JSON": (json.dumps([1, 2, 3]), "holds no layers"),
    "other object": (json.dumps({"name": "x"}), "holds no layers"),
    "too deep": ("[" * 100_000, "holds no layers"),
    "lone surrogate": ("\ud800", "holds no layers"),
    "too long": (" " * (MOST_CHARACTERS + 1), "far too long"),
    "newer": (changed(version=2), "newer NeuralStudio"),
    "no version": (changed(version="new"), "no version number"),
    "version 0": (changed(version=0), "no version number"),
    "no nodes": (changed(nodes={"nodes": []}), "holds 0 layers"),
    "unknown layer": (
        with_node(layer={"kind": "quantum"}),
        'at nodes › nodes › 1 › layer › kind: expected one of .*dense.*Received: "quantum"',
    ),
    "too many units": (
        with_node(layer={"kind": "dense", "units": 10**9}),
        "Dense · Units: expected a whole number from 1 to 65536. Received: 1000000000",
    ),
    "a text for layers": (
        changed(nodes="none"),
        "Its layers cannot be read: at nodes: expected object, got str",
    ),
    "reads what is not there": (with_node(inputs=["dense-9"]), "reads 'dense-9', which does not come before"),
    "twice the same": (
        changed(nodes={"nodes": [{"id": "a", "layer": {"kind": "dense"}}] * 2}),
        "'a' is there twice",
    ),
    "named like the data": (with_node(id="data"), "this name stands for the data"),
    "named like the loss": (with_node(id="loss"), "this name stands for the loss"),
    "a path": (with_node(id="../x"), "a name has no “/”"),
    "two inputs for Dense": (
        changed(
            nodes={
                "nodes": [
                    {"id": "a", "layer": {"kind": "dense"}},
                    {"id": "b", "layer": {"kind": "dense"}, "inputs": ["a", "data"]},
                ]
            }
        ),
        "'b' reads 2 layers, but Dense reads one",
    ),
    "a group without a name": (changed(groups=[{"name": "", "nodes": []}]), "1 to 100 characters"),
}


@pytest.mark.parametrize("case", BAD)
def test_other_text_is_refused_in_one_sentence(case: str) -> None:
    text, words = BAD[case]
    with pytest.raises(ProblemError, match=words) as raised:
        from_text(text)
    assert str(raised.value).startswith("Clipboard: ")
    assert "\n" not in str(raised.value)
    assert not any(word in str(raised.value) for word in ("$", "`", "<="))


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_gives_layers_or_a_problem(text: str) -> None:
    with pytest.raises(ProblemError):
        from_text(text)
