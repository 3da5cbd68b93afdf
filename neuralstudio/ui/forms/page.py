"""What the pages of the inspector have in common: a name, a form, and problems beside its fields."""

from collections.abc import Iterable
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralstudio.project.remedies import remedies
from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.ui.forms.form import KindForm
from neuralstudio.ui.forms.problem import ProblemList
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.studio import Studio

MARGIN = 14
_OFFER_EVERY = 250
"""Milliseconds between searches for remedies, at least."""


class Page(QWidget):
    """What the inspector shows of one selection; ``name`` and ``figure`` stand above it."""

    tells_place: ClassVar[bool] = False
    """Problems are of several places: each sentence says of which."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.name = ""
        self.figure = ""
        self.about = ""
        self.form: KindForm | None = None
        self._shown: tuple[Problem, ...] = ()
        self._offers: dict[Problem, tuple[str, ...]] = {}
        self._pace = Pace(self._offer_remedies, _OFFER_EVERY, self)
        self.problems = ProblemList("inspector-problems", self, tells_place=self.tells_place)
        self.problems.remedy_chosen.connect(self._on_remedy_chosen)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, 2, MARGIN, 8)
        self.column.setSpacing(8)
        self.column.addWidget(self.problems)

    def show_document(self) -> None:
        """Bring everything up to date."""
        raise NotImplementedError

    def add_form(
        self,
        value: Kind,
        section: Section | None = None,
        seldom: tuple[str, ...] = (),
        only: tuple[str, ...] | None = None,
    ) -> KindForm:
        """A form below what is there."""
        self.form = KindForm(value, section=section, seldom=seldom, only=only)
        self.form.remedy_chosen.connect(self._on_remedy_chosen)
        if fields(type(value)) if only is None else only:
            self.column.addWidget(self.form)
        else:
            self.form.setParent(self)
            self.form.hide()
        return self.form

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Each sentence beside the field at fault, the others in ``problems``; what helps follows."""
        self._shown = tuple(problems)
        self._offers = {problem: titles for problem, titles in self._offers.items() if problem in self._shown}
        self._tell()
        if self._shown:
            self._pace.request()

    def _tell(self) -> None:
        beside: dict[str, list[Problem]] = {}
        others: list[Problem] = []
        names = {field.name for field in fields(type(self.form.value))} if self.form is not None else set()
        for problem in self._shown:
            if problem.field in names and not self.tells_place:
                beside.setdefault(problem.field, []).append(problem)
            else:
                others.append(problem)
        self.problems.show_problems(others, self._offers)
        if self.form is not None:
            self.form.show_problems(beside, self._offers)

    def _offer_remedies(self) -> None:
        """Tries out what helps: a check of the whole network for each, so not at every letter typed."""
        project = self.studio.document.project
        known = set(self.studio.document.report.problems)
        self._offers = {
            problem: tuple(remedy.title for remedy in remedies(project, problem))
            for problem in self._shown
            if problem in known
        }
        self._tell()

    def _on_remedy_chosen(self, problem: Problem, title: str) -> None:
        # Worked out anew: the document may have changed since it was offered.
        project = self.studio.document.project
        found = next((each for each in remedies(project, problem) if each.title == title), None)
        if found is not None:
            self.studio.document.edit(found.title, found.project)


def with_batch(shape: tuple[int, ...] | None) -> str:
    """A shape as (batch, …)."""
    return "(?)" if shape is None else f"({', '.join(('batch', *map(str, shape)))})"


def words(kind: Kind, name: str) -> str:
    """A field's title, as it stands within a sentence: "units", but "L2 penalty"."""
    title = next(field.title for field in fields(type(kind)) if field.name == name)
    return title if title[1:2].isdigit() else title.lower()
