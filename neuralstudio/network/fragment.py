"""Layers as text, so that they can be copied from one window to another, or into a mail."""

import msgspec

from neuralstudio.network.spec import DATA, NetworkSpec
from neuralstudio.schema.problem import Problem, ProblemError

VERSION = 1
MOST_CHARACTERS = 8 * 1024 * 1024
MOST_NODES = 500
_REMEDY = "Copy layers in NeuralStudio, then paste them here."


class _Fragment(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="neuralstudio", tag="layers"
):
    version: int
    nodes: NetworkSpec


def to_text(part: NetworkSpec) -> str:
    """Some layers as JSON text."""
    return msgspec.json.format(msgspec.json.encode(_Fragment(VERSION, part))).decode()


def from_text(text: str) -> NetworkSpec:
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
    if isinstance(version, int) and version > VERSION:
        what = f"It comes from a newer NeuralStudio (format {version}; this one reads {VERSION})"
        raise ProblemError(Problem("Clipboard", what, "Update NeuralStudio to paste it."))
    try:
        part = msgspec.convert(data, _Fragment).nodes
    except (msgspec.ValidationError, RecursionError) as error:
        raise _problem(f"Its layers cannot be read ({error})") from None
    _check(part)
    return part


def _check(part: NetworkSpec) -> None:
    if not 0 < len(part) <= MOST_NODES:
        raise _problem(f"It holds {len(part)} layers; 1 to {MOST_NODES} can be pasted")
    known = {DATA}
    for node in part:
        is_named = 0 < len(node.id) <= 100 and "/" not in node.id and node.id.isprintable()
        if not is_named or node.id in known or not set(node.inputs) <= known:
            raise _problem(f"Its layer {node.id[:40]!r} is not in order")
        known.add(node.id)


def _problem(what: str) -> ProblemError:
    return ProblemError(Problem("Clipboard", what, _REMEDY))
