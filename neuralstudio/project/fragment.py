"""Layers as text, so that they can be copied from one window to another, or into a mail."""

from collections.abc import Iterable

import msgspec

from neuralstudio.network.spec import DATA, MOST_NODES, NetworkSpec, why_not_an_id
from neuralstudio.project.document import Group
from neuralstudio.project.groups import why_not_a_group_name
from neuralstudio.project.settings import in_words
from neuralstudio.schema.problem import Problem, ProblemError

VERSION = 1
MOST_CHARACTERS = 8 * 1024 * 1024
_REMEDY = "Copy layers in NeuralStudio, then paste them here."
_JOIN = "Put Add or Concatenate before it, then copy again."


class Fragment(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="neuralstudio",
    tag="layers",
):
    """Some layers, and the groups that they are in as a whole."""

    version: int
    network: NetworkSpec = msgspec.field(name="nodes")
    groups: tuple[Group, ...] = ()


def to_text(part: NetworkSpec, groups: Iterable[Group] = ()) -> str:
    """Some layers, and groups of them, as JSON text."""
    return msgspec.json.format(msgspec.json.encode(Fragment(VERSION, part, tuple(groups)))).decode()


def from_text(text: str) -> Fragment:
    """The layers in a text. Raises ``ProblemError`` for a text that holds none, or is of a newer version."""
    if len(text) > MOST_CHARACTERS:
        raise _problem("It is far too long for a text of layers")
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise _problem("It holds no layers") from None
    if not isinstance(data, dict) or data.get("neuralstudio") != "layers":
        raise _problem("It holds no layers")
    version = data.get("version")
    if type(version) is not int or version < 1:
        raise _problem("Its layers have no version number")
    if version > VERSION:
        what = f"It comes from a newer NeuralStudio (format {version}; this one reads {VERSION})"
        raise ProblemError(Problem("Clipboard", what, "Update NeuralStudio to paste it."))
    try:
        fragment = msgspec.convert(data, Fragment)
    except msgspec.ValidationError as error:
        raise _problem(f"Its layers cannot be read: at {in_words(str(error), data, Fragment)}") from None
    except RecursionError:
        raise _problem("Its layers are nested too deep") from None
    _check(fragment)
    return fragment


def _check(fragment: Fragment) -> None:
    if not 0 < len(fragment.network) <= MOST_NODES:
        raise _problem(f"It holds {len(fragment.network)} layers; 1 to {MOST_NODES} can be pasted")
    known = {DATA}
    for node in fragment.network:
        name = f"Its layer {node.id[:40]!r}"
        if node.id in known and node.id != DATA:
            raise _problem(f"{name} is there twice")
        reason = why_not_an_id(node.id)
        if reason:
            raise _problem(f"{name} cannot be called so: {reason}")
        for source in node.inputs:
            if source not in known:
                raise _problem(f"{name} reads {source[:40]!r}, which does not come before it")
        if len(node.inputs) > 1 and not node.layer.takes_several:
            raise _problem(f"{name} reads {len(node.inputs)} layers, but {node.layer.title} reads one", _JOIN)
        known.add(node.id)
    for group in fragment.groups:
        reason = why_not_a_group_name(group.name)
        if reason:
            raise _problem(f"Its group {group.name[:40]!r} cannot be called so: {reason}")


def _problem(what: str, remedy: str = _REMEDY) -> ProblemError:
    return ProblemError(Problem("Clipboard", what, remedy))
