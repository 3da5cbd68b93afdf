"""The panel Try: use a network that predicts numbers, at any time, also while it learns."""

from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from neuralstudio.schema.problem import errors
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme
from neuralstudio.ui.trials._base import Trial
from neuralstudio.ui.trials.following import CurveTrial, SeriesTrial
from neuralstudio.ui.trials.rebuilding import RebuildingTrial
from neuralstudio.ui.trials.table import TableTrial


class TryPanel(Panel):
    """One page for each sort of data with numbers to predict, or a sentence where there is none to show."""

    tag = "try"
    title = "Try"
    area = "bottom-right"
    order = 2

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._trials: list[Trial] = [
            kind(studio) for kind in (TableTrial, CurveTrial, SeriesTrial, RebuildingTrial)
        ]
        self._sentence = Sentence(role="muted")
        self._sentence.setObjectName("try-empty")
        message = QWidget()
        column = QVBoxLayout(message)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(self._sentence)
        column.addStretch(1)
        self._pages = QStackedLayout(self)
        for page in (message, *self._trials):
            self._pages.addWidget(page)
        self._pace = Pace(self._refresh, 150, self)
        studio.training.weights_changed.connect(self._pace.request)
        studio.loader.changed.connect(self._refresh)
        studio.document.changed.connect(self._refresh)
        studio.theme.theme_changed.connect(self._on_theme_changed)

    def catch_up(self) -> None:
        self._refresh()

    def suits(self) -> bool:
        return self._fitting() is not None

    def _fitting(self) -> Trial | None:
        signature = self.studio.document.project.dataset.signature
        return next((trial for trial in self._trials if trial.fits(signature)), None)

    def _refresh(self) -> None:
        if not self.is_in_view:
            return
        trial, predictor = self._fitting(), self.studio.training.predictor
        if trial is None or predictor is None:
            self._sentence.show_text(self._why_not(is_sort_known=trial is not None))
            self._pages.setCurrentIndex(0)
            return
        self._pages.setCurrentWidget(trial)
        trial.refresh(predictor)

    def _why_not(self, *, is_sort_known: bool) -> str:
        """Why there is nothing to try, and what to do."""
        if is_sort_known:
            problems = errors(self.studio.document.report.problems)
            what = f" {problems[0].where}: {problems[0].what}." if problems else ""
            return self.tr("The network cannot answer yet.{problem}").format(problem=what)
        signature = self.studio.document.project.dataset.signature
        if signature.vocabulary:
            return self.tr(
                "A network that reads text cannot be tried out here yet. "
                "Its test accuracy and the tab Confusion tell how well it guesses."
            )
        if signature.classes:
            return self.tr("Try is for numbers to predict. For classes see Draw, Map and Confusion.")
        return self.tr("There is no way to try this data set here yet.")

    def _on_theme_changed(self, theme: Theme) -> None:
        for trial in self._trials:
            trial.set_theme(theme)
