"""A problem with the document it is of, and the edits that remedies are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Shape
from neuralstudio.network import edits
from neuralstudio.network.check import TOO_LARGE, Report
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.network.wiring import Wiring
from neuralstudio.project.document import Project
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError


@dataclass(frozen=True)
class Remedy:
    """An edit that takes a problem away: a short title in the imperative, and the whole document after it."""

    title: str
    project: Project


@dataclass(frozen=True)
class Case:
    """A problem of a project, and what a check says of it."""

    project: Project
    problem: Problem
    report: Report

    @property
    def spec(self) -> NetworkSpec:
        """The network with the problem."""
        return self.project.network

    @cached_property
    def wiring(self) -> Wiring:
        """Who reads whom in it."""
        return Wiring(self.spec)

    @cached_property
    def signature(self) -> Signature:
        """The shapes of the data."""
        return self.project.dataset.signature

    @property
    def node(self) -> Node | None:
        """The layer that has the problem, if it is a layer's."""
        return self.wiring.nodes.get(self.problem.node)

    @cached_property
    def last(self) -> Node | None:
        """The layer whose output is the network's; None where that cannot be told."""
        dead = {each.node for each in self.report.problems if each.field == "readers"}
        ends = [node for node in self.wiring.ends if node.id not in dead]
        return ends[0] if len(ends) == 1 else None

    @property
    def is_unfit(self) -> bool:
        """Whether the problem is that the layer does not fit what it reads."""
        figures = self.report.nodes.get(self.problem.node)
        return figures is not None and figures.output_shape is None and self.problem.severity == "error"

    @property
    def is_too_large(self) -> bool:
        """Whether the problem is that training takes too much memory."""
        return TOO_LARGE in self.problem.what

    def shape(self, source: str) -> Shape | None:
        """What a node (or the data) hands on, without the batch; None where that is not known."""
        if source == DATA:
            return self.signature.input_shape
        figures = self.report.nodes.get(source)
        return None if figures is None else figures.output_shape

    def name(self, source: str) -> str:
        """What people call a node, or the data."""
        return self.project.dataset.title if source == DATA else display_name(self.wiring.nodes[source])

    # ── edits ────────────────────────────────────────────────────────────────────────────────────────

    def with_network(self, title: str, spec: NetworkSpec) -> Remedy:
        """The document with another network."""
        return Remedy(title, msgspec.structs.replace(self.project, network=spec))

    def with_field(self, node: Node, name: str, value: Any) -> Iterator[Remedy]:
        """A layer's field with another value; nothing where that is not allowed, or is what it is now."""
        if getattr(node.layer, name, value) == value:
            return
        try:
            spec = edits.set_fields(self.spec, node.id, **{name: value})
        except ProblemError:
            return
        of = "" if node.id == self.problem.node else f" of {display_name(node)}"
        if isinstance(value, Kind):
            yield self.with_network(f"Use {spoken(value)}{of.replace(' of ', ' in ')}", spec)
        else:
            shown = f"“{value}”" if isinstance(value, str) else f"{value:,}"
            yield self.with_network(f"Set {field_title(node.layer, name)}{of} to {shown}", spec)

    def with_trainer(self, title: str, **changes: Any) -> Iterator[Remedy]:
        """The document with other settings of training; nothing where they are not allowed."""
        try:
            trainer = replaced(self.project.trainer, **changes)
        except ProblemError:
            return
        yield Remedy(title, msgspec.structs.replace(self.project, trainer=trainer))

    def removed(self, node: Node) -> Remedy:
        """The document without a layer."""
        return self.with_network(f"Remove {display_name(node)}", edits.remove(self.spec, node.id))


def spoken(kind: Kind) -> str:
    """A kind's title within a sentence: "softmax", "mean squared error", but "ReLU"."""
    title = kind.title
    return title if title[1:] != title[1:].lower() else title[0].lower() + title[1:]


def field_title(kind: Kind, name: str) -> str:
    """A field's title within a sentence: "kernel size"."""
    title = next(field.title for field in fields(type(kind)) if field.name == name)
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def joined(words: list[str]) -> str:
    """Several words as one part of a sentence: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
