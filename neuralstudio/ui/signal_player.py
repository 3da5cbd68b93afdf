"""Leads a signal through the network and its error back: plays it, or takes it a column at a time."""

from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from neuralstudio.ui.figures.graph_overlay import Stage

_FRAME_MS = 33
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Columns a second, slow to fast."""


class SignalPlayer(QObject):
    """Where the signal is. ``depth`` is how many columns there are behind the input."""

    stage_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage: Stage | None = None
        self.speed = SPEEDS[2]
        self._goal = 0.0
        self._has_error = True
        self._before = 0.0
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._advance)

    @property
    def is_moving(self) -> bool:
        """It is under way, to the next column or to the end."""
        return self._timer.isActive()

    @property
    def is_over(self) -> bool:
        """It has come as far as it goes."""
        return self.stage is not None and self.stage.phase >= self._end

    @property
    def _end(self) -> float:
        depth = self.stage.depth if self.stage is not None else 0
        return float(2 * depth + 1 if self._has_error else depth)

    def begin(self, depth: int, *, has_error: bool) -> None:
        """A new signal stands at the input; without a known answer no error comes back."""
        self._timer.stop()
        self._has_error = has_error
        self.stage = Stage(0.0, depth)
        self.stage_changed.emit()

    def play(self) -> None:
        """On to the end."""
        self._run_to(self._end)

    def step(self) -> None:
        """On to the next column."""
        if self.stage is not None:
            self._run_to(min(self._end, float(int(self.stage.phase) + 1)))

    def pause(self) -> None:
        """Stands still where it is."""
        self._timer.stop()
        self.stage_changed.emit()

    def stop(self) -> None:
        """There is no signal any more."""
        self._timer.stop()
        if self.stage is not None:
            self.stage = None
            self.stage_changed.emit()

    def _run_to(self, goal: float) -> None:
        self._goal = goal
        self._before = perf_counter()
        self._timer.start()
        self.stage_changed.emit()

    def _advance(self) -> None:
        if self.stage is None:
            self._timer.stop()
            return
        now = perf_counter()
        phase = min(self._goal, self.stage.phase + self.speed * (now - self._before))
        self._before = now
        self.stage = Stage(phase, self.stage.depth)
        if phase >= self._goal:
            self._timer.stop()
        self.stage_changed.emit()
