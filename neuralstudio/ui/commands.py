"""Everything a person can do, in one table."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

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

    def has_selected() -> bool:
        return any(item in document.network for item in document.selection)

    def has_layers() -> bool:
        return len(document.network) > 0

    def is_training() -> bool:
        return training.state != "idle"

    file, edit, network, data, train, _view, help_ = MENUS
    return (
        Command("new", tr("&New"), file, window.files.new, (Keys.New,), "new"),
        Command("open", tr("&Open…"), file, window.files.ask_open, (Keys.Open,), "open"),
        Command("gallery", tr("S&tart page"), file, window.show_gallery, (), "examples"),
        Command("save", tr("&Save"), file, window.files.save, (Keys.Save,), "save", starts_group=True),
        Command("save-as", tr("Save &as…"), file, window.files.save_as, (Keys.SaveAs,), "save-as"),
        Command("quit", tr("&Quit"), file, window.close, (Keys.Quit,), starts_group=True),
        Command("undo", tr("&Undo"), edit, undo.undo, (Keys.Undo,), "undo", undo.canUndo),
        Command("redo", tr("&Redo"), edit, undo.redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", undo.canRedo),
        Command(
            "duplicate",
            tr("&Duplicate"),
            edit,
            lambda: window.build.edits.duplicate(),
            ("Ctrl+D",),
            "duplicate",
            has_selected,
            starts_group=True,
        ),
        Command(
            "delete",
            tr("De&lete"),
            edit,
            lambda: window.build.edits.delete(),
            (Keys.Delete,),
            "delete",
            has_selected,
        ),
        Command(
            "move-earlier",
            tr("Move &earlier"),
            network,
            lambda: window.build.edits.shift(-1),
            ("Alt+Left",),
            "left",
            has_selected,
        ),
        Command(
            "move-later",
            tr("Move &later"),
            network,
            lambda: window.build.edits.shift(1),
            ("Alt+Right",),
            "right",
            has_selected,
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
        Command("fit", tr("Fit the &network into view"), network, window.fit, ("Ctrl+0",), "fit"),
        Command("import-mnist", tr("Import &MNIST folder…"), data, window.ask_import, (), "folder"),
        Command("show-data", tr("&Choose a data set…"), data, partial(window.show_panel, "data"), (), "data"),
        Command(
            "train",
            tr("&Train"),
            train,
            window.train,
            ("Space",),
            "play",
            has_layers,
            tip=tr("Train or pause"),
            paints_itself=True,
        ),
        Command(
            "step-batch",
            tr("&Step"),
            train,
            training.step_batch,
            (".",),
            "step",
            has_layers,
            tip=tr("Learn one batch"),
        ),
        Command(
            "step-epoch",
            tr("Step an &epoch"),
            train,
            training.step_epoch,
            ("Shift+.", ":", ">"),
            "step-epoch",
            has_layers,
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
        Command("help", tr("&Help"), help_, window.show_help, (), "help"),
        Command("shortcuts", tr("&Keyboard shortcuts"), help_, window.show_shortcuts, ("F1",), "info"),
        Command("about", tr("&About NeuralStudio"), help_, window.show_about, (), "info"),
    )
