"""Writes parts of a stack back into its project; ids, groups and all other settings stay."""

from dataclasses import replace
from typing import Any

import msgspec

from neuralstudio.layers._base import Layer
from neuralstudio.project.document import Project
from neuralstudio.project.playground._stack import Place, Stack, stack_of
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import Problem


def with_stack(project: Project, stack: Stack) -> Project:
    """The project with these layers."""
    return msgspec.structs.replace(project, network=stack.spec)


def with_layer(project: Project, place: Place, layer: Layer) -> Project:
    """The project with another layer at this place of its stack."""
    node = msgspec.structs.replace(place.node, layer=layer)
    return with_stack(project, stack_of(project).with_place(replace(place, node=node)))


def with_trainer(project: Project, **changes: Any) -> Project:
    """The project with other training settings, checked against their declaration (``ProblemError``)."""
    return msgspec.structs.replace(project, trainer=replaced(project.trainer, **changes))


def new_problems(before: Project, after: Project) -> list[Problem]:
    """What an edit has made wrong or doubtful."""
    known = before.check().problems
    return [problem for problem in after.check().problems if problem not in known]


def with_grouped(project: Project, node_id: str, neighbour: str) -> Project:
    """The project with a new node in the groups its neighbour is in."""
    groups = tuple(
        msgspec.structs.replace(group, nodes=(*group.nodes, node_id)) if neighbour in group.nodes else group
        for group in project.groups
    )
    return msgspec.structs.replace(project, groups=groups)


def without_grouped(project: Project, *node_ids: str) -> Project:
    """The project with nodes that are no more taken out of its groups."""
    groups = tuple(
        msgspec.structs.replace(group, nodes=tuple(each for each in group.nodes if each not in node_ids))
        for group in project.groups
    )
    return msgspec.structs.replace(project, groups=groups)
