"""Reads a kind's declared fields, so that forms, help, validation and tests need no list of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import inspect as declared

from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError

K = TypeVar("K", bound=Kind)
_LONGEST = 200
"""Characters of a refused value that are shown."""
Editor = Literal["integer", "number", "switch", "text", "choice", "several", "points", "kind"]


@dataclass(frozen=True)
class Field:
    """One declared field of a kind: all that an editor, a message or a help page needs to know."""

    name: str
    title: str
    description: str
    editor: Editor
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    excludes_minimum: bool = False
    excludes_maximum: bool = False
    unit: str = ""
    step: float | None = None
    scale: Literal["linear", "log"] = "linear"
    role: str = ""
    shown_when: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    kinds: tuple[type[Kind], ...] = ()

    @property
    def allowed(self) -> str:
        """The allowed values in words, for example "a whole number from 1 to 65536"."""
        if self.editor == "choice":
            return "one of " + ", ".join(self.choices)
        if self.editor == "several":
            return "some of " + ", ".join(self.choices)
        if self.editor == "kind":
            return "one of " + ", ".join(kind.title for kind in self.kinds)
        if self.editor == "switch":
            return "on or off"
        if self.editor == "points":
            most = "points" if self.maximum is None else f"at most {self.maximum:,.0f} points"
            return f"{most}, each within its limits"
        if self.editor == "text":
            return "text"
        noun = "a whole number" if self.editor == "integer" else "a number"
        low = None if self.minimum is None else ("above " * self.excludes_minimum) + _number(self.minimum)
        high = None if self.maximum is None else ("below " * self.excludes_maximum) + _number(self.maximum)
        if low is not None and high is not None:
            return f"{noun} from {low} to {high}"
        if low is not None:
            return f"{noun} from {low} up"
        return f"{noun} up to {high}" if high is not None else noun


def _number(value: float) -> str:
    """A bound for people: "65536", "1,000,000", "1e-08"."""
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 1_000_000 else f"{value}"
    return f"{value:g}"


def fields(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    """All declared fields of a kind (or of another struct), in the order of the declaration."""
    info = declared.type_info(kind)
    assert isinstance(info, declared.StructType)
    return tuple(_field(each) for each in info.fields)


def _field(info: declared.Field) -> Field:
    schema: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    kind = info.type
    while isinstance(kind, declared.Metadata):
        schema |= kind.extra_json_schema or {}
        extra |= kind.extra or {}
        kind = kind.type
    default = info.default if info.default is not msgspec.NODEFAULT else info.default_factory
    if info.default is msgspec.NODEFAULT and callable(default):
        default = default()
    common: dict[str, Any] = {
        "name": info.name,
        "title": schema.get("title", info.name.replace("_", " ").capitalize()),
        "description": schema.get("description", ""),
        "default": default,
        "unit": extra.get("unit", ""),
        "step": extra.get("step"),
        "scale": extra.get("scale", "linear"),
        "role": extra.get("role", ""),
        "shown_when": extra.get("shown_when"),
    }
    if isinstance(kind, declared.IntType | declared.FloatType):
        return Field(
            editor="integer" if isinstance(kind, declared.IntType) else "number",
            minimum=kind.gt if kind.gt is not None else kind.ge,
            maximum=kind.lt if kind.lt is not None else kind.le,
            excludes_minimum=kind.gt is not None,
            excludes_maximum=kind.lt is not None,
            **common,
        )
    if isinstance(kind, declared.BoolType):
        return Field(editor="switch", **common)
    if isinstance(kind, declared.StrType):
        return Field(editor="text", **common)
    if isinstance(kind, declared.LiteralType):
        return Field(editor="choice", choices=tuple(str(value) for value in kind.values), **common)
    if isinstance(kind, declared.VarTupleType) and isinstance(kind.item_type, declared.LiteralType):
        labels: Mapping[str, str] = extra.get("labels") or {
            str(each): str(each) for each in kind.item_type.values
        }
        return Field(editor="several", choices=tuple(labels), labels=labels, **common)
    if isinstance(kind, declared.VarTupleType) and isinstance(kind.item_type, declared.TupleType):
        return Field(editor="points", maximum=kind.max_length, **common)
    members = kind.types if isinstance(kind, declared.UnionType) else (kind,)
    if all(isinstance(member, declared.StructType) for member in members):
        classes = (member.cls for member in members if isinstance(member, declared.StructType))
        kinds = tuple(each for each in classes if issubclass(each, Kind))
        return Field(editor="kind", kinds=kinds, **common)
    raise TypeError(f"Field {info.name!r} has a type no editor is known for: {kind!r}")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def replaced(value: K, /, **changes: Any) -> K:
    """The same value with some fields changed, checked against the declaration.

    Raises ``ProblemError`` naming the field and what is allowed.
    """
    kind = type(value)
    known = {field.name: field for field in fields(kind)}
    for name, change in changes.items():
        candidate = msgspec.to_builtins(value) | {name: msgspec.to_builtins(change)}
        try:
            value = msgspec.convert(candidate, kind)
        except msgspec.ValidationError:
            field = known[name]
            shown = change.title if isinstance(change, Kind) else _shortened(repr(change))
            raise ProblemError(
                Problem(
                    f"{kind.title} · {field.title}",
                    f"Expected {field.allowed}. Received: {shown}",
                    field=name,
                )
            ) from None
    return value
