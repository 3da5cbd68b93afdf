"""Ten thousand random edits, undos and redos: nothing breaks or is left behind, all can be taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.remedies import remedies
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.canvas.card import CardItem
from neuralstudio.ui.canvas.wire import WireItem
from neuralstudio.ui.document import Document
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import ThemeController
from neuralstudio.ui.training import TrainingController

TAGS = tuple(kind.tag() for kind in LAYERS)
STARTS = ("empty", "xor", "residual-cnn", "shakespeare-lstm")
NUMBER = st.integers(0, 1000)
EXAMPLES, STEPS = 250, 100
"""A sixth of the steps only select."""


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


class Editing(RuleBasedStateMachine):
    """A person at the canvas with a restless hand."""

    panel: BuildPanel
    """Shown once for all rounds: each opens another document on it."""
    made = 0

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
        self.count()

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
        self.count()

    @rule(source=NUMBER, reader=NUMBER, is_taken=st.booleans())
    def wire(self, source: int, reader: int, is_taken: bool) -> None:
        if len(self.document.network):
            do = self.edits.unwire if is_taken else self.edits.wire
            do(self.card(source, DATA), self.card(reader))
            self.count()

    @rule(numbers=st.lists(NUMBER, min_size=1, max_size=3), to=NUMBER)
    def move(self, numbers: list[int], to: int) -> None:
        wires = [wire.content.nodes for wire in self.panel.scene.wires.values()]
        if len(self.document.network) and wires:
            self.edits.move_part({self.card(number) for number in numbers}, *wires[to % len(wires)])
            self.count()

    @rule(number=NUMBER)
    def open_or_close_a_group(self, number: int) -> None:
        groups = self.document.project.groups
        if groups:
            self.edits.toggle_group(groups[number % len(groups)].name)
            self.count()

    @rule(number=NUMBER)
    def take_a_remedy(self, number: int) -> None:
        problems = self.document.report.problems
        if problems:
            for remedy in remedies(self.document.project, problems[number % len(problems)])[:1]:
                self.document.edit(remedy.title, remedy.project)
            self.count()

    @rule(times=st.integers(1, 6))
    def undo(self, times: int) -> None:
        for _ in range(times):
            self.document.undo_stack.undo()
        self.count()

    @rule(times=st.integers(1, 6))
    def redo(self, times: int) -> None:
        for _ in range(times):
            self.document.undo_stack.redo()
        self.count()

    def count(self) -> None:
        type(self).made += 1

    @invariant()
    def the_canvas_shows_the_document_and_nothing_else(self) -> None:
        network, scene = self.document.network, self.panel.scene
        shown = [member for card in scene.cards.values() for member in card.content.members]
        assert sorted(shown) == sorted(node.id for node in network)
        items = [item for item in scene.items() if isinstance(item, CardItem | WireItem)]
        assert len(items) == len(scene.cards) + len(scene.wires)
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
        QApplication.processEvents()


def test_ten_thousand_edits_can_all_be_taken_back_and_leave_nothing_behind(qtbot: QtBot) -> None:
    with TemporaryDirectory() as folder, small_studio(Path(folder)) as studio:
        panel = BuildPanel(studio)
        qtbot.addWidget(panel)
        panel.resize(900, 480)
        panel.show()
        qtbot.waitExposed(panel)
        Editing.panel = panel
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
