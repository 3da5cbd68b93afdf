"""Ten thousand random edits, undos and redos: nothing breaks or is left behind, all can be taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PySide6.QtCore import QEvent, QObject, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.apartments import Apartments
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.curve import Curve
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.losses import BinaryCrossEntropy, MeanSquaredError
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.edits import draw_again, set_fields, set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.groups import shown_groups
from neuralstudio.project.remedies import remedies
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.document import Document
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import ThemeController
from neuralstudio.ui.training import TrainingController

TAGS = tuple(kind.tag() for kind in LAYERS)
STARTS = ("empty", "xor", "residual-cnn", "shakespeare-lstm")
NUMBER = st.integers(0, 1000)
EXAMPLES, STEPS = 220, 100
"""About a third of the changes are those of undoing all and doing it again at the end of a round."""
DATASETS: tuple[Dataset, ...] = (Xor(count=40), Circle(count=40), Apartments(count=60), Curve(count=40))
TRAINING: tuple[dict[str, Any], ...] = (
    {"batch_size": 4},
    {"epochs": 7},
    {"loss": MeanSquaredError()},
    {"loss": BinaryCrossEntropy()},
    {"optimiser": SGD()},
    {"optimiser": Adam(learning_rate=0.05)},
)


@contextmanager
def small_studio(folder: Path) -> Iterator[Studio]:
    keep = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    document, loader = Document(), DataLoader()
    training = TrainingController(document, loader)
    try:
        yield Studio(document, loader, training, ThemeController(keep), keep, {})
    finally:
        training.stop()
        loader.finish()


def other_value(field: Field, number: int) -> object:
    """A value for a field, mostly an allowed one."""
    low = field.minimum or 0
    match field.editor:
        case "integer":
            return int(low) + number % 9
        case "number":
            return low + number / 500
        case "switch":
            return number % 2 == 0
        case "choice":
            return field.choices[number % len(field.choices)]
        case "kind":
            return field.kinds[number % len(field.kinds)]()
        case "several":
            return field.choices[: 1 + number % len(field.choices)]
    return f"?×{number}"


class Editing(RuleBasedStateMachine):
    """A person at the canvas with a restless hand."""

    panel: BuildPanel
    """Shown once for all rounds: each opens another document on it."""
    made = 0
    """Edits, undos and redos that changed the document."""
    is_counting = False
    children = 0
    """Objects the panel owns, when a network of one layer is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.studio = self.panel.studio
        self.document = self.studio.document
        self.edits = self.panel.edits

    def card(self, number: int, *more: str) -> str:
        names = [*more, *(node.id for node in self.document.network)]
        return names[number % len(names)] if names else ""

    @initialize(start=st.sampled_from(STARTS))
    def open(self, start: str) -> None:
        self.first = Project() if start == "empty" else example(start)
        self.document.open(self.first)
        type(self).is_counting = True

    @rule(tag=st.sampled_from(TAGS), number=NUMBER, way=st.sampled_from(["insert", "branch", "drop", "wire"]))
    def add(self, tag: str, number: int, way: str) -> None:
        if len(self.document.network) > 25:
            return
        after = self.card(number, DATA)
        if way == "drop":
            self.edits.drop(tag)
        elif way == "wire":
            wires = [wire.content.nodes for wire in self.panel.scene.wires.values()]
            self.edits.insert_between(tag, *wires[number % len(wires)])
        else:
            {"insert": self.edits.insert, "branch": self.edits.branch}[way](tag, after)

    @rule(number=NUMBER, which=NUMBER, value=NUMBER, key=st.sampled_from(["", "drag"]))
    def set_a_field(self, number: int, which: int, value: int, key: str) -> None:
        if not len(self.document.network):
            return
        node = self.document.network[self.card(number)]
        declared = fields(type(node.layer))
        if not declared:
            return
        field = declared[which % len(declared)]
        with suppress(ProblemError):
            network = set_fields(self.document.network, node.id, **{field.name: other_value(field, value)})
            self.document.edit_network("set", network, merge_key=key)

    @rule(number=NUMBER, learning=st.sampled_from([Learning(), Learning(is_frozen=True), Learning(l2=0.1)]))
    def set_how_a_layer_learns(self, number: int, learning: Learning) -> None:
        if len(self.document.network):
            network = set_learning(self.document.network, self.card(number), learning)
            self.document.edit_network("learn", network)

    @rule(number=NUMBER)
    def draw_weights_again(self, number: int) -> None:
        if len(self.document.network):
            self.document.edit_network("draw", draw_again(self.document.network, self.card(number)))

    @rule(dataset=st.sampled_from(DATASETS))
    def choose_data(self, dataset: Dataset) -> None:
        self.document.edit_dataset("data", dataset)

    @rule(changes=st.sampled_from(TRAINING))
    def set_training(self, changes: dict[str, Any]) -> None:
        self.document.edit_trainer("training", replaced(self.document.project.trainer, **changes))

    @rule(numbers=st.lists(NUMBER, max_size=4))
    def select(self, numbers: list[int]) -> None:
        self.document.select(*{self.card(number, DATA, LOSS): None for number in numbers})

    @rule(
        name=st.sampled_from(
            [
                "delete",
                "duplicate",
                "copy",
                "cut",
                "paste",
                "group",
                "ungroup",
                "select_all",
                "earlier",
                "later",
            ]
        )
    )
    def press(self, name: str) -> None:
        if name in ("duplicate", "paste") and len(self.document.network) > 25:
            return
        ways: dict[str, Callable[[], object]] = {
            "earlier": lambda: self.edits.shift(-1),
            "later": lambda: self.edits.shift(1),
        }
        (ways.get(name) or getattr(self.edits, name))()

    @rule(source=NUMBER, reader=NUMBER, is_taken=st.booleans())
    def wire(self, source: int, reader: int, is_taken: bool) -> None:
        if len(self.document.network):
            do = self.edits.unwire if is_taken else self.edits.wire
            do(self.card(source, DATA), self.card(reader))

    @rule(numbers=st.lists(NUMBER, min_size=1, max_size=3), to=NUMBER)
    def move(self, numbers: list[int], to: int) -> None:
        wires = [wire.content.nodes for wire in self.panel.scene.wires.values()]
        if len(self.document.network) and wires:
            self.edits.move_part({self.card(number) for number in numbers}, *wires[to % len(wires)])

    @rule(number=NUMBER)
    def open_or_close_a_group(self, number: int) -> None:
        groups = self.document.project.groups
        if groups:
            self.edits.toggle_group(groups[number % len(groups)].name)

    @rule(number=NUMBER)
    def take_a_remedy(self, number: int) -> None:
        problems = self.document.report.problems
        if problems:
            for remedy in remedies(self.document.project, problems[number % len(problems)])[:1]:
                self.document.edit(remedy.title, remedy.project)

    @rule(times=st.integers(1, 12))
    def undo(self, times: int) -> None:
        for _ in range(times):
            self.document.undo_stack.undo()

    @rule(times=st.integers(1, 12))
    def redo(self, times: int) -> None:
        for _ in range(times):
            self.document.undo_stack.redo()

    @invariant()
    def the_canvas_shows_the_document_and_nothing_else(self) -> None:
        network, scene = self.document.network, self.panel.scene
        shown = [member for card in scene.cards.values() for member in card.content.members]
        assert sorted(shown) == sorted(node.id for node in network)
        is_open = {group.name for group in shown_groups(self.document.project) if not group.is_collapsed}
        assert scene.frames.keys() == is_open
        assert len(scene.items()) == len(scene.cards) + len(scene.wires) + len(scene.frames)
        assert set(self.document.selection) <= {DATA, LOSS, *(node.id for node in network)}

    def teardown(self) -> None:
        stack = self.document.undo_stack
        last = self.document.project
        steps = stack.index()
        while stack.canUndo():
            stack.undo()
        assert self.document.project == self.first
        for _ in range(steps):
            stack.redo()
        assert self.document.project == last
        type(self).is_counting = False
        assert self.left_behind() == self.children

    def left_behind(self) -> int:
        """Objects the panel owns once a small network is shown."""
        self.document.open(Project())
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
        return len(self.panel.findChildren(QObject))


def count() -> None:
    """The document changed."""
    Editing.made += Editing.is_counting


@pytest.mark.timeout(600)  # a minute where nothing else runs
def test_ten_thousand_edits_can_all_be_taken_back_and_leave_nothing_behind(qtbot: QtBot) -> None:
    with TemporaryDirectory() as folder, small_studio(Path(folder)) as studio:
        panel = BuildPanel(studio)
        qtbot.addWidget(panel)
        panel.resize(900, 480)
        panel.show()
        qtbot.waitExposed(panel)
        Editing.panel, Editing.made = panel, 0
        studio.document.changed.connect(count)
        for _ in range(2):  # what is made when it is first wanted
            Editing.children = Editing().left_behind()
        runner: Any = Editing.TestCase
        runner.settings = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        runner("runTest").runTest()
        assert Editing.made >= 10_000


def test_an_edit_that_cannot_be_is_told_and_changes_nothing(qtbot: QtBot) -> None:
    with TemporaryDirectory() as folder, small_studio(Path(folder)) as studio:
        panel = BuildPanel(studio)
        qtbot.addWidget(panel)
        studio.document.open(example("residual-cnn"))
        before = studio.document.project
        node = before.network.nodes[0].id
        studio.document.select(node)
        ways: tuple[Callable[[], None], ...] = (lambda: panel.edits.wire(node, node), panel.edits.group)
        for refused in ways:
            with qtbot.waitSignal(panel.edits.told) as told:
                refused()
            assert told.args[0].endswith(".")
            assert studio.document.project == before
    with pytest.raises(ProblemError):
        example("no such example")
