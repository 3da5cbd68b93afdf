"""The panel Code: the network as a script for Keras, PyTorch or plain NumPy, always as it is now."""

import keyword
import re
from pathlib import Path
from typing import ClassVar

from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
)

from neuralstudio.export._base import Target
from neuralstudio.export.registry import TARGETS
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.icons import icon
from neuralstudio.ui.panels._base import Area, Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme

_CHOICE = "code/target"


class CodePanel(Panel):
    """A read-only script that follows the document, with a switch between the targets."""

    tag: ClassVar[str] = "code"
    title: ClassVar[str] = "Code"
    area: ClassVar[Area] = "centre"
    order: ClassVar[int] = 4

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._targets = {kind.tag(): kind() for kind in sorted(TARGETS, key=lambda kind: kind.order)}
        remembered = str(studio.settings.value(_CHOICE, ""))
        self._chosen = remembered if remembered in self._targets else next(iter(self._targets))
        self._text = QPlainTextEdit()
        self._text.setObjectName("code-text")
        self._text.setReadOnly(True)
        self._text.setAccessibleName(self.tr("The network as a script"))
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._colours = _Colours(self._text.document())
        self._message = QLabel()
        self._message.setObjectName("code-message")
        self._message.setWordWrap(True)
        self._message.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 10, 12, 12)
        rows.setSpacing(8)
        rows.addLayout(self._top_row())
        rows.addWidget(self._message)
        rows.addWidget(self._text, 1)
        studio.document.changed.connect(self._on_changed)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(studio.theme.theme)

    @property
    def target(self) -> Target:
        """The target whose script is shown."""
        return self._targets[self._chosen]

    def choose(self, tag: str) -> None:
        """Shows the script of another target, and remembers the choice."""
        self._chosen = tag
        self._buttons[tag].setChecked(True)
        self.studio.settings.setValue(_CHOICE, tag)
        self._refresh()

    def save_to(self, path: Path) -> None:
        """Writes the script into a file; says so, or why it could not."""
        try:
            path.write_text(self._text.toPlainText(), encoding="utf-8", newline="\n")
        except OSError as error:
            reason = error.strerror or str(error)
            self._tell(self.tr("{} cannot be saved: {}.").format(path.name, reason), "danger")
        else:
            self._tell(self.tr("Saved as {}.").format(path), "good")

    def catch_up(self) -> None:
        self._refresh()

    def _top_row(self) -> QHBoxLayout:
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
        self._copy = QPushButton(self.tr("Copy"))
        self._copy.setObjectName("code-copy")
        self._copy.setAccessibleName(self.tr("Copy the script"))
        self._copy.clicked.connect(self._on_copy)
        self._save = QPushButton(self.tr("Save…"))
        self._save.setObjectName("code-save")
        self._save.setAccessibleName(self.tr("Save the script as a file"))
        self._save.clicked.connect(self._on_save)
        row.addWidget(self._copy)
        row.addWidget(self._save)
        return row

    def _on_changed(self) -> None:
        if self.is_in_view:
            self._refresh()

    def _refresh(self) -> None:
        try:
            script = self.target.script(self.studio.document.project)
        except ProblemError as error:
            script = ""
            self._tell(self.tr("The script appears here once this is solved: {}").format(error), "warning")
        else:
            self._message.hide()
        for button in (self._copy, self._save):
            button.setEnabled(bool(script))
        if script != self._text.toPlainText():
            bar = self._text.verticalScrollBar()
            place = bar.value()
            self._text.setPlainText(script)
            bar.setValue(place)

    def _tell(self, sentence: str, role: str) -> None:
        self._message.setText(sentence)
        self._message.setProperty("role", role)
        self._message.style().unpolish(self._message)
        self._message.style().polish(self._message)
        self._message.show()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())
        self._tell(self.tr("The script is on the clipboard."), "good")

    def _on_save(self) -> None:
        title = self.tr("Save the script")
        words = re.findall(r"\w+", self.studio.document.project.title.lower())
        name = "-".join([*words[:6], self._chosen]) + self.target.suffix
        folder = self.studio.document.path.parent if self.studio.document.path else Path.home()
        kinds = self.tr("Python scripts (*.py)")
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(folder / name), kinds)
        if chosen:
            self.save_to(Path(chosen))

    def _on_theme_changed(self, theme: Theme) -> None:
        self._copy.setIcon(icon("copy", theme))
        self._save.setIcon(icon("save", theme))
        self._colours.set_theme(theme)


class _Colours(QSyntaxHighlighter):
    """Comments, texts, keywords, numbers and calls in colours of the theme."""

    _TOKENS = re.compile(
        r"(?P<comment>#.*)"
        r"|(?P<string>f?(?:\"\"\".*?\"\"\"|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'))"
        rf"|(?P<keyword>\b(?:{'|'.join(keyword.kwlist)})\b)"
        r"|(?P<number>\b\d[\w.]*(?:(?<=e)-\d+)?)"
        r"|(?P<call>\b\w+(?=\())"
    )

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}

    def set_theme(self, theme: Theme) -> None:
        """Takes other colours; each is one of the theme's, so that contrast is as tested there."""
        colours = {
            "comment": theme.muted,
            "string": theme.good,
            "keyword": theme.accent,
            "number": theme.danger,
            "call": theme.warning,
        }
        self._formats = {}
        for kind, colour in colours.items():
            form = QTextCharFormat()
            form.setForeground(QColor(colour))
            form.setFontItalic(kind == "comment")
            self._formats[kind] = form
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        for match in self._TOKENS.finditer(text):
            kind = match.lastgroup
            if kind in self._formats:
                self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])
