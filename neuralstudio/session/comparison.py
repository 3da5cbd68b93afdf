"""What is different between two versions of a whole document."""

from msgspec.structs import replace

from neuralstudio.network.difference import Change, difference, field_changes, in_words
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.project.document import Group, Project
from neuralstudio.schema.kind import Kind


def comparison(before: Project, after: Project) -> tuple[Change, ...]:
    """Data first, then the network from front to back, then training, seeds and words."""
    return (
        *_of_kind(DATA, "Data", before.dataset, after.dataset),
        *difference(before.network, after.network),
        *_of_kind(LOSS, "Training", before.trainer, after.trainer),
        *(
            Change("~", "", "Seeds", name.capitalize(), in_words(old), in_words(new))
            for name in before.seeds.__struct_fields__
            if (old := getattr(before.seeds, name)) != (new := getattr(after.seeds, name))
        ),
        *_groups(before, after),
        *(
            Change("~", "", "Project", title, getattr(before, name), getattr(after, name))
            for name, title in (("title", "Title"), ("about", "About"), ("question", "Question"))
            if getattr(before, name) != getattr(after, name)
        ),
    )


def _of_kind(node: str, where: str, before: Kind, after: Kind) -> tuple[Change, ...]:
    if type(before) is not type(after):
        return (Change("~", node, where, "Kind", in_words(before), in_words(after)),)
    return tuple(Change("~", node, where, *change) for change in field_changes(before, after))


def _groups(before: Project, after: Project) -> tuple[Change, ...]:
    old, new = (
        {group.name: replace(group, is_collapsed=True) for group in project.groups}
        for project in (before, after)
    )
    gone = (Change("−", "", name, "Group", _size(old[name])) for name in old if name not in new)
    come = (Change("+", "", name, "Group", after=_size(new[name])) for name in new if name not in old)
    other = (
        Change("~", "", name, "Group", _size(old[name]), _size(new[name]))
        for name in new
        if name in old and old[name] != new[name]
    )
    return (*gone, *come, *other)


def _size(group: Group) -> str:
    return f"{len(group.nodes)} layers" if len(group.nodes) != 1 else "1 layer"
