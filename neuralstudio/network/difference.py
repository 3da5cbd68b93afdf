"""What is different between two versions of a network, in rows a person can read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from neuralstudio.network.edits import remove
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind

Mark = Literal["+", "−", "~"]


@dataclass(frozen=True)
class Change:
    """One difference: something added (+), removed (−) or changed (~).

    ``node`` is the id of the card it concerns ("" for none), ``where`` its name, ``what`` the setting;
    ``before`` and ``after`` are its values in words, "" where there is none.
    """

    mark: Mark
    node: str
    where: str
    what: str
    before: str = ""
    after: str = ""


def difference(before: NetworkSpec, after: NetworkSpec) -> tuple[Change, ...]:
    """The way from one network to the other, layer by layer; layers are the same where their ids are."""
    gone = [node for node in before if node.id not in after]
    come = [node for node in after if node.id not in before]
    # A layer that reads another one only because a neighbour came or went was not moved.
    old = remove(before, *(node.id for node in gone))
    new = remove(after, *(node.id for node in come))
    changes = [Change("−", node.id, display_name(node), "Layer", _described(node, before)) for node in gone]
    for node in after:
        if node.id not in before:
            changes.append(Change("+", node.id, display_name(node), "Layer", after=_described(node, after)))
            continue
        changes += _of_node(before[node.id], node)
        if old[node.id].inputs != new[node.id].inputs:
            reads = _names(before[node.id], before), _names(node, after)
            changes.append(Change("~", node.id, display_name(node), "Reads", *reads))
    return tuple(changes)


def field_changes(before: msgspec.Struct, after: msgspec.Struct) -> Iterator[tuple[str, str, str]]:
    """Title, old and new value of each field that differs between two values of one kind.

    Of a kind within, its own fields are told ("Optimiser · Momentum"), unless it became another kind.
    """
    for field in fields(type(after)):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        if type(old) is type(new) and isinstance(new, Kind):
            for title, one, other in field_changes(old, new):
                yield f"{field.title} · {title}", one, other
        else:
            yield field.title, in_words(old), in_words(new)


def in_words(value: Any) -> str:
    """A setting's value as a person would say it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Kind):
        own = [
            f"{field.title.lower()} {in_words(getattr(value, field.name))}"
            for field in fields(type(value))
            if getattr(value, field.name) != field.default
        ]
        return ", ".join((value.title, *own))
    return str(value)


def _of_node(before: Node, after: Node) -> Iterator[Change]:
    name = display_name(after)
    if type(before.layer) is not type(after.layer):
        yield Change("~", after.id, name, "Kind", in_words(before.layer), in_words(after.layer))
    else:
        for title, old, new in field_changes(before.layer, after.layer):
            yield Change("~", after.id, name, title, old, new)
    for title, old, new in field_changes(before.learning, after.learning):
        yield Change("~", after.id, name, title, old, new)
    if before.draw != after.draw:
        yield Change("~", after.id, name, "Initial weights", *(_draw(node.draw) for node in (before, after)))


def _draw(number: int) -> str:
    return f"draw {number + 1}"


def _described(node: Node, spec: NetworkSpec) -> str:
    return f"{in_words(node.layer)}; reads {_names(node, spec)}"


def _names(node: Node, spec: NetworkSpec) -> str:
    names = [
        "the data" if each == DATA else display_name(spec[each])
        for each in node.inputs
        if each == DATA or each in spec
    ]
    return " and ".join(names) or "nothing"
