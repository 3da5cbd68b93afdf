"""Groups: layers that the canvas shows as one card, and what such a card is called."""

from collections.abc import Collection, Sequence

import msgspec

from neuralstudio.network.spec import NetworkSpec, display_name
from neuralstudio.project.document import Group, Project
from neuralstudio.schema.problem import Problem, ProblemError


def group_layers(project: Project, node_ids: Collection[str]) -> tuple[Project, str]:
    """Puts layers into a new, collapsed group; they leave the groups they were in. Returns its name too.

    Raises ``ProblemError`` where the layers are not one piece of the network.
    """
    members = tuple(node.id for node in project.network if node.id in node_ids)
    between = _between(project.network, members)
    if len(members) < 2:
        raise ProblemError(Problem("Group", "It takes two layers or more", "Select several layers."))
    if between:
        names = " and ".join(display_name(project.network[each]) for each in between[:3])
        what = f"{names} would be left out, between the layers that were chosen"
        raise ProblemError(Problem("Group", what, "Select a whole run of layers."))
    taken = {group.name for group in project.groups}
    name = next(name for number in range(1, len(taken) + 2) if (name := f"Block {number}") not in taken)
    others = []
    for group in project.groups:
        kept = tuple(each for each in group.nodes if each not in members)
        if len(kept) > 1:
            others.append(msgspec.structs.replace(group, nodes=kept))
    return msgspec.structs.replace(project, groups=(*others, Group(name, members))), name


def ungroup_layers(project: Project, node_ids: Collection[str]) -> Project:
    """Takes away the groups these layers are in; the layers stay."""
    left = tuple(group for group in project.groups if not set(group.nodes) & set(node_ids))
    return msgspec.structs.replace(project, groups=left)


def toggle_group(project: Project, name: str) -> Project:
    """Collapses a group to one card, or opens it."""
    groups = tuple(
        msgspec.structs.replace(group, is_collapsed=not group.is_collapsed) if group.name == name else group
        for group in project.groups
    )
    return msgspec.structs.replace(project, groups=groups)


def rename_group(project: Project, name: str, new: str) -> Project:
    """Gives a group another name. Raises ``ProblemError`` for one that is taken or empty."""
    new = new.strip()
    if not new or len(new) > 100 or not new.isprintable():
        raise ProblemError(Problem("Group", "It needs a name of 1 to 100 characters", "Type another."))
    if new != name and any(group.name == new for group in project.groups):
        raise ProblemError(Problem("Group", f"There is another group called “{new}”", "Type another name."))
    groups = tuple(
        msgspec.structs.replace(group, name=new) if group.name == name else group for group in project.groups
    )
    return msgspec.structs.replace(project, groups=groups)


def shown_groups(project: Project) -> tuple[Group, ...]:
    """The groups that still stand for a piece of the network: layers that are no more are left out.

    A group that edits have torn apart, or left with a single layer, is not shown.
    """
    shown, used = [], set[str]()
    for group in project.groups:
        members = tuple(node.id for node in project.network if node.id in group.nodes)
        if len(members) > 1 and not used & set(members) and not _between(project.network, members):
            shown.append(msgspec.structs.replace(group, nodes=members))
            used |= set(members)
    return tuple(shown)


def pattern(titles: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The shortest run that, repeated, gives all titles, and how often: A B A B is (A, B), 2."""
    count = len(titles)
    for length in range(1, count + 1):
        if count % length == 0 and list(titles) == list(titles[:length]) * (count // length):
            return tuple(titles[:length]), count // length
    return (), 0


def _between(network: NetworkSpec, members: Sequence[str]) -> list[str]:
    """Nodes outside that read a member and are read by one, at whatever distance."""
    below: set[str] = set()
    for node in network:
        if any(source in members or source in below for source in node.inputs):
            below.add(node.id)
    above: set[str] = set()
    for node in reversed(network.nodes):
        if node.id in members or node.id in above:
            above.update(node.inputs)
    return [node.id for node in network if node.id in below & above and node.id not in members]
