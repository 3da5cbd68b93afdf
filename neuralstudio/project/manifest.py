"""The text part of a project file: version, project, where a run stood; checked before it is believed."""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

import msgspec

from neuralstudio.network.spec import DATA, MOST_NODES, NetworkSpec, why_not_an_id
from neuralstudio.project.document import Project
from neuralstudio.project.settings import in_words
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training._base import Position

VERSION = 1
DEEPEST = 32
MOST_BYTES = 8 * 1024 * 1024
_REMEDY = "Open a backup of it, or correct that place."


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``project.json`` holds."""

    version: int
    project: Project
    position: Position = Position()


def encode(project: Project, position: Position) -> bytes:
    """The text of ``project.json``."""
    return msgspec.json.format(msgspec.json.encode(Manifest(VERSION, project, position)))


def decode(content: bytes, file: str) -> Manifest:
    """The manifest in the text. Raises ``ProblemError`` that says where something is wrong."""
    data = _plain(content, file)
    if isinstance(data.get("position"), dict):
        data["position"].pop("noise", None)  # early files kept the state of a random stream there
    try:
        manifest = msgspec.convert(data, Manifest)
    except msgspec.ValidationError as error:
        what = f"In project.json at {in_words(str(error), data, Manifest)}"
        raise ProblemError(Problem(file, what, _REMEDY)) from None
    except RecursionError:
        raise _too_deep(file) from None
    _check_network(manifest.project.network, file)
    _check_position(manifest.position, file)
    return manifest


def _plain(content: bytes, file: str) -> dict[str, Any]:
    """The text as plain data of a bounded depth, of a version this program reads."""
    try:
        data = msgspec.json.decode(content)
    except RecursionError:
        raise _too_deep(file) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        where = re.search(r"byte (\d+)", str(error))
        line = content.count(b"\n", 0, int(where[1])) + 1 if where else None
        place = f" in line {line}" if line else ", it ends too early"
        raise ProblemError(
            Problem(file, f"Its text project.json is no proper JSON{place}", _REMEDY)
        ) from None
    if any(depth > DEEPEST for depth in _depths(data)):
        raise _too_deep(file)
    version = data.get("version") if isinstance(data, dict) else None
    if not isinstance(data, dict) or type(version) is not int or version < 1:
        raise ProblemError(Problem(file, "Its text project.json has no version number", _REMEDY))
    if version > VERSION:
        what = f"It was written by a newer NeuralStudio (format {version}; this one reads {VERSION})"
        raise ProblemError(Problem(file, what, "Update NeuralStudio to open it."))
    return data


def _depths(data: object) -> Iterator[int]:
    """How deep each value lies, without recursion."""
    level = [data]
    depth = 1
    while level:
        yield depth
        deeper: list[object] = []
        for value in level:
            if isinstance(value, dict):
                deeper.extend(each for each in value.values() if isinstance(each, dict | list))
            elif isinstance(value, list):
                deeper.extend(each for each in value if isinstance(each, dict | list))
        level = deeper
        depth += 1


def _too_deep(file: str) -> ProblemError:
    what = f"Its text project.json is nested deeper than {DEEPEST} levels"
    return ProblemError(Problem(file, what, "Choose a project that NeuralStudio saved."))


def _check_network(network: NetworkSpec, file: str) -> None:
    """Every node comes once and after what it reads, so there are no circles."""
    if len(network) > MOST_NODES:
        what = f"Its network has {len(network)} layers, more than the {MOST_NODES} that can be opened"
        raise ProblemError(Problem(file, what, "Choose a smaller network."))
    known = {DATA}
    all_ids = {node.id for node in network}
    for node in network:
        reason = why_not_an_id(node.id)
        if reason:
            what = f"Its network has a layer named {node.id[:40]!r}, but {reason}"
            raise ProblemError(Problem(file, what, _REMEDY))
        if node.id in known:
            what = f"Its network has two layers named {node.id!r}"
            raise ProblemError(Problem(file, what, _REMEDY))
        for source in node.inputs:
            if source in known:
                continue
            reason = "comes later, in a circle or out of order" if source in all_ids else "does not exist"
            what = f"The layer {node.id!r} of its network reads {source[:40]!r}, which {reason}"
            raise ProblemError(Problem(file, what, _REMEDY))
        known.add(node.id)


def _check_position(position: Position, file: str) -> None:
    counts = (position.epoch, position.batch, position.step)
    is_counted = all(0 <= count < 2**53 for count in counts)
    sums = (position.seconds, position.loss_sum, position.metric_sum)
    is_timed = all(map(isfinite, sums)) and position.seconds >= 0
    if not (is_counted and is_timed):
        what = "In project.json at position: these numbers cannot be where a run stood"
        raise ProblemError(Problem(file, what, _REMEDY))
