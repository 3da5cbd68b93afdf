"""Looks back at the moments of a run, and goes on from any of them."""

from PySide6.QtCore import QObject, Signal

from neuralstudio.session.timeline import Moment, Timeline
from neuralstudio.ui.pacing import at_once
from neuralstudio.ui.training import TrainingController


class ReplayController(QObject):
    """Shows a moment in the place of the present, to all panels at once, while the run may go on behind.

    What is saved to a file meanwhile is the present run, not the moment, unless one has gone on from it.
    """

    moved = Signal(int)
    """Another moment is shown, of this number, or the present: −1."""
    moments_changed = Signal()
    """There are more moments, or others; numbers may have changed with them."""

    def __init__(self, training: TrainingController) -> None:
        super().__init__(training)
        self._training = training
        self._known: tuple[Moment, ...] = ()
        self._shown: Moment | None = None
        training.progressed.connect(self._on_changed)
        training.weights_changed.connect(self._on_changed)

    @property
    def moments(self) -> int:
        """How many there are, numbered from 0."""
        return len(self._timeline)

    @property
    def is_replaying(self) -> bool:
        """A moment is shown, not the present."""
        return self._training.moment is not None

    @property
    def index(self) -> int:
        """The number of the moment shown (it may have been thinned out); of the last for the present."""
        moment = self._training.moment
        return self._timeline.index_of(moment) if moment is not None else self.moments - 1

    @property
    def epoch(self) -> float | None:
        """Where the moment shown lies on the axis of the curves; None for the present."""
        moment = self._training.moment
        return moment.epoch if moment is not None else None

    def at(self, index: int) -> Moment:
        """The moment of this number."""
        return self._timeline.at(index)

    def show(self, index: int) -> None:
        """Shows a moment; a number beyond either end is the first or the last one."""
        if self.moments:
            with at_once():
                self._training.show_moment(self._timeline.at(index))

    def live(self) -> None:
        """Back to the present."""
        with at_once():
            self._training.show_moment(None)

    def branch(self, index: int | None = None) -> None:
        """Goes on from a moment (the one shown, if none is named) with a new run; the old one is kept."""
        moment = self._training.moment if index is None else self._timeline.at(index)
        if moment is not None and self.moments:
            self._training.go_on_from(moment)

    @property
    def _timeline(self) -> Timeline:
        return self._training.timeline

    def _on_changed(self) -> None:
        moments, shown = self._timeline.moments, self._training.moment
        if moments is not self._known:
            self._known = moments
            self.moments_changed.emit()
        if shown is not self._shown:
            self._shown = shown
            self.moved.emit(self.index if shown is not None else -1)
