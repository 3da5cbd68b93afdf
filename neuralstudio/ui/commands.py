"""Everything a person can do, in one table."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from neuralstudio.export.registry import TARGETS
from neuralstudio.ui.actions import Command
from neuralstudio.ui.playground.data_column import regenerate
from neuralstudio.ui.run_commands import run_commands

if TYPE_CHECKING:
    from neuralstudio.ui.window import StudioWindow

EXPORT = "&File/&Export"
MENUS = ("&File", "&Edit", "&Network", "&Data", "&Train", "&View", "&Help")
Keys = QKeySequence.StandardKey


def commands(window: "StudioWindow") -> tuple[Command, ...]:
    """The table. Texts are translated in the window's context."""
    tr, studio = window.tr, window.studio
    document = studio.document
    undo = document.undo_stack

    def has_selected() -> bool:
        return any(item in document.network for item in document.selection)

    def has_layers() -> bool:
        return len(document.network) > 0

    def has_group() -> bool:
        return bool(window.build.edits.group_of(document.selection))

    file, edit, network, data, train, view, help_ = MENUS
    select_first, add_first = tr("Select a layer first"), tr("Add a layer first")
    return (
        Command("new", tr("&New"), file, window.files.new, (Keys.New,), "new"),
        Command("open", tr("&Open…"), file, window.files.ask_open, (Keys.Open,), "open"),
        Command("gallery", tr("S&tart page"), file, window.show_gallery, (), "examples"),
        Command("save", tr("&Save"), file, window.files.save, (Keys.Save,), "save", starts_group=True),
        Command("save-as", tr("Save &as…"), file, window.files.save_as, (Keys.SaveAs,), "save-as"),
        Command(
            "import-model",
            tr("&Import model…"),
            file,
            window.files.ask_import,
            (),
            "folder",
            tip=tr("Open a network from ONNX or Keras"),
            starts_group=True,
        ),
        Command(
            "open-link",
            tr("Open Playground &link…"),
            file,
            window.links.ask,
            (),
            "open",
            tip=tr("Open the address of a playground, with its data and all settings"),
        ),
        Command(
            "copy-link",
            tr("&Copy Playground link"),
            file,
            window.links.share,
            (),
            "copy",
            lambda: window.links.can_share,
            tip=tr("Copy an address that opens this playground, here or on the page"),
            needs=tr("Only dense layers, one on the other, on one or two numbers have a link"),
        ),
        Command(
            "export-picture",
            tr("&Picture of the network…"),
            EXPORT,
            window.ask_picture,
            (),
            "image",
            has_layers,
            tip=tr("Save all of the canvas as SVG or PNG"),
            needs=add_first,
        ),
        *(
            Command(
                f"export-{kind.tag()}",
                f"{kind.title}…",
                EXPORT,
                partial(window.export, kind.tag()),
                (),
                "export",
                has_layers,
                tip=kind.summary(),
                needs=add_first,
            )
            for kind in sorted(TARGETS, key=lambda kind: kind.order)
        ),
        Command("quit", tr("&Quit"), file, window.close, (Keys.Quit,), starts_group=True),
        Command(
            "undo",
            tr("&Undo"),
            edit,
            undo.undo,
            (Keys.Undo,),
            "undo",
            undo.canUndo,
            needs=tr("Nothing was changed yet"),
        ),
        Command(
            "redo",
            tr("&Redo"),
            edit,
            undo.redo,
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo",
            undo.canRedo,
            needs=tr("Nothing was undone"),
        ),
        Command("history", tr("&History…"), edit, partial(window.show_panel, "history"), (), "log"),
        Command(
            "cut",
            tr("Cu&t"),
            edit,
            lambda: window.build.edits.cut(),
            (Keys.Cut,),
            "cut",
            has_selected,
            needs=select_first,
            starts_group=True,
            is_local=True,
        ),
        Command(
            "copy",
            tr("&Copy"),
            edit,
            lambda: window.build.edits.copy(),
            (Keys.Copy,),
            "copy",
            has_selected,
            needs=select_first,
            is_local=True,
        ),
        Command(
            "paste",
            tr("&Paste"),
            edit,
            lambda: None if window.links.paste() else window.build.edits.paste(),
            (Keys.Paste,),
            "paste",
            tip=tr("Insert the copied layers behind what is selected"),
            is_local=True,
        ),
        Command(
            "duplicate",
            tr("&Duplicate"),
            edit,
            lambda: window.build.edits.duplicate(),
            ("Ctrl+D",),
            "duplicate",
            has_selected,
            needs=select_first,
        ),
        Command(
            "delete",
            tr("De&lete"),
            edit,
            lambda: window.build.edits.delete(),
            (Keys.Delete,),
            "delete",
            has_selected,
            needs=select_first,
        ),
        Command(
            "select-all",
            tr("Select &all"),
            edit,
            lambda: window.build.edits.select_all(),
            (Keys.SelectAll,),
            "",
            has_layers,
            needs=add_first,
            starts_group=True,
            is_local=True,
        ),
        Command(
            "group",
            tr("&Group into one card"),
            edit,
            lambda: window.build.edits.group(),
            ("Ctrl+G",),
            "layers",
            has_selected,
            needs=select_first,
            starts_group=True,
        ),
        Command(
            "ungroup",
            tr("U&ngroup"),
            edit,
            lambda: window.build.edits.ungroup(),
            ("Ctrl+Shift+G",),
            "",
            has_group,
            needs=tr("Select a group first"),
        ),
        Command(
            "move-earlier",
            tr("Move &earlier"),
            network,
            lambda: window.build.edits.shift(-1),
            ("Alt+Left",),
            "left",
            has_selected,
            needs=select_first,
        ),
        Command(
            "move-later",
            tr("Move &later"),
            network,
            lambda: window.build.edits.shift(1),
            ("Alt+Right",),
            "right",
            has_selected,
            needs=select_first,
        ),
        Command(
            "insert-layer",
            tr("&Insert a layer here…"),
            network,
            lambda: window.build.ask_for_layer(),
            ("/",),
            "plus",
            tip=tr("Choose a layer for the place behind the selected card, or on the selected wire"),
            starts_group=True,
            is_local=True,
        ),
        Command(
            "wire",
            tr("&Wire to…"),
            network,
            lambda: window.build.begin_wiring(),
            ("W",),
            "link",
            tip=tr("Wire the selected card: arrows choose to what, Enter draws the wire or takes it away"),
            is_local=True,
        ),
        Command(
            "next-wire",
            tr("Select a wi&re"),
            network,
            lambda: window.build.next_wire(),
            ("Shift+W",),
            tip=tr("Walk over the wires: Delete removes one, / inserts a layer on it"),
            is_local=True,
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
        Command("import-mnist", tr("Import &MNIST folder…"), data, window.ask_import, (), "folder"),
        Command("show-data", tr("&Choose a data set…"), data, partial(window.show_panel, "data"), (), "data"),
        Command(
            "regenerate",
            tr("&Regenerate the data"),
            data,
            partial(regenerate, document),
            (),
            "",
            tip=tr("Draws other points of the same kind: the next seed of the data"),
        ),
        *run_commands(window, train),
        Command(
            "zoom-in",
            tr("Zoom &in"),
            view,
            lambda: window.build.view.zoom_by(1),
            ("Ctrl++", "Ctrl+="),
            "zoom-in",
            tip=tr("Make the cards larger"),
        ),
        Command(
            "zoom-out",
            tr("Zoom &out"),
            view,
            lambda: window.build.view.zoom_by(-1),
            ("Ctrl+-",),
            "zoom-out",
            tip=tr("Make the cards smaller"),
        ),
        Command("fit", tr("Fit the &network into view"), view, window.fit, ("Ctrl+0",), "fit"),
        Command(
            "command-palette",
            tr("&Command palette…"),
            view,
            window.open_palette,
            ("Ctrl+Shift+P",),
            "search",
            tip=tr("Find anything by typing a part of its name"),
        ),
        Command("theme", tr("Light or dark"), "", window.toggle_theme, ("Ctrl+Shift+L",), "theme"),
        Command("help", tr("&Help"), help_, window.show_help, (), "help"),
        Command("shortcuts", tr("&Keyboard shortcuts"), help_, window.show_shortcuts, ("F1",), "info"),
        Command("about", tr("&About NeuralStudio"), help_, window.show_about, (), "info"),
    )
