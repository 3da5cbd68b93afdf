"""Groups: layers that the canvas shows as one card, and what such a card is called."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from neuralstudio.network.edits import renamed
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
    reason = why_not_a_group_name(new)
    if reason:
        raise ProblemError(Problem("Group", reason, "Type another."))
    if new != name and any(group.name == new for group in project.groups):
        raise ProblemError(Problem("Group", f"There is another group called “{new}”", "Type another name."))
    groups = tuple(
        msgspec.structs.replace(group, name=new) if group.name == name else group for group in project.groups
    )
    return msgspec.structs.replace(project, groups=groups)


def why_not_a_group_name(name: str) -> str:
    """Why no group can have this name; "" if one can."""
    return "" if 0 < len(name) <= 100 and name.isprintable() else "It needs a name of 1 to 100 characters"


def groups_within(project: Project, node_ids: Collection[str]) -> tuple[Group, ...]:
    """The groups all of whose layers are among these."""
    return tuple(group for group in shown_groups(project) if set(group.nodes) <= set(node_ids))


def with_copies(project: Project, groups: Iterable[Group], names: Mapping[str, str]) -> Project:
    """Groups like these of copied layers; ``names`` says how the copies are called.

    A group's name that is taken gets the next number: "Block 2" after "Block 1".
    """
    made = list(project.groups)
    for group in groups:
        nodes = tuple(names[each] for each in group.nodes if each in names)
        if len(nodes) > 1:
            name = _free_name(group.name, {each.name for each in made})
            made.append(msgspec.structs.replace(group, name=name, nodes=nodes))
    return msgspec.structs.replace(project, groups=tuple(made))


def with_names(project: Project, names: Mapping[str, str]) -> Project:
    """The same project with some layers called otherwise, in the network and in groups."""
    if not names:
        return project
    groups = tuple(
        msgspec.structs.replace(group, nodes=tuple(names.get(each, each) for each in group.nodes))
        for group in project.groups
    )
    return msgspec.structs.replace(project, network=renamed(project.network, names), groups=groups)


def _free_name(name: str, taken: Collection[str]) -> str:
    if name not in taken:
        return name
    stem, _, number = name.rpartition(" ")
    stem = stem if stem and number.isdecimal() else name
    return next(free for count in itertools.count(2) if (free := f"{stem} {count}") not in taken)


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
