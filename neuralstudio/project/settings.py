"""Finds which declared setting a path through a project's plain data leads to, for messages in its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect as declared

from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind

_LONGEST = 40
_WRONG_VALUES = ("Expected ", "Invalid ")
"""How complaints of msgspec about a value begin; the others are about a whole object."""


@dataclass(frozen=True)
class Setting:
    """A setting with a value it does not take: what it is called, what is allowed, what was found."""

    name: str
    """For people; empty where the path alone says it."""
    allowed: str
    received: Any

    def __str__(self) -> str:
        shown = msgspec.json.encode(self.received).decode(errors="replace")
        shown = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
        return f"{self.name}{': ' * bool(self.name)}expected {self.allowed}. Received: {shown}"


def in_words(message: str, data: object, root: type) -> str:
    """A complaint of msgspec about data meant to become a ``root``: the place, and what is wrong there."""
    reason, _, path = message.partition(" - at `$")
    steps = re.findall(r"\.?([^.\[\]`]+)", path)
    named = [str(int(step) + 1) if step.isdigit() else step for step in steps if step != "..."]
    place = " › ".join(named) or "the top"
    if reason.startswith(_WRONG_VALUES):
        setting = setting_at(root, data, steps)
        if setting is not None:
            return f"{place}: {setting}"
    reason = reason.replace("`", "")
    return f"{place}: {reason[:1].lower()}{reason[1:]}"


def setting_at(root: type, data: object, path: Sequence[str]) -> Setting | None:
    """Follows a path such as ("trainer", "epochs") through data meant to become a ``root``.

    Items of a list are named by number. None where the path leads to no single setting that is declared.
    """
    kind: declared.Type = declared.type_info(root)
    for step in path[:-1]:
        kind = _plain(kind, data)
        if isinstance(kind, declared.VarTupleType) and isinstance(data, list) and step.isdigit():
            inner = dict(enumerate(data)).get(int(step))
            kind = kind.item_type
        elif isinstance(kind, declared.StructType) and isinstance(data, dict):
            inner = data.get(step)
            found = next((each.type for each in kind.fields if each.encode_name == step), None)
            if found is None:
                return None
            kind = found
        else:
            return None
        data = inner
    if not path or not isinstance(data, dict) or path[-1] not in data:
        return None
    return _choice(kind, path[-1], data) or _field(_plain(kind, data), path[-1], data)


def _plain(kind: declared.Type, data: object) -> declared.Type:
    """The type without what is said about it; of several structs, the one that the data's tag names."""
    while isinstance(kind, declared.Metadata):
        kind = kind.type
    if isinstance(kind, declared.UnionType) and isinstance(data, dict):
        tagged = (each for each in _structs(kind) if each.tag == data.get(each.tag_field or ""))
        return next(tagged, kind)
    return kind


def _structs(kind: declared.Type) -> list[declared.StructType]:
    members = kind.types if isinstance(kind, declared.UnionType) else (kind,)
    return [each for each in members if isinstance(each, declared.StructType)]


def _choice(kind: declared.Type, name: str, data: dict[str, Any]) -> Setting | None:
    """Where the name is the tag that says which kind it is."""
    while isinstance(kind, declared.Metadata):
        kind = kind.type
    tags = [str(each.tag) for each in _structs(kind) if each.tag_field == name]
    return Setting("", "one of " + ", ".join(tags), data[name]) if tags else None


def _field(kind: declared.Type, name: str, data: dict[str, Any]) -> Setting | None:
    if not isinstance(kind, declared.StructType):
        return None
    try:
        field = next((each for each in fields(kind.cls) if each.name == name), None)
    except TypeError:  # not all of its fields are settings
        return None
    if field is None or field.editor == "kind":
        return None
    owner = f"{kind.cls.title} · " if issubclass(kind.cls, Kind) else ""
    return Setting(f"{owner}{field.title}", field.allowed, data[name])
