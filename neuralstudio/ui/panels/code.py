"""The panel Code: the network as a script for Keras, PyTorch or plain NumPy, always as it is now."""

import re
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
)

from neuralstudio.export._base import Script, Target
from neuralstudio.export.registry import SCRIPTS, TARGETS
from neuralstudio.export.writing import WEIGHTS, files, write
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.asking import ask_save
from neuralstudio.ui.code_text import CodeText
from neuralstudio.ui.icons import icon
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.panels._base import Area, Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme

_CHOICE = "code/target"
_INTERVAL = 120
"""Milliseconds between two versions of the script while a field is dragged."""


class CodePanel(Panel):
    """A read-only script that follows the document, with a switch between the targets.

    While the network has problems, the last script that worked stays, in grey.
    """

    tag: ClassVar[str] = "code"
    title: ClassVar[str] = "Code"
    area: ClassVar[Area] = "centre"
    order: ClassVar[int] = 4

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._targets = {kind.tag(): kind() for kind in sorted(SCRIPTS, key=lambda kind: kind.order)}
        remembered = str(studio.settings.value(_CHOICE, ""))
        self._chosen = remembered if remembered in self._targets else next(iter(self._targets))
        self._shown: tuple[str, bool] | None = None
        """The target of the script that is shown, and whether it reads weights; None for no script."""
        self._text = CodeText(studio.theme.theme)
        self._text.setObjectName("code-text")
        self._text.setAccessibleName(self.tr("The network as a script"))
        self._message = QLabel()
        self._message.setObjectName("code-message")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 10, 12, 12)
        rows.setSpacing(8)
        rows.addLayout(self._targets_row())
        rows.addWidget(self._message)
        rows.addWidget(self._text, 1)
        rows.addLayout(self._files_row())
        self._pace = Pace(self._refresh, _INTERVAL, self)
        studio.document.changed.connect(self._on_changed)
        studio.document.replaced.connect(self._on_replaced)
        studio.training.weights_changed.connect(self._on_weights_changed)
        studio.training.state_changed.connect(self._on_weights_changed)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(studio.theme.theme)

    @property
    def target(self) -> Script:
        """The target whose script is shown."""
        return self._targets[self._chosen]

    @property
    def has_weights(self) -> bool:
        """There are trained weights to save."""
        training = self.studio.training
        return training.position.step > 0 or training.saved_run() is not None

    @property
    def includes_weights(self) -> bool:
        """The script reads the trained weights."""
        return self._weights.isEnabled() and self._weights.isChecked()

    def choose(self, tag: str) -> None:
        """Shows the script of another target, and remembers the choice."""
        self._chosen = tag
        self._buttons[tag].setChecked(True)
        self.studio.settings.setValue(_CHOICE, tag)
        self._refresh()

    def save_to(self, path: Path) -> None:
        """Writes the script into a file; says so, or why it could not."""
        self._write(self.target, path)

    def export(self, tag: str) -> None:
        """Asks for a file and writes the document for any target into it."""
        target = TARGETS[tag]()
        if isinstance(target, Script):
            self.choose(tag)
        title = self.tr("Export: {}").format(target.title)
        folder = self.studio.document.path.parent if self.studio.document.path else Path.home()
        start = folder / f"{self._file_name(target)}{target.suffix}"
        has_beside = isinstance(target, Script) and self.includes_weights
        path = ask_save(
            self,
            title,
            start,
            {target.suffix: target.title},
            lambda path: path.with_suffix(WEIGHTS) if has_beside else None,
        )
        if path is not None:
            self._write(target, path)

    def catch_up(self) -> None:
        self._refresh()

    def _targets_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for tag, target in self._targets.items():
            button = QPushButton(target.title)
            button.setObjectName(f"code-{tag}")
            button.setCheckable(True)
            button.setChecked(tag == self._chosen)
            button.setToolTip(target.summary())
            button.setAccessibleName(self.tr("Show the script for {}").format(target.title))
            button.clicked.connect(lambda _checked, tag=tag: self.choose(tag))
            group.addButton(button)
            self._buttons[tag] = button
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _files_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self._weights = QCheckBox(self.tr("Include trained weights"))
        self._weights.setObjectName("code-weights")
        self._weights.toggled.connect(lambda _checked: self._refresh())
        self._copy = QPushButton(self.tr("Copy"))
        self._copy.setObjectName("code-copy")
        self._copy.setAccessibleName(self.tr("Copy the script"))
        self._copy.clicked.connect(self._on_copy)
        self._save = QPushButton(self.tr("Save…"))
        self._save.setObjectName("code-save")
        self._save.setAccessibleName(self.tr("Save the script as a file"))
        self._save.clicked.connect(lambda: self.export(self._chosen))
        self._export = QPushButton(self.tr("Export"))
        self._export.setObjectName("code-export")
        self._export.setAccessibleName(self.tr("Save the network in another form"))
        self._export.setMenu(self._export_menu())
        row.addWidget(self._weights)
        row.addStretch(1)
        for button in (self._copy, self._save, self._export):
            row.addWidget(button)
        return row

    def _export_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for kind in sorted(TARGETS, key=lambda kind: kind.order):
            if not issubclass(kind, Script):
                action = menu.addAction(f"{kind.title}…", partial(self.export, kind.tag()))
                action.setObjectName(f"code-export-{kind.tag()}")
                action.setToolTip(kind.summary())
        return menu

    # ── the script ───────────────────────────────────────────────────────────────────────────────

    def _on_changed(self) -> None:
        if self.is_in_view:
            self._pace.request()

    def _on_replaced(self) -> None:
        """What was shown is another document's."""
        self._shown = None
        self._text.show_script("")

    def _on_weights_changed(self) -> None:
        if self.is_in_view and self.has_weights != self._weights.isEnabled():
            self._refresh()

    def _refresh(self) -> None:
        has_weights = self.has_weights
        self._weights.setEnabled(has_weights)
        self._weights.setToolTip(
            self.tr("The script reads them from a file beside it and predicts the same")
            if has_weights
            else self.tr("Train the network first")
        )
        version = (self._chosen, self.includes_weights)
        try:
            script = self.target.script(
                self.studio.document.project, self._file_name(self.target) + WEIGHTS if version[1] else ""
            )
        except ProblemError as error:
            if self._shown != version:
                self._text.show_script("")
            self._tell(self.tr("The script goes on here once this is solved: {}").format(error), "warning")
            works = False
        else:
            self._text.show_script(script, is_another=self._shown != version)
            self._shown = version
            self._message.hide()
            works = True
        self._text.set_stale(not works)
        for button in (self._copy, self._save):
            button.setEnabled(works)

    def _file_name(self, target: Target) -> str:
        words = re.findall(r"\w+", self.studio.document.project.title.lower())
        return "-".join([*words[:6], target.tag()])[:100]

    def _write(self, target: Target, path: Path) -> None:
        is_wanted = self.includes_weights if isinstance(target, Script) else target.takes_weights
        run = self.studio.training.saved_run() if is_wanted else None
        try:
            found = files(target, self.studio.document.project, path, run.weights if run else None)
            write(found)
        except ProblemError as error:
            self._tell(str(error), "danger")
        else:
            names = self.tr(" and ").join(map(str, found))
            self._tell(self.tr("Saved as {}.").format(names), "good")

    def _tell(self, sentence: str, role: str) -> None:
        self._message.setText(sentence)
        self._message.setProperty("role", role)
        self._message.style().unpolish(self._message)
        self._message.style().polish(self._message)
        self._message.show()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.script)
        sentence = self.tr("The script is on the clipboard.")
        if self.includes_weights:
            name = self._file_name(self.target) + WEIGHTS
            sentence += " " + self.tr("Beside it, it wants the weights as {}: see Export.").format(name)
        self._tell(sentence, "good")

    def _on_theme_changed(self, theme: Theme) -> None:
        self._copy.setIcon(icon("copy", theme))
        self._save.setIcon(icon("save", theme))
        self._export.setIcon(icon("export", theme))
        self._text.set_theme(theme)
