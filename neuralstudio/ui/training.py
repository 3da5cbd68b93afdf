"""Training in the window: what the buttons mean, and the timer that brings the figures over."""

from collections.abc import Iterator
from contextlib import contextmanager
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
from neuralstudio.ui.progress import Progress
from neuralstudio.ui.worker import Worker

State = Literal["idle", "loading", "running", "paused"]
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
    """A sentence for the person: the run diverged, failed, was ended by an edit, or cannot start."""
    finished = Signal()

    def __init__(self, document: Document, loader: DataLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.loader = loader
        self.progress = Progress()
        self.predictor: Predictor | None = None
        """Knows the newest weights; None while the network has problems."""
        self._run: Run | None = None
        self._worker: Worker | None = None
        self._pending: Order | None = None
        self._gate = Gate()
        self._inbox = Inbox()
        self._project: Project | None = document.project
        self._weights: dict[str, Array] = {}
        self._saved: SavedRun | None = None
        self._shelf: tuple[Project, SavedRun] | None = None
        self._announced: State = "idle"
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME)
        self._timer.timeout.connect(self._drain)
        document.changed.connect(self._on_document_changed)
        document.replaced.connect(self._on_document_replaced)
        self._renew_predictor()

    @property
    def state(self) -> State:
        """ "idle": no run is under way (none yet, finished, or stopped); "loading": it waits for its data."""
        if self._worker is None:
            return "idle" if self._pending is None else "loading"
        return "paused" if self._gate.order is Order.PAUSE else "running"

    @property
    def history(self) -> History:
        """The curves."""
        return self.progress.history

    @property
    def started(self) -> Started | None:
        """How the present run began."""
        return self.progress.started

    @property
    def last_step(self) -> StepDone | None:
        """The latest step drained."""
        return self.progress.last_step

    @property
    def last_epoch(self) -> EpochDone | None:
        """The latest finished epoch."""
        return self.progress.last_epoch

    @property
    def outcome(self) -> Finished | None:
        """How the last run ended."""
        return self.progress.outcome

    @property
    def position(self) -> Position:
        """Where the run stands."""
        if self._run is not None:
            return self._run.learner.position
        return self._saved.position if self._saved else Position()

    @property
    def total_epochs(self) -> int:
        """The epoch the run goes to; never less than it has come to, in this session or in its file."""
        if self._run is not None and self._run.control.epochs is not None:
            return self._run.control.epochs
        position = self.position
        return max(getattr(self.document.project.trainer, "epochs", 0), position.epoch + (position.batch > 0))

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the present speed; None while it is not known."""
        started, speed = self.progress.started, self.progress.samples_per_second
        if started is None or not speed or self.state != "running":
            return None
        position = self.position
        done = position.epoch + position.batch / started.steps_per_epoch
        return max(0.0, (self.total_epochs - done) * started.samples_per_epoch / speed)

    # ── what the buttons do ──────────────────────────────────────────────────────────────────────

    def train(self) -> None:
        """Starts, or goes on after a pause."""
        self._order(Order.RUN)

    def pause(self) -> None:
        """Stands still after the step under way; a run that waits for its data does not begin."""
        if self._worker is not None:
            self._order(Order.PAUSE)
        else:
            self._forget_order()

    def toggle(self) -> None:
        """Trains or pauses: the space bar."""
        self.pause() if self.state in ("running", "loading") else self.train()

    def step_batch(self) -> None:
        """Learns one batch, then pauses."""
        self._order(Order.STEP_BATCH)

    def step_epoch(self) -> None:
        """Learns to the end of the epoch, then pauses."""
        self._order(Order.STEP_EPOCH)

    def stop(self) -> None:
        """Ends the run; its weights and curves stay, and training can go on from them."""
        self._forget_order()
        if self._worker is not None:
            self._gate.give(Order.STOP)
            self._worker.wait()
            self._on_worker_finished()

    def reset(self) -> None:
        """Back to the very same start: weights, order and noise come again."""
        self._forget_run()
        self._weights, self._saved, self._shelf = {}, None, None
        self._clear_figures()
        self._renew_predictor()
        self.document.mark_untrained()

    def saved_run(self) -> SavedRun | None:
        """Everything a file keeps of the run; None before the first step. A running run waits for it."""
        if self._run is None or self._run.learner.position.step == 0:
            if self._saved is None and self._weights:
                fitting = self.predictor.model.parameters.named() if self.predictor else self._weights
                return SavedRun(fitting)
            return self._saved
        with self._standing_still():
            self._drain()
            return self._run.saved()

    def restore(self, saved: SavedRun) -> None:
        """Takes up a run from a file, for the document as it is now."""
        self._forget_run()
        self._clear_figures()
        self._take_up(saved)
        self._renew_predictor()
        self.progressed.emit()

    # ── the run ──────────────────────────────────────────────────────────────────────────────────

    def _order(self, order: Order) -> None:
        if self._worker is not None:
            self._gate.give(order)
            self._announce()
            return
        problems = errors(self.document.report.problems)
        if problems:
            self.warned.emit(str(problems[0]))
            return
        project = self.document.project
        self._pending = order
        self.loader.want(project.dataset, project.seeds.data)
        self.loader.when_ready(self._begin, self._on_load_failed)
        self._announce()

    def _begin(self) -> None:
        order, self._pending = self._pending, None
        data = self.loader.data
        if self._worker is not None or data is None or order is None:
            return
        try:
            run = self._run or self._new_run(self.document.project, data)
        except ProblemError as error:
            self.warned.emit(str(error))
            self._announce()
            return
        run.control.epochs = run.goal
        self._run = run
        self._gate = Gate(order)
        self._inbox = Inbox()
        self._worker = Worker(run, self._inbox, run.goal, self._gate, self)
        self._worker.finished.connect(self._on_worker_finished)
        self.progress.resume()
        self._worker.start()
        self._timer.start()
        self._announce()

    def _on_load_failed(self, sentence: str) -> None:
        if self._pending is not None:
            self._forget_order()
            self.warned.emit(sentence)

    def _new_run(self, project: Project, data: Data) -> Run:
        run = Run(project, data)
        if self._saved is not None and self._saved.position.step:
            run.restore(self._saved)
        else:
            run.learner.model.parameters.load(self._weights)
        return run

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        """Makes the worker wait between two steps for the length of a ``with`` block."""
        if self._worker is None or not self._worker.isRunning():
            yield
            return
        self._gate.hold()
        try:
            while not self._gate.wait_until_still(0.05) and self._worker.isRunning():
                pass
            yield
        finally:
            self._gate.let_go()

    def _forget_order(self) -> None:
        self._pending = None
        self._announce()

    def _forget_run(self) -> None:
        self.stop()
        self._run = None

    def _on_worker_finished(self) -> None:
        worker = self._worker
        if worker is None or not worker.isFinished():
            return  # the signal of one stopped before
        self._worker = None
        self._timer.stop()
        self._drain()
        worker.deleteLater()
        if worker.failure:
            self.warned.emit(worker.failure)
        self.state_changed.emit()
        self.finished.emit()

    def _drain(self) -> None:
        events, snapshot = self._inbox.drain()
        if self.progress.take_in(events):
            self.document.mark_trained()
        for event in events:
            if isinstance(event, Warned):
                self.warned.emit(f"{event.what}. {event.remedy}")
        if snapshot is not None and self.predictor is not None:
            self.predictor.load(snapshot.weights)
            self.weights_changed.emit()
        if events:
            self.progressed.emit()
        self._announce()

    def _announce(self) -> None:
        """Tells of a state nobody was told of yet: a single step ends in the worker, without a word."""
        if self.state != self._announced:
            self._announced = self.state
            self.state_changed.emit()

    # ── the document ─────────────────────────────────────────────────────────────────────────────

    def _on_document_replaced(self) -> None:
        self._forget_run()
        self._weights, self._saved, self._shelf, self._project = {}, None, None, None

    def _on_document_changed(self) -> None:
        before, after = self._project, self.document.project
        self._project = after
        if before is not None and is_live_change(before, after):
            self._change_live(before, after)
            return
        if self.state != "idle":
            self.warned.emit(
                self.tr(
                    "The run was ended by the change. Train goes on with the weights that fit; Undo resumes."
                )
            )
        left = self.saved_run()
        self._forget_run()
        if before is not None and left is not None and left.position.step:
            self._shelf = (before, left)
        self._clear_figures()
        if self._shelf is not None and is_live_change(self._shelf[0], after):
            self._take_up(self._shelf[1])  # back where the last run was, by undo: it is all there again
        else:
            self._saved = None
            self._weights = left.weights if left is not None else self._weights
            if before is None or before.seeds.weights != after.seeds.weights:
                self._weights = {}  # another start was asked for
        self._renew_predictor()
        self.progressed.emit()

    def _change_live(self, before: Project, after: Project) -> None:
        assert isinstance(before.trainer, Backprop)
        assert isinstance(after.trainer, Backprop)
        if self._run is not None:
            self._run.control.learning_rate = after.trainer.optimiser.learning_rate
            if before.trainer.epochs != after.trainer.epochs:
                self._run.control.epochs = max(after.trainer.epochs, self.position.epoch + 1)
            self._run.project = after
        self.progressed.emit()

    def _take_up(self, saved: SavedRun) -> None:
        self._saved, self._weights = saved, saved.weights
        if saved.history:
            self.history.restore(saved.history)

    def _clear_figures(self) -> None:
        self.progress = Progress()
        self.progressed.emit()
        self.state_changed.emit()

    def _renew_predictor(self) -> None:
        try:
            self.predictor = Predictor(self.document.project)
            self.predictor.model.parameters.load(self._weights)
        except ProblemError:
            self.predictor = None
        self.weights_changed.emit()
