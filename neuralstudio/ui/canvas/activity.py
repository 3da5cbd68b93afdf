"""What the cards show of a run: spread of each layer's activations on some test samples, and the loss."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from neuralstudio.data._base import Data
from neuralstudio.ui.canvas.card import Bars
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.pacing import affordable
from neuralstudio.ui.training import TrainingController

SAMPLES = 64
INTERVAL_MS = 250
_BINS = 24
_VALUES = 4096


class Activity(QObject):
    """Measures at most four times a second, and only while ``shown`` names cards that can be seen.

    ``shown`` gives the ids of the visible cards; ``computing`` of all nodes that compute something.
    """

    measured = Signal(dict, str)
    """Bars by node id, and the loss in words ("" without a run)."""

    def __init__(
        self,
        training: TrainingController,
        loader: DataLoader,
        shown: Callable[[], Iterable[str]],
        computing: Callable[[], tuple[str, ...]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._training, self._loader = training, loader
        self._shown, self._computing = shown, computing
        self._inputs: tuple[Data, NDArray[np.float32]] | None = None
        self._bars: dict[str, Bars] = {}
        self._is_due = False
        self._timer = QTimer(self, singleShot=True, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)
        for signal in (training.weights_changed, training.progressed, training.state_changed, loader.changed):
            signal.connect(self.ask)

    def ask(self) -> None:
        """Measures now, or as soon as the interval is over."""
        if self._timer.isActive():
            self._is_due = True
            return
        shown = set(self._shown())
        if shown:
            self._is_due = False
            self._timer.start()
            self._measure(shown)

    def _on_timeout(self) -> None:
        if self._is_due:
            self.ask()

    def _measure(self, shown: set[str]) -> None:
        training = self._training
        if training.state == "idle" and not training.position.step:
            self._bars = {}
            self.measured.emit({}, "")
            return
        nodes = self._computing()
        inputs = self._samples()
        if inputs is not None and nodes and training.predictor is not None:
            # Always the same nodes, so that the model compiles one program for them and keeps it.
            found = training.predictor.activations(inputs, nodes)
            note = self.tr("activations")
            known = {name: bars for name, bars in self._bars.items() if name in nodes}
            for name in nodes:
                if name in shown or name not in known:
                    zero = self.tr("{share} zero")
                    known[name] = spread(found[name], note, zero)
            self._bars = known
        steps = training.history.steps.rows
        if training.last_step is not None:
            loss = _short(training.last_step.loss)
        else:
            loss = _short(float(steps[-1, 1])) if len(steps) else ""
        self.measured.emit(dict(self._bars), loss)

    def _samples(self) -> NDArray[np.float32] | None:
        """Scaled test inputs (≤ 64, …) for the predictor's network, while such data are loaded."""
        data, predictor = self._loader.data, self._training.predictor
        if data is None or predictor is None:
            return None
        if data.signature != predictor.signature:
            return None
        if self._inputs is None or self._inputs[0] is not data:
            self._inputs = data, data.test.scaled(slice(0, SAMPLES))
        return self._inputs[1][: affordable(predictor.model.cost.flops, SAMPLES)]


def _short(loss: float) -> str:
    return f"{loss:.3f}" if not 0 < abs(loss) < 0.001 else f"{loss:.1e}".replace("-", "−")


def spread(values: NDArray[np.float32], note: str, zero: str) -> Bars:
    """A histogram of at most 4,096 of the values. Heights go with the root of the counts.

    The root keeps the small bars visible beside the tall one at zero that ReLU makes. ``zero`` is filled
    with the share of exact zeros where there are any.
    """
    flat = values.ravel()
    # An odd step, so that of an even number of units not only every second one is seen.
    flat = flat[:: -(-flat.size // _VALUES) | 1]
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return Bars((0.0,) * _BINS, note)
    low, high = float(flat.min()), float(flat.max())
    places = ((flat - low) * ((_BINS - 1e-3) / max(high - low, 1e-12))).astype(np.int64)
    counts = np.bincount(np.clip(places, 0, _BINS - 1), minlength=_BINS)
    heights = np.sqrt(counts / counts.max())
    share = float(np.count_nonzero(flat == 0)) / flat.size
    words = zero.format(share=f"{share:.0%}".replace("%", " %")) if share >= 0.005 else ""
    return Bars(tuple(heights.round(3).tolist()), note, words)
