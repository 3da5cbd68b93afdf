"""What is selected: its settings, what it computes, its weights and problems; or the network as a whole."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout

from neuralstudio.data._base import Dataset
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.training._base import Trainer
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms.layer_page import LayerPage
from neuralstudio.ui.forms.overview import LayerTable
from neuralstudio.ui.forms.page import MARGIN, Page, with_batch, words
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.forms.several_page import SeveralPage
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio

_SELDOM = ("schedule", "clipping", "stopping", "shrinking", "order", "leftovers", "measured", "precision")
"""Fields of a trainer that wait behind "More"."""


class InspectorPanel(Panel):
    """A page for the selection, made anew when another card is selected and kept up to date meanwhile."""

    tag = "inspector"
    title = "Inspector"
    area = "right"
    order = 0

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._page: Page | None = None
        self._shown: tuple[object, ...] = ()
        self._name = Sentence(role="title", parent=self)
        self._name.setObjectName("inspector-name")
        self._figure = QLabel()
        self._figure.setObjectName("inspector-figure")
        self._figure.setProperty("role", "muted")
        top = QHBoxLayout()
        top.setContentsMargins(MARGIN, 9, MARGIN, 5)
        top.addWidget(self._name, 1)
        top.addWidget(self._figure)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._scroll, 1)
        self._below = QVBoxLayout()
        self._below.setContentsMargins(MARGIN, 4, MARGIN, 8)
        column.addLayout(self._below)
        studio.document.changed.connect(self._show)
        studio.document.selection_changed.connect(self._show)
        studio.loader.changed.connect(self._show)
        self._show()

    @property
    def form(self) -> KindForm | None:
        """The form of what is selected, if it has one."""
        return self._page.form if self._page is not None else None

    def focus_first(self) -> bool:
        """Puts the focus into the first field; False if there is none."""
        return self.form is not None and self.form.focus_first()

    def _show(self) -> None:
        document = self.studio.document
        selection = document.selection
        # While an edit takes a card away, the selection still names it for a moment.
        known = tuple(item for item in selection if item in (DATA, LOSS) or item in document.network)
        wanted: tuple[object, ...] = (known, _kinds_of(self.studio, known))
        if self._page is None or wanted != self._shown:
            self._shown = wanted
            if self._page is not None:
                self._page.problems.setParent(None)
            self._page = _page_for(self.studio, known)
            self._scroll.setWidget(self._page)
            if self._page.form is not None:
                # Below the fields: above them, they would jump under a hand that is typing.
                self._page.column.removeWidget(self._page.problems)
                self._below.addWidget(self._page.problems)
        self._page.show_document()
        self._name.show_text(self._page.name)
        self._figure.setText(self._page.figure)
        self._name.setToolTip(self._page.about)


class _DataPage(Page):
    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        dataset = studio.document.project.dataset
        self.column.addWidget(Sentence(dataset.summary(), "muted", self))
        self.add_form(dataset).changed.connect(self._on_changed)
        self.column.addSpacing(3)
        self.column.addWidget(headline(self.tr("What it gives")))
        self._gives = Sentence(parent=self)
        self.column.addWidget(self._gives)
        self.column.addStretch(1)

    def show_document(self) -> None:
        dataset = self.studio.document.project.dataset
        loader = self.studio.loader
        self.name = dataset.title
        total = (
            sum(map(len, (loader.data.train, loader.data.validation, loader.data.test))) if loader.data else 0
        )
        self.figure = self.tr("{n} samples").format(n=f"{total:,}") if total else ""
        assert self.form is not None
        self.form.show_value(dataset)
        self.show_problems((Problem("", loader.problem),) if loader.problem else ())
        signature = dataset.signature
        parts = [self.tr("x {shape}").format(shape=with_batch(signature.input_shape))]
        if signature.vocabulary:
            parts.append(self.tr("{n} different tokens").format(n=signature.vocabulary))
        if signature.classes:
            parts.append(self.tr("one of {n} classes").format(n=len(signature.classes)))
        else:
            parts.append(self.tr("{n} numbers to predict").format(n=signature.numbers))
        if signature.steps:
            parts[-1] = self.tr("{what} at each of {n} steps").format(what=parts[-1], n=signature.steps)
        self._gives.show_text(" · ".join(parts))

    def _on_changed(self, dataset: Dataset, field: str, merge_key: str) -> None:
        text = self.tr("change {field} of {name}").format(field=words(dataset, field), name=dataset.title)
        self.studio.document.edit_dataset(text, dataset, f"{DATA}.{merge_key}" if merge_key else "")


class _TrainerPage(Page):
    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        trainer = studio.document.project.trainer
        self.column.addWidget(Sentence(trainer.summary(), "muted", self))
        more = Section(self.tr("More"), "inspector-more", studio.settings, "inspector/more")
        seldom = tuple(field.name for field in fields(type(trainer)) if field.name in _SELDOM)
        self.add_form(trainer, more, seldom).changed.connect(self._on_changed)
        self.column.addStretch(1)

    def show_document(self) -> None:
        document = self.studio.document
        trainer = document.project.trainer
        self.name = self.tr("Training")
        self.figure = trainer.title
        assert self.form is not None
        self.form.show_value(trainer)
        names = {field.name for field in fields(type(trainer))}
        self.show_problems(tuple(each for each in document.report.problems if each.field in names))

    def _on_changed(self, trainer: Trainer, field: str, merge_key: str) -> None:
        text = self.tr("change {field}").format(field=words(trainer, field))
        self.studio.document.edit_trainer(text, trainer, f"{LOSS}.{merge_key}" if merge_key else "")


class _NetworkPage(Page):
    tells_place = True

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._about = Sentence(role="muted", parent=self)
        self._about.setObjectName("inspector-about")
        self._question = Sentence(parent=self)
        self._question.setObjectName("inspector-question")
        self._empty = Sentence(role="muted", parent=self)
        self._table = LayerTable()
        self._table.chosen.connect(lambda node_id: studio.document.select(node_id))
        for widget in (self._about, self._question, self._table, self._empty):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_document(self) -> None:
        document = self.studio.document
        report = document.report
        self.name = document.project.title
        self.figure = self.tr("{n} weights").format(n=f"{report.weights:,}") if report.weights else ""
        self._about.show_text(document.project.about)
        self._question.show_text(document.project.question)
        self._table.show_network(document.network, report)
        self.show_problems(report.problems if len(document.network) else ())
        self._empty.show_text(
            self.tr("Select a card to see and change its settings.")
            if len(document.network)
            else self.tr("There are no layers yet. Drag one from the list of layers onto the canvas.")
        )


def _page_for(studio: Studio, selection: tuple[str, ...]) -> Page:
    if len(selection) > 1:
        return SeveralPage(studio, selection)
    match selection:
        case ():
            return _NetworkPage(studio)
        case (item,) if item == DATA:
            return _DataPage(studio)
        case (item,) if item == LOSS:
            return _TrainerPage(studio)
    return LayerPage(studio, selection[0])


def _kinds_of(studio: Studio, selection: tuple[str, ...]) -> tuple[type[Kind], ...]:
    """The kinds whose forms the page has: a page for other kinds is another page."""
    project = studio.document.project
    cards: dict[str, Kind] = {DATA: project.dataset, LOSS: project.trainer}
    return tuple(type(cards.get(item) or project.network[item].layer) for item in selection)
