"""Training in the window: what the buttons mean, and the timer that brings the figures over."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from neuralstudio.data._base import Data
from neuralstudio.engine.graph import Array
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.changes import is_live_change
from neuralstudio.session.inbox import Inbox
from neuralstudio.session.predict import Predictor
from neuralstudio.session.run import Gate, Order, Run
from neuralstudio.training._base import Position
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Finished, Started, StepDone, Warned
from neuralstudio.training.history import History
from neuralstudio.ui.document import Document
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.worker import Worker

FRAME = 80
"""Milliseconds between looks into the mailbox."""


class TrainingController(QObject):
    """Train, pause, step, reset and stop the document's network, and its figures while it trains."""

    state_changed = Signal()
    progressed = Signal()
    """Figures came in (a dozen times a second)."""
    weights_changed = Signal()
    """``predictor`` has newer weights or is another: a snapshot came in, or the network changed."""
    warned = Signal(str)
    """A sentence for the person: the run diverged, failed, or cannot start."""
    finished = Signal()

    def __init__(self, document: Document, loader: DataLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.loader = loader
        self.samples_per_second = 0.0
        self.predictor: Predictor | None = None
        """Knows the newest weights; None while the network has problems."""
        self.history = History()
        """The curves, as far as they were drained."""
        self.started: Started | None = None
        self.last_step: StepDone | None = None
        self.last_epoch: EpochDone | None = None
        self.outcome: Finished | None = None
        self._run: Run | None = None
        self._worker: Worker | None = None
        self._gate = Gate()
        self._inbox = Inbox()
        self._project = document.project
        self._weights: dict[str, Array] = {}
        self._saved: SavedRun | None = None
        self._shelf: tuple[Project, SavedRun] | None = None
        self._last_drain = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME)
        self._timer.timeout.connect(self._drain)
        document.changed.connect(self._on_document_changed)
        document.replaced.connect(self._on_document_replaced)
        self._renew_predictor()

    # ── what the buttons do ──────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> Literal["idle", "running", "paused"]:
        """ "idle": no run is under way (none yet, finished, or stopped)."""
        if self._worker is None:
            return "idle"
        return "paused" if self._gate.order is Order.PAUSE else "running"

    @property
    def position(self) -> Position:
        """Where the run stands."""
        if self._run is not None:
            return self._run.learner.position
        return self._saved.position if self._saved else Position()

    @property
    def total_epochs(self) -> int:
        """The epoch the run goes to."""
        trainer = self.document.project.trainer
        return self.started.epochs if self.started else getattr(trainer, "epochs", 0)

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the present speed; None while it is not known."""
        if self.started is None or not self.samples_per_second or self.state != "running":
            return None
        position = self.position
        done = position.epoch + position.batch / self.started.steps_per_epoch
        return max(0.0, (self.total_epochs - done) * self.started.samples_per_epoch / self.samples_per_second)

    def train(self) -> None:
        """Starts, or goes on after a pause."""
        self._order(Order.RUN)

    def pause(self) -> None:
        """Stands still after the step under way."""
        if self._worker is not None:
            self._order(Order.PAUSE)

    def toggle(self) -> None:
        """Trains or pauses: the space bar."""
        self.pause() if self.state == "running" else self.train()

    def step_batch(self) -> None:
        """Learns one batch, then pauses."""
        self._order(Order.STEP_BATCH)

    def step_epoch(self) -> None:
        """Learns to the end of the epoch, then pauses."""
        self._order(Order.STEP_EPOCH)

    def stop(self) -> None:
        """Ends the run; its weights and curves stay, and training can go on from them."""
        if self._worker is not None:
            self._gate.give(Order.STOP)
            self._worker.wait()
            self._on_worker_finished()

    def reset(self) -> None:
        """Back to the very same start: weights, order and noise come again."""
        self._forget_run()
        self._weights, self._saved = {}, None
        self._clear_figures()
        self._renew_predictor()

    def saved_run(self) -> SavedRun | None:
        """Everything a file keeps of the run; None before the first step. A running run waits for it."""
        if self._run is None or self._run.learner.position.step == 0:
            if self._saved is None and self._weights and self.predictor is not None:
                return SavedRun(self.predictor.model.parameters.named())
            return self._saved
        with self._standing_still():
            return self._run.saved()

    def restore(self, saved: SavedRun) -> None:
        """Takes up a run from a file, for the document as it is now."""
        self._forget_run()
        self._saved = saved
        self._weights = saved.weights
        self._clear_figures()
        self._restore_history(saved)
        self._renew_predictor()
        self.progressed.emit()

    def _restore_history(self, saved: SavedRun) -> None:
        try:
            if saved.history:
                self.history.restore(saved.history)
        except (KeyError, ValueError):
            self.warned.emit(self.tr("The curves of the saved run cannot be read; the weights are there."))

    # ── the run ──────────────────────────────────────────────────────────────────────────────────

    def _order(self, order: Order) -> None:
        if self._worker is not None:
            self._gate.give(order)
            self.state_changed.emit()
            return
        problems = errors(self.document.report.problems)
        if problems:
            self.warned.emit(str(problems[0]))
            return
        project = self.document.project
        self.loader.want(project.dataset, project.seeds.data)
        if self.loader.problem:
            self.warned.emit(self.loader.problem)
            return
        self.loader.when_ready(lambda: self._begin(order))

    def _begin(self, order: Order) -> None:
        data = self.loader.data
        if self._worker is not None or data is None:
            return
        project = self.document.project
        try:
            run = self._run or self._new_run(project, data)
        except ProblemError as error:
            self.warned.emit(str(error))
            return
        assert isinstance(project.trainer, Backprop)
        done, wanted = run.learner.position.epoch, project.trainer.epochs
        # A finished run goes on for as many epochs again.
        epochs = wanted if done < wanted else done + wanted
        run.control.epochs = epochs
        self._run = run
        self.outcome = None
        self._gate = Gate(order)
        self._inbox = Inbox()
        self._worker = Worker(run, self._inbox, epochs, self._gate, self)
        self._worker.finished.connect(self._on_worker_finished)
        self._last_drain = perf_counter()
        self._worker.start()
        self._timer.start()
        self.document.mark_trained()
        self.state_changed.emit()

    def _new_run(self, project: Project, data: Data) -> Run:
        run = Run(project, data)
        if self._saved is not None:
            run.restore(self._saved)
        else:
            run.learner.model.parameters.load(self._weights)
        return run

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        """Makes the worker wait between two steps for the length of a ``with`` block."""
        order = self._gate.order
        if self._worker is None or not self._worker.isRunning():
            yield
            return
        self._gate.give(Order.PAUSE)
        while not self._gate.wait_until_paused(0.05) and self._worker.isRunning():
            pass
        yield
        self._gate.give(order)

    def _forget_run(self) -> None:
        if self._worker is not None:
            self.stop()
        self._run = None

    def _on_worker_finished(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.finished.disconnect(self._on_worker_finished)
        worker.wait()
        self._timer.stop()
        self._drain()
        if worker.failure:
            self.warned.emit(worker.failure)
        worker.deleteLater()
        self.state_changed.emit()
        self.finished.emit()

    def _drain(self) -> None:
        events, snapshot = self._inbox.drain()
        now = perf_counter()
        samples = 0
        for event in events:
            self.history.record(event)
            match event:
                case StepDone():
                    samples += event.samples
                    self.last_step = event
                case EpochDone():
                    self.last_epoch = event
                case Started():
                    self.started = event
                case Finished():
                    self.outcome = event
                case Warned():
                    self.warned.emit(f"{event.what}. {event.remedy}")
                case _:
                    pass
        if samples:
            speed = samples / max(now - self._last_drain, 1e-6)
            old = self.samples_per_second
            self.samples_per_second = speed if not old else 0.8 * old + 0.2 * speed
        self._last_drain = now
        if snapshot is not None and self.predictor is not None:
            self.predictor.load(snapshot.weights)
            self.weights_changed.emit()
        was_stepping = self.state == "paused"
        if events:
            self.progressed.emit()
            if was_stepping or any(isinstance(event, Finished) for event in events):
                self.state_changed.emit()

    # ── the document ─────────────────────────────────────────────────────────────────────────────

    def _on_document_replaced(self) -> None:
        self._forget_run()
        self._weights, self._saved, self._shelf = {}, None, None

    def _on_document_changed(self) -> None:
        before, after = self._project, self.document.project
        self._project = after
        if is_live_change(before, after):
            assert isinstance(after.trainer, Backprop)
            if self._run is not None:
                self._run.control.learning_rate = after.trainer.optimiser.learning_rate
                if before.trainer != after.trainer:
                    self._run.control.epochs = max(after.trainer.epochs, self.position.epoch + 1)
            self.progressed.emit()
            return
        left = self.saved_run()
        self._forget_run()
        if left is not None and left.position.step:
            self._shelf = (before, left)
        self._clear_figures()
        if self._shelf is not None and is_live_change(self._shelf[0], after):
            # Back where the last run was, by undo: it is all there again.
            self._saved = self._shelf[1]
            self._weights = self._saved.weights
            self._restore_history(self._saved)
        else:
            self._saved = None
            self._weights = left.weights if left is not None else self._weights
        self._renew_predictor()
        self.progressed.emit()

    def _clear_figures(self) -> None:
        self.history = History()
        self.started = self.last_step = self.last_epoch = self.outcome = None
        self.samples_per_second = 0.0
        self.progressed.emit()
        self.state_changed.emit()

    def _renew_predictor(self) -> None:
        try:
            self.predictor = Predictor(self.document.project)
            self.predictor.model.parameters.load(self._weights)
        except ProblemError:
            self.predictor = None
        self.weights_changed.emit()
