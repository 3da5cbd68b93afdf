"""Weights set by hand as steps of the work: typed on the board, or taken from a file."""

from collections.abc import Mapping

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.ui.document import Document, Step
from neuralstudio.ui.training import TrainingController


def present_weights(training: TrainingController) -> dict[str, Array]:
    """All weights by name; a run may be some steps ahead of what is shown."""
    left = training.saved_run()
    if left is not None:
        return left.weights
    return training.predictor.model.parameters.named() if training.predictor is not None else {}


def edit_weights(
    document: Document, training: TrainingController, words: str, named: Mapping[str, Array]
) -> bool:
    """Makes these the present weights of these names, as one undo step; False where that is refused."""
    if training.moment is not None:
        training.put_weights(named)  # it says why not
        return False
    present = present_weights(training)
    if any(not np.array_equal(present[name], array) for name, array in named.items()):
        old = {name: present[name].copy() for name in named}
        document.push(_WeightEdit(document, training, words, old, dict(named)))
    return True


class _WeightEdit(Step):
    """Sets the numbers that differ between two sets of weights, and leaves all others as they are by then.

    Training may have gone on since: undoing sets back these numbers alone, not what was learnt meanwhile in
    the others. A weight that is gone, or has another shape, is left alone.
    """

    def __init__(
        self,
        document: Document,
        training: TrainingController,
        words: str,
        old: Mapping[str, Array],
        new: Mapping[str, Array],
    ) -> None:
        super().__init__(words, document.project, document.project)
        self._training = training
        self._old = old
        self._new = new

    def redo(self) -> None:
        self._put(self._new)

    def undo(self) -> None:
        self._put(self._old)

    def _put(self, wanted: Mapping[str, Array]) -> None:
        self._training.show_moment(None)  # it is the present that changes
        present = present_weights(self._training)
        changed = {
            name: np.where(self._old[name] != self._new[name], array, present[name])
            for name, array in wanted.items()
            if name in present and present[name].shape == array.shape
        }
        if changed:
            self._training.put_weights(changed)
