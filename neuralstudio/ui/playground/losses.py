"""The loss of the run: its curves, and in numbers at the pointer, at the moment replayed, or as it is now."""

from html import escape

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from neuralstudio.ui.playground.loss_curve import LossCurve
from neuralstudio.ui.run_list import colour_of
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme

_MOST = 1e4
"""Losses beyond it are written as powers of ten."""


class Losses(QWidget):
    """Epochs alone count: looking at the network adds nothing to its curves."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._curve = LossCurve(studio.theme.theme)
        self._curve.pointed.connect(self._tell)
        self._told = QLabel()
        self._told.setObjectName("playground-losses")
        self._told.setTextFormat(Qt.TextFormat.RichText)
        self._told.setProperty("role", "caption")
        self._told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        title = QLabel(self.tr("Loss"))
        title.setProperty("role", "title")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addWidget(self._told, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._curve)
        self._kept = QLabel()
        self._kept.setObjectName("playground-kept")
        self._kept.setTextFormat(Qt.TextFormat.RichText)
        self._kept.setProperty("role", "caption")
        self._kept.setWordWrap(True)
        column.addWidget(self._kept)
        studio.kept.changed.connect(self._show_kept)
        self._show_kept()
        self._tell()

    def refresh(self) -> None:
        """Shows the curves as far as they have come."""
        rows = self._studio.training.history.epochs.rows
        self._curve.show_rows(rows[:, [0, 1, 3]], self._studio.replay.epoch)
        self._tell()

    def set_theme(self, theme: Theme) -> None:
        self._curve.set_theme(theme)
        self._show_kept()
        self._tell()

    def _show_kept(self) -> None:
        """The test losses of ticked runs, and which colour is whose."""
        runs = [(run, colour_of(run, self._studio.theme.theme)) for run in self._studio.kept.shown]
        self._curve.show_kept(tuple((run.history.epochs.rows[:, [0, 3]], colour) for run, colour in runs))
        names = (
            f"<span style='color:{colour}'>●</span>&nbsp;{escape(run.title).replace(' ', '&nbsp;')}"
            for run, colour in runs
        )
        self._kept.setText(" &nbsp; ".join(names))
        self._kept.setVisible(bool(runs))

    def _tell(self) -> None:
        rows, theme, epoch = self._curve.rows, self._studio.theme.theme, self._studio.replay.epoch
        found = pointed = self._curve.read_out()
        if found is None and len(rows):
            place = -1 if epoch is None else int(np.abs(rows[:, 0] - epoch).argmin())
            found = (float(rows[place, 0]), float(rows[place, 1]), float(rows[place, 2]))
        train, test = ("–", "–") if found is None else (_number(found[1]), _number(found[2]))
        at = self.tr("epoch {}  ").format(f"{pointed[0]:,.0f}") if pointed is not None else ""
        self._told.setText(
            f"{at}<span style='color:{theme.train}'>●</span> {self.tr('training')} <b>{train}</b> "
            f"&nbsp;<span style='color:{theme.test}'>●</span> {self.tr('test')} <b>{test}</b>"
        )


def _number(value: float) -> str:
    if value != value:
        return "–"
    return f"{value:.3f}" if abs(value) < _MOST else f"{value:.2e}"
