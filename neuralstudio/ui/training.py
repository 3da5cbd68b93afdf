"""Training in the window: what the buttons mean, and the timer that brings the figures over."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from neuralstudio.engine.graph import Array
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.changes import is_live_change
from neuralstudio.session.continuation import Continuation
from neuralstudio.session.predict import Predictor
from neuralstudio.session.run import Order, Run
from neuralstudio.training._base import Position
from neuralstudio.training.events import EpochDone, Finished, Started, StepDone, Warned
from neuralstudio.training.history import History
from neuralstudio.ui.aftermath import what_is_left
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
    """A sentence for the person: the run diverged, failed, stands still for an edit, or cannot start."""
    told = Signal(str)
    """A sentence that needs no answer: what an edit left of the run."""
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
        self._project: Project | None = document.project
        self._next = Continuation()
        self._halted: Order | None = None
        """What a run that lost its thread to an edit was told to do; None: there is none, or it was over."""
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
        if self._worker is not None:
            return "paused" if self._worker.order is Order.PAUSE else "running"
        if self._pending is not None:
            return "loading"
        return "idle" if self._halted is None else "paused"

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
        return self._next.position

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
        is_running = self.state == "running"
        return self.progress.seconds_left(self.position, self.total_epochs) if is_running else None

    # ── what the buttons do ──────────────────────────────────────────────────────────────────────

    def train(self) -> None:
        """Starts, or goes on after a pause."""
        self._order(Order.RUN)

    def pause(self) -> None:
        """Stands still after the step under way; a run that waits for its data or a mend does not begin."""
        if self._worker is not None:
            self._order(Order.PAUSE)
        elif self._halted is not None:
            self._halted = Order.PAUSE
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
            self._worker.halt()
            self._on_worker_finished()

    def reset(self) -> None:
        """Back to the very same start: weights, order and noise come again."""
        self._forget_run()
        self._next.clear()
        self._clear_figures()
        self._renew_predictor()
        self.document.mark_untrained()

    def saved_run(self) -> SavedRun | None:
        """Everything a file keeps of the run; None before the first step. A running run waits for it."""
        if self._run is None or self._run.learner.position.step == 0:
            return self._next.to_save(self.predictor.model.parameters if self.predictor else None)
        with self._standing_still():
            self._drain()
            return self._run.saved()

    def restore(self, saved: SavedRun) -> None:
        """Takes up a run from a file, for the document as it is now."""
        self._forget_run()
        self._clear_figures()
        self._next.take_up(saved)
        self._show_history()
        self._renew_predictor()
        self.progressed.emit()

    def put_weights(self, named: Mapping[str, Array]) -> None:
        """Makes these the present weights of these names; the others stay, and a run goes on from all."""
        if self._run is not None:
            with self._standing_still():
                self._drain()
                self._run.learner.model.parameters.load(named)
        self._next.put(named)
        if self.predictor is not None:
            self.predictor.model.parameters.load(named)
        self.document.mark_trained()
        self.weights_changed.emit()

    # ── the run ──────────────────────────────────────────────────────────────────────────────────

    def _order(self, order: Order) -> None:
        if self._worker is not None:
            self._worker.give(order)
            self._announce()
            return
        problems = errors(self.document.report.problems)
        if problems:
            self.warned.emit(str(problems[0]))
            return
        project = self.document.project
        self._pending, self._halted = order, None
        self.loader.want(project.dataset, project.seeds.data)
        self.loader.when_ready(self._begin, self._on_load_failed)
        self._announce()

    def _begin(self) -> None:
        order, self._pending = self._pending, None
        data = self.loader.data
        if self._worker is not None or data is None or order is None:
            return
        try:
            run = self._run or self._next.run(self.document.project, data)
        except ProblemError as error:
            self.warned.emit(str(error))
            self._announce()
            return
        run.control.epochs = run.goal
        self._run = run
        self._worker = Worker(run, order, self)
        self._worker.finished.connect(self._on_worker_finished)
        self.progress.resume()
        self._worker.start()
        self._timer.start()
        self._announce()

    def _on_load_failed(self, sentence: str) -> None:
        if self._pending is not None:
            self._forget_order()
            self.warned.emit(sentence)

    def _standing_still(self) -> AbstractContextManager[None]:
        return self._worker.standing_still() if self._worker is not None else nullcontext()

    def _forget_order(self) -> None:
        self._pending = self._halted = None
        self._announce()

    def _forget_run(self) -> None:
        self.stop()
        self._run = None

    def _on_worker_finished(self) -> None:
        worker = self._worker
        if worker is None or not worker.isFinished():
            return  # the signal of one stopped before
        self._dismiss(worker)
        if worker.failure:
            self.warned.emit(worker.failure)
        self.state_changed.emit()
        self.finished.emit()

    def _dismiss(self, worker: Worker) -> None:
        self._worker = None
        self._timer.stop()
        self._take_in(worker)
        worker.deleteLater()

    def _drain(self) -> None:
        if self._worker is not None:
            self._take_in(self._worker)

    def _take_in(self, worker: Worker) -> None:
        events, snapshot = worker.drain()
        if self.progress.take_in(events):
            self.document.mark_trained()
        for event in events:
            if isinstance(event, Warned):
                self.warned.emit(f"{event.what}. {event.remedy}")
        if snapshot is not None and self.predictor is not None:
            self.predictor.load(snapshot.weights, snapshot.gradient_norms)
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
        self._next.clear()
        self._clear_figures()
        self._project = None

    def _on_document_changed(self) -> None:
        before, after = self._project, self.document.project
        self._project = after
        if before is not None and is_live_change(before, after):
            if self._run is not None:
                self._run.adopt(after)
            self.progressed.emit()
            return
        order, left = self._take_thread(), self.saved_run()
        self._run = None
        way = self._next.follow(before, left, after, self.document.report)
        if way in ("back", "anew"):
            self._clear_figures()
        self._show_history()
        self._renew_predictor()
        self.progressed.emit()
        is_to_wait = way == "halted" or order is Order.PAUSE
        if order is not None and not is_to_wait:
            self._order(order)
        elif way != "anew":
            self._halted = order
        self._announce()
        sentence = what_is_left(way, self._next.weights, self.document.report, self.state)
        if sentence:
            (self.warned if self._halted and way == "halted" else self.told).emit(sentence)

    def _take_thread(self) -> Order | None:
        """Ends the run's thread for an edit, without a word; what the run was about, if it was not over."""
        order, worker = self._pending or self._halted, self._worker
        self._pending = self._halted = None
        if worker is None:
            return order
        order = worker.order
        worker.halt()
        self._dismiss(worker)
        if worker.failure or self.outcome is not None:  # it came to its end by itself, just now
            self.finished.emit()
            return None
        return order

    def _show_history(self) -> None:
        """The curves of a run that can go on, where they are not shown yet."""
        saved = self._next.saved
        if saved is not None and saved.history and not len(self.history.steps):
            self.history.restore(saved.history)

    def _clear_figures(self) -> None:
        self.progress = Progress()
        self.progressed.emit()
        self.state_changed.emit()

    def _renew_predictor(self) -> None:
        try:
            self.predictor = Predictor(self.document.project)
            self.predictor.model.parameters.load(self._next.weights)
        except ProblemError:
            self.predictor = None
        self.weights_changed.emit()
