"""Training in the window: what the buttons mean, and what edits of the document do to a run."""

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QObject, Signal

from neuralstudio.engine.graph import Array
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.changes import is_live_change, with_batches_of
from neuralstudio.session.gate import Order
from neuralstudio.session.predict import Predictor
from neuralstudio.session.speed import FULL, Speed
from neuralstudio.session.timeline import Moment
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import Event, Snapshot, Warned
from neuralstudio.ui.aftermath import what_is_left
from neuralstudio.ui.document import Document
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.progress import Progress
from neuralstudio.ui.run_figures import RunFigures
from neuralstudio.ui.running import Running

State = Literal["idle", "loading", "running", "paused"]


class TrainingController(RunFigures):
    """Train, pause, step, reset and stop the document's network, and its figures while it trains."""

    state_changed = Signal()
    speed_changed = Signal()
    warned = Signal(str)
    """A sentence for the person: the run diverged, failed, stands still for an edit, or cannot start."""
    told = Signal(str)
    """A sentence that needs no answer: what an edit left of the run."""
    finished = Signal()

    def __init__(self, document: Document, loader: DataLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.loader = loader
        self._running = Running(self)
        self._running.came.connect(self._take_in)
        self._running.ended.connect(self._on_ended)
        self._speed = FULL
        self._pending: Order | None = None
        self._project: Project | None = document.project
        self._halted: Order | None = None
        """What a run that lost its thread to an edit was told to do; None: there is none, or it was over."""
        self._announced: State = "idle"
        document.changed.connect(self._on_document_changed)
        document.replaced.connect(self._on_document_replaced)
        self._renew_predictor()

    @property
    def state(self) -> State:
        """ "idle": no run is under way (none yet, finished, or stopped); "loading": it waits for its data."""
        order = self._running.order
        if order is not None:
            return "paused" if order is Order.PAUSE else "running"
        if self._pending is not None:
            return "loading"
        return "idle" if self._halted is None else "paused"

    @property
    def speed(self) -> Speed:
        """How fast runs go, one of ``SPEEDS``."""
        return self._speed

    def set_speed(self, speed: Speed) -> None:
        """Takes effect at once, also within the wait of a slow run."""
        if speed != self._speed:
            self._speed = speed
            self._running.set_speed(speed)
            self.speed_changed.emit()

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
        return (
            self.progress.seconds_left(self.position, self.total_epochs, self.speed) if is_running else None
        )

    # ── what the buttons do ──────────────────────────────────────────────────────────────────────

    def train(self) -> None:
        """Starts, or goes on after a pause."""
        self._order(Order.RUN)

    def pause(self) -> None:
        """Stands still after the step under way; a run that waits for its data or a mend does not begin."""
        if self._running.order is not None:
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
        if self._running.order is not None:
            self._on_ended(self._running.end())

    def reset(self) -> None:
        """Back to the very same start: weights, order and noise come again. The run is kept to compare."""
        self._forget_run()
        self._next.clear()
        self._clear_figures()
        self._renew_predictor()
        self.document.mark_untrained()

    def saved_run(self) -> SavedRun | None:
        """Everything a file keeps of the run; None before the first step. A running run waits for it.

        It is the present run also while an earlier moment is looked at.
        """
        if self._run is None or self._run.learner.position.step == 0:
            return self._next.to_save(self.predictor.model.parameters if self.predictor else None)
        with self._running.standing_still():
            self._running.drain()
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
        """Makes these the present weights of these names; the others stay, and a run goes on from all.

        Not while an earlier moment is looked at: the present is another.
        """
        if self.moment is not None:
            self.warned.emit(self.tr("This is an earlier moment. Go on from here, then change its weights."))
            return
        if self._run is not None:
            with self._running.standing_still():
                self._running.drain()
                self._run.learner.model.parameters.load(named)
        self._next.put(named)
        self.progress.is_edited = True
        if self.predictor is not None:
            self.predictor.model.parameters.load(named)
            self._remember_weights(self.predictor)
        self.document.mark_trained()
        self.weights_changed.emit()

    def go_on_from(self, moment: Moment) -> None:
        """A new run from a moment of the present one, which is kept; it goes on if the old one did."""
        order, left = self._take_thread(), self.saved_run()
        project, saved = self.document.project, self.timeline.saved(moment)
        assert isinstance(project.trainer, Backprop)
        saved = with_batches_of(saved, moment.batch_size, project.trainer.batch_size)
        self.kept.keep(project, left)
        self._next.branch(project, left, saved, moment)
        self._run = None
        self._clear_figures()
        self._show_history()
        self._renew_predictor()
        self.document.mark_trained()
        self.progressed.emit()
        if order is not None:
            self._order(order)
        self._announce()

    # ── the run ──────────────────────────────────────────────────────────────────────────────────

    def _order(self, order: Order) -> None:
        if order is not Order.PAUSE:
            self.show_moment(None)
        if self._running.order is not None:
            self._running.give(order)
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
        if self._running.order is not None or data is None or order is None:
            return
        try:
            run = self._run or self._next.run(self.document.project, data)
        except ProblemError as error:
            self.warned.emit(str(error))
            self._announce()
            return
        run.control.epochs = run.goal
        self._run = run
        self.progress.resume()
        self._running.start(run, order, self._speed, self.timeline)
        self._announce()

    def _on_load_failed(self, sentence: str) -> None:
        if self._pending is not None:
            self._forget_order()
            self.warned.emit(sentence)

    def _forget_order(self) -> None:
        self._pending = self._halted = None
        self._announce()

    def _forget_run(self) -> None:
        self.stop()
        self.kept.keep(self.document.project, self.saved_run())
        self._run = None

    def _on_ended(self, failure: str) -> None:
        if failure:
            self.warned.emit(failure)
        self.state_changed.emit()
        self.finished.emit()

    def _take_in(self, events: list[Event], snapshot: Snapshot | None) -> None:
        if self.progress.take_in(events):
            self.document.mark_trained()
        for event in events:
            if isinstance(event, Warned):
                self.warned.emit(f"{event.what}. {event.remedy}")
        if snapshot is not None:
            self._latest = snapshot
            if self.moment is None:
                self._show_weights()
        if events or snapshot is not None:
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
        self.kept.show_none()
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
        if before is not None and way in ("back", "anew") and not _was_only_tried(left, order):
            self.kept.keep(before, left)
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
        order, present = self._pending or self._halted, self._running.order
        self._pending = self._halted = None
        if present is None:
            return order
        failure = self._running.end()
        if failure or self.outcome is not None:  # it came to its end by itself, just now
            self.finished.emit()
            return None
        return present

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
        self._moment = self._latest = None
        try:
            self.predictor = Predictor(self.document.project)
            self.predictor.model.parameters.load(self._next.weights)
            self._remember_weights(self.predictor)
        except ProblemError:
            self.predictor = None
        self.weights_changed.emit()

    def _remember_weights(self, predictor: Predictor) -> None:
        """They are the present ones, should a moment be looked at."""
        self._latest = Snapshot(self.position.step, predictor.model.parameters.values.copy())


def _was_only_tried(left: SavedRun | None, order: Order | None) -> bool:
    """The next edit came while a run of some moments was still going: nobody had looked at it yet."""
    return left is not None and order is Order.RUN and left.position.seconds < 1
