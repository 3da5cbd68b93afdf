"""Everything a person can do, in one table."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from neuralstudio.network.edits import duplicate, remove, shifted
from neuralstudio.ui.actions import Command

if TYPE_CHECKING:
    from neuralstudio.ui.window import StudioWindow

MENUS = ("&File", "&Edit", "&Network", "&Data", "&Train", "&View", "&Help")
Keys = QKeySequence.StandardKey


def commands(window: "StudioWindow") -> tuple[Command, ...]:
    """The table. Texts are translated in the window's context."""
    tr, studio = window.tr, window.studio
    document, training = studio.document, studio.training
    undo = document.undo_stack

    def selected() -> tuple[str, ...]:
        return tuple(item for item in document.selection if item in document.network)

    def delete_selected() -> None:
        names = ", ".join(document.network[item].layer.title for item in selected())
        document.edit_network(tr("delete {}").format(names), remove(document.network, *selected()), ())

    def duplicate_selected() -> None:
        item = selected()[-1]
        network, copy = duplicate(document.network, item)
        document.edit_network(tr("duplicate {}").format(document.network[item].layer.title), network, (copy,))

    def shift_selected(places: int) -> None:
        item = selected()[0]
        network = shifted(document.network, item, places)
        document.edit_network(tr("move {}").format(document.network[item].layer.title), network)

    def is_training() -> bool:
        return training.state != "idle"

    def has_one() -> bool:
        return len(selected()) == 1

    file, edit, network, data, train, _view, help_ = MENUS
    return (
        Command("new", tr("&New"), file, window.files.new, (Keys.New,), "new"),
        Command("open", tr("&Open…"), file, window.files.ask_open, (Keys.Open,), "open"),
        Command("gallery", tr("&Start page"), file, window.show_gallery, (), "examples"),
        Command("save", tr("&Save"), file, window.files.save, (Keys.Save,), "save", starts_group=True),
        Command("save-as", tr("Save &as…"), file, window.files.save_as, (Keys.SaveAs,), "save-as"),
        Command("quit", tr("&Quit"), file, window.close, (Keys.Quit,), starts_group=True),
        Command("undo", tr("&Undo"), edit, undo.undo, (Keys.Undo,), "undo", undo.canUndo),
        Command("redo", tr("&Redo"), edit, undo.redo, (Keys.Redo,), "redo", undo.canRedo),
        Command(
            "duplicate",
            tr("&Duplicate"),
            edit,
            duplicate_selected,
            ("Ctrl+D",),
            "duplicate",
            has_one,
            starts_group=True,
        ),
        Command(
            "delete", tr("De&lete"), edit, delete_selected, (Keys.Delete,), "delete", lambda: bool(selected())
        ),
        Command(
            "move-earlier",
            tr("Move &earlier"),
            network,
            partial(shift_selected, -1),
            ("Alt+Left",),
            "left",
            has_one,
        ),
        Command(
            "move-later",
            tr("Move &later"),
            network,
            partial(shift_selected, 1),
            ("Alt+Right",),
            "right",
            has_one,
        ),
        Command(
            "find-layer",
            tr("&Find a layer…"),
            network,
            window.focus_palette,
            ("Ctrl+L",),
            "search",
            starts_group=True,
        ),
        Command("fit", tr("&Fit the network into view"), network, window.fit, ("Ctrl+0",), "fit"),
        Command("import-mnist", tr("Import &MNIST folder…"), data, window.ask_import, (), "folder"),
        Command("show-data", tr("&Choose a data set…"), data, partial(window.show_panel, "data"), (), "data"),
        Command("train", tr("&Train"), train, training.toggle, ("Space",), "play"),
        Command(
            "step-batch",
            tr("&Step"),
            train,
            training.step_batch,
            (".",),
            "step",
            tip=tr("Learn one batch"),
        ),
        Command(
            "step-epoch",
            tr("Step an &epoch"),
            train,
            training.step_epoch,
            ("Shift+.", ":", ">"),
            "step-epoch",
            tip=tr("Learn to the end of the epoch"),
        ),
        Command("stop", tr("St&op"), train, training.stop, (), "stop", is_training),
        Command(
            "reset",
            tr("&Reset to the same start"),
            train,
            training.reset,
            ("Ctrl+Backspace",),
            "reset",
            tip=tr("Back to the very same start"),
            starts_group=True,
        ),
        Command(
            "new-weights", tr("New &weights"), train, window.new_weights, ("Ctrl+Shift+Backspace",), "network"
        ),
        Command("theme", tr("Light or dark"), "", window.toggle_theme, ("Ctrl+Shift+L",), "theme"),
        Command("shortcuts", tr("&Keyboard shortcuts"), help_, window.show_shortcuts, ("F1",), "help"),
        Command("about", tr("&About NeuralStudio"), help_, window.show_about, (), "info"),
    )
