"""What is selected: its settings, what it computes, its weights and problems; or the network as a whole."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from neuralstudio.data._base import Dataset
from neuralstudio.layers._base import Layer
from neuralstudio.network import edits
from neuralstudio.network.spec import DATA, display_name
from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.training._base import Trainer
from neuralstudio.ui.document import LOSS
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms.overview import LayerTable
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.forms.weights import WeightsSection
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio

_MARGIN = 14
_SYMBOLS = {"kernel": "W", "bias": "b"}
"""What weights are called in formulas."""


class InspectorPanel(Panel):
    """A page for the selection, made anew when another card is selected and kept up to date meanwhile."""

    tag = "inspector"
    title = "Inspector"
    area = "right"
    order = 0

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._page: _Page | None = None
        self._shown: tuple[object, ...] = ()
        self._name = Sentence(role="title", parent=self)
        self._name.setObjectName("inspector-name")
        self._figure = QLabel()
        self._figure.setObjectName("inspector-figure")
        self._figure.setProperty("role", "muted")
        top = QHBoxLayout()
        top.setContentsMargins(_MARGIN, 9, _MARGIN, 5)
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
        wanted: tuple[object, ...] = (known, _kind_of(self.studio, known))
        if self._page is None or wanted != self._shown:
            self._shown = wanted
            self._page = _page_for(self.studio, known)
            self._scroll.setWidget(self._page)
        self._page.show_document()
        self._name.show_text(self._page.name)
        self._figure.setText(self._page.figure)
        self._name.setToolTip(self._page.about)


class _Page(QWidget):
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
        self.column.setContentsMargins(_MARGIN, 2, _MARGIN, 8)
        self.column.setSpacing(8)
        self.column.addWidget(self.problems)

    def show_document(self) -> None:
        """Bring everything up to date."""
        raise NotImplementedError

    def add_form(self, value: Kind) -> KindForm:
        """A form below what is there."""
        self.form = KindForm(value)
        if fields(type(value)):
            self.column.addWidget(self.form)
        else:
            self.form.setParent(self)
            self.form.hide()
        return self.form

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Each sentence beside the field at fault, the others on top."""
        beside: dict[str, str] = {}
        on_top: list[str] = []
        names = {field.name for field in fields(type(self.form.value))} if self.form is not None else set()
        for problem in problems:
            sentence = f"{problem.what.rstrip('.')}. {problem.remedy}".rstrip()
            if problem.field in names:
                beside[problem.field] = " ".join(filter(None, (beside.get(problem.field), sentence)))
            else:
                on_top.append(sentence)
        self.problems.show_text("\n".join(on_top))
        if self.form is not None:
            self.form.show_problems(beside)


class _LayerPage(_Page):
    def __init__(self, studio: Studio, node_id: str) -> None:
        super().__init__(studio)
        self._node_id = node_id
        layer = studio.document.network[node_id].layer
        self.add_form(layer).changed.connect(self._on_changed)
        self.column.addSpacing(3)
        self.column.addWidget(headline(self.tr("What it computes")))
        self._formula = Sentence(parent=self)
        self._formula.setObjectName("inspector-formula")
        self._shapes = Sentence(role="muted", parent=self)
        self._shapes.setObjectName("inspector-shapes")
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addWidget(self._formula)
        texts.addWidget(self._shapes)
        self.column.addLayout(texts)
        self.column.addSpacing(3)
        self._weights = WeightsSection(studio, node_id)
        self.column.addWidget(self._weights)
        self.column.addStretch(1)

    def show_document(self) -> None:
        document = self.studio.document
        node = document.network[self._node_id]
        figures = document.report.nodes[self._node_id]
        self.name = display_name(node)
        self.about = node.layer.summary()
        self.figure = self.tr("{n} weights").format(n=f"{figures.weights:,}") if figures.weights else ""
        assert self.form is not None
        self.form.show_value(node.layer)
        self.show_problems(document.report.of(self._node_id))
        self._formula.show_text(node.layer.formula)
        parts = [f"x {_with_batch(figures.input_shape)}"]
        for full, shape in figures.weight_shapes.items():
            name = full.rpartition("/")[2]
            parts.append(f"{_SYMBOLS.get(name, name)} ({', '.join(map(str, shape))})")
        joint = "\n→ " if figures.weight_shapes else " → "
        self._shapes.show_text(f"{' · '.join(parts)}{joint}y {_with_batch(figures.output_shape)}")
        self._weights.setVisible(figures.weights > 0)

    def _on_changed(self, layer: Layer, field: str, merge_key: str) -> None:
        document = self.studio.document
        node = document.network[self._node_id]
        text = self.tr("change {field} of {name}").format(field=_words(layer, field), name=display_name(node))
        key = f"{self._node_id}.{merge_key}" if merge_key else ""
        document.edit_network(
            text, edits.replace_layer(document.network, self._node_id, layer), merge_key=key
        )


class _DataPage(_Page):
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
        self.problems.show_text(loader.problem)
        signature = dataset.signature
        parts = [self.tr("x {shape}").format(shape=_with_batch(signature.input_shape))]
        if signature.classes:
            parts.append(self.tr("one of {n} classes").format(n=len(signature.classes)))
        else:
            parts.append(self.tr("{n} numbers to predict").format(n=signature.numbers))
        self._gives.show_text(" · ".join(parts))

    def _on_changed(self, dataset: Dataset, field: str, merge_key: str) -> None:
        text = self.tr("change {field} of {name}").format(field=_words(dataset, field), name=dataset.title)
        self.studio.document.edit_dataset(text, dataset, f"{DATA}.{merge_key}" if merge_key else "")


class _TrainerPage(_Page):
    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        trainer = studio.document.project.trainer
        self.column.addWidget(Sentence(trainer.summary(), "muted", self))
        self.add_form(trainer).changed.connect(self._on_changed)
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
        text = self.tr("change {field}").format(field=_words(trainer, field))
        self.studio.document.edit_trainer(text, trainer, f"{LOSS}.{merge_key}" if merge_key else "")


class _NetworkPage(_Page):
    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._question = Sentence(parent=self)
        self._question.setObjectName("inspector-question")
        self._empty = Sentence(role="muted", parent=self)
        self._table = LayerTable()
        self._table.chosen.connect(lambda node_id: studio.document.select(node_id))
        for widget in (self._question, self._table, self._empty):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_document(self) -> None:
        document = self.studio.document
        report = document.report
        self.name = document.project.title
        self.figure = self.tr("{n} weights").format(n=f"{report.weights:,}") if report.weights else ""
        self._question.show_text(document.project.question)
        self._table.show_network(document.network, report)
        self.problems.show_text("\n".join(map(str, report.problems)) if len(document.network) else "")
        self._empty.show_text(
            self.tr("Select a card to see and change its settings.")
            if len(document.network)
            else self.tr("There are no layers yet. Drag one from the list of layers onto the canvas.")
        )


class _SeveralPage(_Page):
    def __init__(self, studio: Studio, items: tuple[str, ...]) -> None:
        super().__init__(studio)
        self._items = items
        self._names = Sentence(parent=self)
        self.column.addWidget(self._names)
        self.column.addWidget(Sentence(self.tr("Select one card to change its settings."), "muted", self))
        self.column.addStretch(1)

    def show_document(self) -> None:
        project = self.studio.document.project
        names = {node.id: display_name(node) for node in project.network}
        names |= {DATA: project.dataset.title, LOSS: self.tr("Training")}
        self.name = self.tr("{n} cards are selected").format(n=len(self._items))
        self._names.show_text(", ".join(names[item] for item in self._items))


def _page_for(studio: Studio, selection: tuple[str, ...]) -> _Page:
    if len(selection) > 1:
        return _SeveralPage(studio, selection)
    match selection:
        case ():
            return _NetworkPage(studio)
        case (item,) if item == DATA:
            return _DataPage(studio)
        case (item,) if item == LOSS:
            return _TrainerPage(studio)
    return _LayerPage(studio, selection[0])


def _kind_of(studio: Studio, selection: tuple[str, ...]) -> type[Kind] | None:
    """The kind whose form the page has: a page for another kind is another page."""
    project = studio.document.project
    if len(selection) != 1:
        return None
    if selection[0] == DATA:
        return type(project.dataset)
    return type(project.trainer) if selection[0] == LOSS else type(project.network[selection[0]].layer)


def _with_batch(shape: tuple[int, ...] | None) -> str:
    return "(?)" if shape is None else f"({', '.join(('batch', *map(str, shape)))})"


def _words(kind: Kind, name: str) -> str:
    """A field's title, as it stands within a sentence."""
    return next(field.title for field in fields(type(kind)) if field.name == name).lower()
