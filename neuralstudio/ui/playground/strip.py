"""The strip above the playground: how far the run is, how fast it goes, and the settings of the learning."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from neuralstudio.engine.activations import (
    ACTIVATIONS,
    ActivationFunction,
    Formula,
    Linear,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.speed import SPEEDS
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.playground.features_used import FeaturesUsed
from neuralstudio.ui.playground.flow import FlowRow
from neuralstudio.ui.playground.picker import Picker
from neuralstudio.ui.playground.seeds import SeedsButton
from neuralstudio.ui.playground.slow_motion import SlowMotion
from neuralstudio.ui.playground.stop_rules import StopRulesButton
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import scaled
from neuralstudio.ui.toolbar import RATES

PENALTY_RATES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_FIRST: tuple[type[ActivationFunction], ...] = (ReLU, Tanh, Sigmoid, Linear)
_ACTIVATIONS: tuple[type[ActivationFunction], ...] = (
    *_FIRST,
    *(kind for kind in ACTIVATIONS if kind not in (*_FIRST, Softmax, Formula)),
)
"""Those of the page, then all others that need no other settings to make sense in a hidden layer."""


class ControlStrip(FlowRow):
    """Everything it changes goes through the document, so it can be undone; speed alone is the window's."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(across=7, down=6)
        self.setObjectName("playground-strip")
        self._studio = studio
        self._options = studio.options
        self._features = FeaturesUsed(studio.document, self)
        self.flow.setContentsMargins(10, 6, 10, 6)
        self._hideable: list[tuple[str, QWidget]] = []
        self._epoch = self._counter()
        self._sample = self._sample_counter()
        self._add_pickers()
        self._add_buttons()
        self._pace = Pace(self._show_epoch, 60, self)
        studio.document.changed.connect(self._show)
        studio.training.progressed.connect(self._pace.request)
        studio.training.weights_changed.connect(self._pace.request)
        studio.training.speed_changed.connect(self._show_speed)
        self._options.changed.connect(self._show_hidden)
        self._show()
        self._show_speed()
        self._show_epoch()
        self._show_hidden()

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _counter(self) -> QLabel:
        label = QLabel()
        label.setObjectName("playground-epoch")
        label.setAccessibleName(self.tr("Epoch"))
        label.setToolTip(self.tr("How often the network has seen all training points"))
        label.setFont(scaled(label.font(), 1.7, bold=True))
        # Of a fixed size, it does not make the strip lay itself out anew thirty times a second.
        metrics = QFontMetrics(label.font())
        label.setFixedSize(metrics.horizontalAdvance("000,000"), metrics.height())
        self.flow.addWidget(_captioned(self.tr("Epoch"), label))
        return label

    def _sample_counter(self) -> QLabel:
        """Beside the epoch in slow motion: which sample of its batch has its turn."""
        label = QLabel()
        label.setObjectName("playground-sample")
        label.setAccessibleName(self.tr("Sample"))
        label.setToolTip(self.tr("Which sample of the batch is looked at; it has a ring on the map"))
        label.setFont(scaled(label.font(), 1.2, bold=True))
        metrics = QFontMetrics(label.font())
        label.setFixedSize(metrics.horizontalAdvance(self.tr("{} of {}").format(888, 888)), metrics.height())
        self._sample_box = _captioned(self.tr("Sample"), label)
        self._sample_box.hide()
        self.flow.addWidget(self._sample_box)
        return label

    def walk(self, slow: SlowMotion) -> None:
        """In slow motion, samples are counted beside the epochs."""

        def show() -> None:
            is_on = slow.row is not None
            self._sample.setText(self.tr("{} of {}").format(*slow.place) if is_on else "")
            if is_on is self._sample_box.isHidden():
                self._sample_box.setVisible(is_on)
                self.fit()

        slow.changed.connect(show)

    def _add_pickers(self) -> None:
        self._speed = self._picker(
            self.tr("Speed"),
            self.tr("How fast the training runs, from slow motion to as fast as it can"),
            "playground-speed",
            [(speed.label, speed) for speed in SPEEDS],
            self._studio.training.set_speed,
            letters=11,
        )
        self._rate = self._picker(
            self.tr("Learning rate"),
            self.tr("How far each step goes; choose or type a number above 0 up to 10"),
            "playground-learning-rate",
            [(f"{rate:g}", rate) for rate in RATES],
            lambda rate: self._edit(
                self.tr("change learning rate"), lambda project: setup.with_learning_rate(project, rate)
            ),
            hides="learningRate",
            letters=7,
        )
        self._let_type(self._rate)
        self._activation = self._picker(
            self.tr("Activation"),
            self.tr("What each neuron makes of its sum, in all hidden layers"),
            "playground-activation",
            [(kind.title, kind) for kind in _ACTIVATIONS],
            lambda kind: self._edit(
                self.tr("choose {}").format(kind.title),
                lambda project: setup.with_activation(project, kind()),
            ),
            hides="activation",
            letters=8,
        )
        self._penalty = self._picker(
            self.tr("Regularisation"),
            self.tr("What keeps the weights small: L1 drives many to zero, L2 shrinks large ones"),
            "playground-regularisation",
            [(self.tr("None"), "none"), ("L1", "l1"), ("L2", "l2")],
            self._on_penalty_picked,
            hides="regularization",
        )
        self._penalty_rate = self._picker(
            self.tr("Rate"),
            self.tr("How strong the regularisation is; choose or type a number from 0 up"),
            "playground-regularisation-rate",
            [(f"{rate:g}", rate) for rate in PENALTY_RATES],
            self._on_penalty_rate_picked,
            hides="regularizationRate",
        )
        self._let_type(self._penalty_rate)
        self._optimiser = self._picker(
            self.tr("Optimiser"),
            self.tr("How the weights follow their gradients"),
            "playground-optimiser",
            [(kind.title, kind) for kind in OPTIMISERS],
            self._on_optimiser_picked,
            letters=8,
        )
        self._problem = self._picker(
            self.tr("Problem"),
            self.tr("Classes to tell apart, or numbers to predict"),
            "playground-problem",
            [(self.tr("Classification"), "classification"), (self.tr("Regression"), "regression")],
            lambda problem: self._edit(
                self.tr("choose the problem {}").format(problem),
                lambda project: self._features.given_back(setup.with_problem(project, problem)),
            ),
            hides="problem",
            letters=12,
        )

    def _add_buttons(self) -> None:
        actions = self._studio.actions
        titles = {
            "reset": (self.tr("Reset"), "resetButton"),
            "new-weights": (self.tr("New weights"), ""),
            "copy-link": (self.tr("Share link"), ""),
        }
        for name, (title, hides) in titles.items():
            if name in actions:
                self.flow.addWidget(self._button(actions[name], title, hides))
        self._seeds = SeedsButton(self._studio)
        self._rules = StopRulesButton(self._studio)
        self._all = QPushButton(self.tr("Show all controls"))
        self._all.setObjectName("playground-show-all")
        self._all.setProperty("role", "compact")
        self._all.setToolTip(self.tr("The link that was opened hides some of the controls"))
        self._all.clicked.connect(lambda: self._options.choose(hidden=frozenset()))
        for button in (self._seeds, self._rules, self._all):
            self.flow.addWidget(button)

    def _button(self, action: QAction, title: str, hides: str) -> QToolButton:
        """A button for an action of the window, with a name that stands by itself."""
        button = QToolButton()
        button.setObjectName(f"playground-{action.objectName().removeprefix('action-')}")
        button.setText(title)
        button.setToolTip(action.toolTip())
        button.setProperty("role", "compact")
        button.setAccessibleName(title)
        button.setAccessibleDescription(action.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(action.trigger)
        action.enabledChanged.connect(button.setEnabled)
        button.setEnabled(action.isEnabled())
        if hides:
            self._hideable.append((hides, button))
        return button

    def _picker(
        self,
        title: str,
        about: str,
        name: str,
        choices: list[tuple[str, Any]],
        picked: Callable[[Any], object],
        hides: str = "",
        letters: int = 5,
    ) -> Picker:
        picker = Picker(title, about, name, choices, letters)
        picker.picked.connect(picked)
        box = _captioned(title, picker)
        if hides:
            self._hideable.append((hides, box))
        self.flow.addWidget(box)
        return picker

    def _let_type(self, picker: Picker) -> None:
        picker.allow_typing()
        picker.typed.connect(partial(self._on_typed, picker))

    # ── from the studio ──────────────────────────────────────────────────────────────────────────

    def _show(self) -> None:
        project = self._studio.document.project
        self._show_training(project)
        try:
            now = setup.read(project)
        except ProblemError:
            for picker in (self._activation, self._penalty, self._penalty_rate):
                picker.setEnabled(False)
                picker.show_value("–", lambda _value: False)
            return
        self._penalty.setEnabled(True)
        found = {column.activation for column in now.hidden}
        only = found.pop() if len(found) == 1 else None
        several = self.tr("several") if found else self.tr("none")
        self._activation.show_value(only.title if only else several, lambda kind: type(only) is kind)
        self._activation.setEnabled(bool(now.hidden))
        titles = {"none": self.tr("None"), "l1": "L1", "l2": "L2"}
        self._penalty.show_value(titles[now.penalty], lambda penalty: penalty == now.penalty)
        self._penalty_rate.show_value(f"{now.penalty_rate:g}", lambda rate: rate == now.penalty_rate)
        self._penalty_rate.setEnabled(now.penalty != "none")

    def _show_training(self, project: Project) -> None:
        """What any network on the plane has."""
        trainer = project.trainer
        is_on = isinstance(trainer, Backprop) and setup.has_plane(project)
        for picker in (self._rate, self._optimiser, self._problem):
            picker.setEnabled(is_on)
        if isinstance(trainer, Backprop):
            optimiser = trainer.optimiser
            rate = optimiser.learning_rate
            self._rate.show_value(f"{rate:g}", lambda each: each == rate)
            self._optimiser.show_value(optimiser.title, lambda kind: kind is type(optimiser))
        task = project.dataset.signature.task
        self._problem.show_value(task, lambda problem: problem == task)

    def _show_speed(self) -> None:
        speed = self._studio.training.speed
        self._speed.show_value(speed.label, lambda each: each == speed)

    def _show_epoch(self) -> None:
        training = self._studio.training
        moment = training.moment
        epoch = training.position.epoch if moment is None else int(moment.epoch)
        self._epoch.setText(f"{epoch:,}")

    def _show_hidden(self) -> None:
        hidden = self._options.hidden
        for name, widget in self._hideable:
            widget.setHidden(name in hidden)
        self._all.setVisible(bool(hidden))
        self.fit()

    # ── to the document ──────────────────────────────────────────────────────────────────────────

    def _edit(self, words: str, change: Callable[[Project], Project]) -> None:
        document = self._studio.document
        try:
            document.edit(words, change(document.project))
        except ProblemError as error:
            self._studio.training.warned.emit(str(error))
        self._show()

    def _on_typed(self, picker: Picker, text: str) -> None:
        try:
            value = float(text.strip().replace(",", ".").replace("−", "-"))
        except ValueError:
            sentence = self.tr("{}: expected a number. Received: {}").format(picker.accessibleName(), text)
            self._studio.training.warned.emit(sentence)
            self._show()
            return
        picker.picked.emit(value)

    def _on_penalty_picked(self, penalty: Any) -> None:
        def change(project: Project) -> Project:
            return setup.with_penalty(project, penalty, setup.read(project).penalty_rate)

        self._edit(self.tr("choose the regularisation"), change)

    def _on_penalty_rate_picked(self, rate: float) -> None:
        def change(project: Project) -> Project:
            return setup.with_penalty(project, setup.read(project).penalty, rate)

        self._edit(self.tr("change the regularisation's rate"), change)

    def _on_optimiser_picked(self, kind: Any) -> None:
        def change(project: Project) -> Project:
            assert isinstance(project.trainer, Backprop)
            rate = project.trainer.optimiser.learning_rate
            try:
                optimiser = replaced(kind(), learning_rate=rate)
            except ProblemError:
                optimiser = kind()
            return setup.with_optimiser(project, optimiser)

        self._edit(self.tr("choose {}").format(kind.title), change)


def _captioned(caption: str, value: QWidget) -> QWidget:
    """A small caption over a control."""
    box = QWidget()
    title = QLabel(caption)
    title.setProperty("role", "caption")
    title.setBuddy(value)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    column.addWidget(title)
    column.addWidget(value)
    return box
