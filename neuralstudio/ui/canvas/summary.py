"""What the overlay says about the network: its figures, its problems, and what helps against the first."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from neuralstudio.project.remedies import remedies
from neuralstudio.schema.problem import Problem
from neuralstudio.ui.canvas.content import amount
from neuralstudio.ui.canvas.overlay import Overlay
from neuralstudio.ui.canvas.problem_bar import MOST_REMEDIES
from neuralstudio.ui.studio import Studio

REMEDY_MS = 150


class Summary(QObject):
    """Fills an overlay from the document."""

    changed = Signal()
    """The words have changed, so the overlay has to be placed again."""

    def __init__(self, studio: Studio, over: QWidget) -> None:
        super().__init__(over)
        self._studio = studio
        self.overlay = Overlay(over, self._remedy_titles)
        self._remedy_timer = QTimer(self, interval=REMEDY_MS, singleShot=True)
        self._remedy_timer.timeout.connect(self._offer_remedies)

    def show(self, problems_of_data: Sequence[Problem]) -> None:
        """Shows figures and problems as they are now."""
        studio, overlay = self._studio, self.overlay
        report = studio.document.report
        has_layers = bool(studio.document.network.nodes)
        figures = (
            self.tr("{n} weights").format(n=f"{report.weights:,}"),
            self.tr("{cost} / sample").format(cost=amount(report.flops, "FLOP")),
            self.tr("fits in {size}").format(size=amount(report.training_bytes, "B")),
            studio.estimate.words if studio.estimate is not None else "",
        )
        overlay.figures.setText(" · ".join(filter(None, figures)) if report.weights else "")
        hint = self.tr("Drag a layer here, press / and type its name, or open an example")
        overlay.hint.setText(hint)
        overlay.hint.setVisible(not has_layers)
        problems = (*problems_of_data, *(report.problems if has_layers else ()))
        overlay.problems.show_problems(problems, studio.theme.theme)
        self.changed.emit()
        if overlay.problems.problem is not None:
            self._remedy_timer.start()

    def apply_remedy(self, problem: Problem, title: str) -> None:
        """Does what helps against a problem: one step to undo."""
        document = self._studio.document
        found = next((each for each in remedies(document.project, problem) if each.title == title), None)
        if found is not None:
            document.edit(found.title, found.project)

    def _remedy_titles(self, problem: Problem) -> tuple[str, ...]:
        return tuple(remedy.title for remedy in remedies(self._studio.document.project, problem))

    def _offer_remedies(self) -> None:
        """Tries out what helps against the first problem: a check for each, so not at every letter typed."""
        problem = self.overlay.problems.problem
        if problem is not None:
            self.overlay.problems.offer(self._remedy_titles(problem)[:MOST_REMEDIES])
            self.changed.emit()
