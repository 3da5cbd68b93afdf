"""Small dialogs: help, keyboard shortcuts and about."""

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QMessageBox,
    QTableWidget,
    QTableWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.ui.actions import ActionTable
from neuralstudio.views.help import help_pages

_CANVAS_KEYS = (
    ("/", "Type the name of a layer to insert"),
    ("← →", "Select the card before or behind"),
    ("Enter", "Edit the selected card"),
    ("Esc", "Select nothing"),
    ("Ctrl+wheel", "Zoom at the cursor"),
    ("Middle drag", "Move the canvas"),
)


def show_shortcuts(window: QWidget, table: ActionTable) -> None:
    """A list of all keys."""
    dialog = QDialog(window)
    dialog.setObjectName("shortcuts")
    dialog.setWindowTitle(dialog.tr("Keyboard shortcuts"))
    rows = [
        (
            ", ".join(
                keys.toString(QKeySequence.SequenceFormat.NativeText)
                for keys in table.actions[command.id].shortcuts()
            ),
            table.actions[command.id].text().replace("&", "").rstrip("…"),
        )
        for command in table.commands
        if command.keys
    ]
    rows += [(keys, dialog.tr(words)) for keys, words in _CANVAS_KEYS]
    grid = QTableWidget(len(rows), 2, dialog)
    grid.setHorizontalHeaderLabels([dialog.tr("Keys"), dialog.tr("What they do")])
    grid.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    grid.verticalHeader().hide()
    grid.setShowGrid(False)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            grid.setItem(row, column, QTableWidgetItem(text))
    grid.resizeColumnsToContents()
    grid.horizontalHeader().setStretchLastSection(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(grid)
    layout.addWidget(buttons)
    dialog.resize(460, 620)
    dialog.open()


def show_help(window: QWidget) -> None:
    """The help pages, with a page about every layer and data set read from its declaration."""
    dialog = QDialog(window)
    dialog.setObjectName("help")
    dialog.setWindowTitle(dialog.tr("Help"))
    pages = help_pages()
    contents = QListWidget()
    contents.setObjectName("help-contents")
    contents.setAccessibleName(dialog.tr("Contents"))
    contents.addItems(list(pages))
    contents.setFixedWidth(200)
    text = QTextBrowser()
    text.setObjectName("help-text")
    text.setOpenExternalLinks(True)
    contents.currentTextChanged.connect(lambda title: text.setMarkdown(pages[title]))
    contents.setCurrentRow(0)
    split = QHBoxLayout(dialog)
    split.setContentsMargins(0, 0, 0, 0)
    split.setSpacing(0)
    split.addWidget(contents)
    split.addWidget(text, 1)
    dialog.resize(820, 560)
    dialog.open()


def show_about(window: QWidget) -> None:
    """Name, version and licence."""
    try:
        number = version("neuralstudio")
    except PackageNotFoundError:
        number = "source"
    text = window.tr(
        "<h3>NeuralStudio {}</h3><p>Build a neural network, train it on your own computer, "
        "look inside it and use it.</p><p>Free software under the MIT licence.</p>"
    ).format(number)
    box = QMessageBox(QMessageBox.Icon.NoIcon, window.tr("About NeuralStudio"), text, parent=window)
    box.open()
