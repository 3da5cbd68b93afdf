"""Everything the command palette finds: commands, layers, examples, recent files, panels and cards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon, QKeySequence

from neuralstudio.network.spec import DATA, LOSS, display_name
from neuralstudio.project.examples import example, example_names
from neuralstudio.ui.catalogue import grouped
from neuralstudio.ui.theme import MODES

if TYPE_CHECKING:
    from neuralstudio.ui.window import StudioWindow


@dataclass(frozen=True)
class Findable:
    """Something to be found by its title and chosen; ``why_not`` says why it cannot be now."""

    id: str
    title: str
    group: str
    run: Callable[[], object]
    keys: str = ""
    more: str = ""
    icon: QIcon | None = None
    is_possible: bool = True
    why_not: str = ""


def findable(window: "StudioWindow") -> tuple[Findable, ...]:
    """All there is now."""
    window.table.refresh()
    return (
        *_commands(window),
        *_cards(window),
        *_layers(window),
        *_examples(window),
        *_files(window),
        *_panels(window),
        *_themes(window),
    )


def _commands(window: "StudioWindow") -> Iterator[Findable]:
    for command in window.table.commands:
        action = window.studio.actions[command.id]
        if command.id == "command-palette":
            continue
        yield Findable(
            f"command:{command.id}",
            action.text().replace("&", "").rstrip("…"),
            command.menu.replace("&", "").replace("/", " › ") or window.tr("View"),
            action.trigger,
            action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            f"{command.tip} {command.id.replace('-', ' ')}",
            action.icon(),
            action.isEnabled(),
            command.needs,
        )


def _cards(window: "StudioWindow") -> Iterator[Findable]:
    document, title, group = window.studio.document, window.tr("Go to {card}"), window.tr("Card")
    names = {DATA: window.tr("the data")} | {node.id: display_name(node) for node in document.network}
    for node_id, name in (names | {LOSS: window.tr("the loss")}).items():
        yield Findable(f"card:{node_id}", title.format(card=name), group, partial(_go_to, window, node_id))


def _go_to(window: "StudioWindow", node_id: str) -> None:
    window.show_panel("build")
    window.studio.document.select(node_id)


def _layers(window: "StudioWindow") -> Iterator[Findable]:
    title, group = window.tr("Add {layer}"), window.tr("Layer")
    for kinds in grouped().values():
        for kind in kinds:
            more = f"{kind.tag()} {kind.group} {kind.summary()} insert"
            add = partial(_add, window, kind.tag())
            yield Findable(f"layer:{kind.tag()}", title.format(layer=kind.title), group, add, more=more)


def _add(window: "StudioWindow", tag: str) -> None:
    window.show_panel("build")
    edits = window.build.edits
    edits.insert(tag, edits.insertion_point)


def _examples(window: "StudioWindow") -> Iterator[Findable]:
    for name in example_names():
        title, about = _described(name)
        open_it = partial(window.files.open_example, name)
        yield Findable(f"example:{name}", title, window.tr("Example"), open_it, more=f"{name} {about}")


@cache
def _described(name: str) -> tuple[str, str]:
    project = example(name)
    return project.title, f"{project.about} {project.question}"


def _files(window: "StudioWindow") -> Iterator[Findable]:
    for path in window.files.recent:
        open_it = partial(window.files.open, path)
        yield Findable(f"file:{path}", path.name, window.tr("Recent file"), open_it, more=str(path.parent))


def _panels(window: "StudioWindow") -> Iterator[Findable]:
    for tag, panel in window.panels.items():
        show = partial(window.show_panel, tag)
        yield Findable(f"panel:{tag}", panel.title, window.tr("Panel"), show, more=window.tr("show panel"))


def _themes(window: "StudioWindow") -> Iterator[Findable]:
    titles = {
        "system": window.tr("Theme of the system"),
        "light": window.tr("Light theme"),
        "dark": window.tr("Dark theme"),
        "contrast": window.tr("High contrast theme"),
    }
    for mode in MODES:
        choose = partial(window.studio.theme.set_mode, mode)
        yield Findable(f"theme:{mode}", titles[mode], window.tr("View"), choose)
