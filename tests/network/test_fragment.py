"""Layers as text: what was copied is what is pasted, and any other text is refused in one sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.network.fragment import MOST_CHARACTERS, from_text, to_text
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.schema.problem import ProblemError

PART = NetworkSpec(
    (
        Node("dense-1", Dense(units=7), learning=Learning(is_frozen=True), draw=3),
        Node('a name with "quotes"', Dense(), ("dense-1",)),
        Node("add-1", Add(), ("dense-1", 'a name with "quotes"')),
    )
)


def test_copied_layers_are_pasted_with_settings_wires_and_learning() -> None:
    assert from_text(to_text(PART)) == PART


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
    "no version": (changed(version="new"), "cannot be read"),
    "no nodes": (changed(nodes={"nodes": []}), "holds 0 layers"),
    "unknown layer": (with_node(layer={"kind": "quantum"}), "cannot be read"),
    "reads what is not there": (with_node(inputs=["dense-9"]), "not in order"),
    "twice the same": (with_node(id="add-1"), "not in order"),
    "named like the data": (with_node(id="data"), "not in order"),
    "a path": (with_node(id="../x"), "not in order"),
}


@pytest.mark.parametrize("case", BAD)
def test_other_text_is_refused_in_one_sentence(case: str) -> None:
    text, words = BAD[case]
    with pytest.raises(ProblemError, match=words) as raised:
        from_text(text)
    assert str(raised.value).startswith("Clipboard: ")
    assert "\n" not in str(raised.value)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_gives_layers_or_a_problem(text: str) -> None:
    with pytest.raises(ProblemError):
        from_text(text)
