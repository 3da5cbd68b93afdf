"""A read-only text of Python code that is kept up to date with as little change as possible."""

import keyword
import re
from collections.abc import Sequence

from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from neuralstudio.ui.theme import Theme


class CodeText(QPlainTextEdit):
    """Shows a script. Of a new one only what differs is written, and marked; a stale one is grey."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._script = ""
        self._colours = _Colours(self.document())
        self.set_theme(theme)

    @property
    def script(self) -> str:
        """What is shown."""
        return self._script

    @property
    def marked(self) -> tuple[str, ...]:
        """The lines that are marked because they are new."""
        return tuple(each.cursor.block().text() for each in self.extraSelections())

    def show_script(self, script: str, *, is_another: bool = False) -> None:
        """Shows a script in place of the one before, of which it is a version unless it is another."""
        if script == self._script:
            return
        if is_another or not self._script:
            self.setPlainText(script)
            self.setExtraSelections([])
        else:
            self._change(script)
        self._script = script

    def set_stale(self, is_stale: bool) -> None:
        """Whether the script is that of a network that is no more."""
        self._colours.set_stale(is_stale)

    def set_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._colours.set_theme(theme)
        self._mark([QTextCursor(each.cursor) for each in self.extraSelections()])

    def _change(self, script: str) -> None:
        before, after = self._script.splitlines(keepends=True), script.splitlines(keepends=True)
        head = _common(before, after)
        tail = _common(before[head:][::-1], after[head:][::-1])
        gone, new = before[head : len(before) - tail], after[head : len(after) - tail]
        begin = _units(before[:head])
        cursor = QTextCursor(self.document())
        cursor.setPosition(begin)
        cursor.setPosition(begin + _units(gone), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("".join(new))
        block = self.document().findBlock(begin)
        cursors = []
        for _ in new:
            cursors.append(QTextCursor(block))
            block = block.next()
        self._mark(cursors)

    def _mark(self, cursors: list[QTextCursor]) -> None:
        marks = []
        for cursor in cursors:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = cursor
            mark.format.setBackground(QColor(self._theme.hover))
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            marks.append(mark)
        self.setExtraSelections(marks)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _units(lines: Sequence[str]) -> int:
    """The length of some lines as Qt counts it."""
    return len("".join(lines).encode("utf-16-le")) // 2


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
        self._stale = QTextCharFormat()
        self._is_stale = False

    def set_stale(self, is_stale: bool) -> None:
        """Whether all is grey."""
        if is_stale != self._is_stale:
            self._is_stale = is_stale
            self.rehighlight()

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
        self._stale.setForeground(QColor(theme.muted))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self._is_stale:
            self.setFormat(0, len(text), self._stale)
            return
        for match in self._TOKENS.finditer(text):
            kind = match.lastgroup
            if kind in self._formats:
                self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])
