"""Asks where to save: one dialog for projects, scripts, weights and pictures."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


def ask_save(
    parent: QWidget,
    title: str,
    start: Path,
    kinds: Mapping[str, str],
    beside: Callable[[Path], Path | None] = lambda _path: None,
) -> Path | None:
    """The file to write, or None if it is not to be. Nothing that is there is replaced without a question.

    kinds: ending → what such a file is; the first is the usual one. ``beside``: what else is written with it.
    """
    filters = {f"{words} (*{ending})": ending for ending, words in kinds.items()}
    chosen, kind = QFileDialog.getSaveFileName(parent, title, str(start), ";;".join(filters))
    if not chosen:
        return None
    path = _with_ending(Path(chosen), tuple(kinds), filters.get(kind), is_own=Path(chosen).name != start.name)
    # The dialog asked about the name that was typed, not about these.
    unasked = [] if str(path) == chosen else [path]
    unasked += [each for each in [beside(path)] if each is not None]
    return path if all(_may_replace(parent, title, each) for each in unasked if each.exists()) else None


def _with_ending(path: Path, endings: tuple[str, ...], wanted: str | None, *, is_own: bool) -> Path:
    """The path with an ending: one that was typed (``is_own``) says more than the kind chosen in a list."""
    if path.suffix.lower() not in endings:
        return path.with_name(path.name + (wanted or endings[0]))
    return path if is_own or wanted is None else path.with_suffix(wanted)


def _may_replace(parent: QWidget, title: str, path: Path) -> bool:
    question = QCoreApplication.translate("ask_save", "{} exists already. Replace it?").format(path.name)
    buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
    return QMessageBox.question(parent, title, question, buttons) == QMessageBox.StandardButton.Yes
