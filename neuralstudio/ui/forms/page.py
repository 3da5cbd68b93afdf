"""What the pages of the inspector have in common: a name, a form, and problems beside its fields."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.ui.forms.form import KindForm
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.studio import Studio

MARGIN = 14


class Page(QWidget):
    """What the inspector shows of one selection; ``name`` and ``figure`` stand above it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.name = ""
        self.figure = ""
        self.about = ""
        self.form: KindForm | None = None
        self.problems = Sentence(role="danger", parent=self)
        self.problems.setObjectName("inspector-problems")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, 2, MARGIN, 8)
        self.column.setSpacing(8)
        self.column.addWidget(self.problems)

    def show_document(self) -> None:
        """Bring everything up to date."""
        raise NotImplementedError

    def add_form(self, value: Kind, section: Section | None = None, seldom: tuple[str, ...] = ()) -> KindForm:
        """A form below what is there."""
        self.form = KindForm(value, section=section, seldom=seldom)
        if fields(type(value)):
            self.column.addWidget(self.form)
        else:
            self.form.setParent(self)
            self.form.hide()
        return self.form

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Each sentence beside the field at fault, the others together in ``problems``."""
        beside: dict[str, str] = {}
        others: list[str] = []
        names = {field.name for field in fields(type(self.form.value))} if self.form is not None else set()
        for problem in problems:
            sentence = f"{problem.what.rstrip('.')}. {problem.remedy}".rstrip()
            if problem.field in names:
                beside[problem.field] = " ".join(filter(None, (beside.get(problem.field), sentence)))
            else:
                others.append(sentence)
        self.problems.show_text("\n".join(others))
        if self.form is not None:
            self.form.show_problems(beside)


def with_batch(shape: tuple[int, ...] | None) -> str:
    """A shape as (batch, …)."""
    return "(?)" if shape is None else f"({', '.join(('batch', *map(str, shape)))})"


def words(kind: Kind, name: str) -> str:
    """A field's title, as it stands within a sentence: "units", but "L2 penalty"."""
    title = next(field.title for field in fields(type(kind)) if field.name == name)
    return title if title[1:2].isdigit() else title.lower()
