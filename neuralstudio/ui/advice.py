"""Watches a run for what goes wrong without an error, and says so in words."""

from PySide6.QtCore import QObject

from neuralstudio.network.spec import display_name
from neuralstudio.ui.pacing import Pace, affordable
from neuralstudio.ui.progress import Progress
from neuralstudio.ui.training import TrainingController

_SAMPLES = 200
_FEWEST = 10
"""Of fewer samples nothing can be said."""


class Advice(QObject):
    """Warns, once a run, of a layer nearly all of whose units give 0: they get no gradient and stay so."""

    def __init__(self, training: TrainingController, parent: QObject) -> None:
        super().__init__(parent)
        self._training = training
        self._advised: Progress | None = None
        self._pace = Pace(self._look, 1000, self)
        training.weights_changed.connect(self._pace.request)

    def _look(self) -> None:
        training = self._training
        data, predictor = training.loader.data, training.predictor
        is_young = len(training.history.epochs) < 2
        if is_young or data is None or predictor is None or self._advised is training.progress:
            return
        if data.signature != predictor.signature:
            return
        count = affordable(predictor.model.cost.flops, _SAMPLES)
        dead = predictor.dead_layers(data.test.scaled(slice(0, count))) if count >= _FEWEST else ()
        if dead:
            self._advised = training.progress
            words = self.tr(
                "Nearly all units of {layer} give 0 for every sample, and such units cannot learn any more. "
                "Reset, and train with a lower learning rate or another activation."
            )
            training.warned.emit(words.format(layer=display_name(dead[0])))
