"""Tells edits that a run can take in while it is on from those that need a new one."""

import msgspec

from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop


def is_live_change(before: Project, after: Project) -> bool:
    """Only what may change while a run is on differs: title, question, epochs, learning rate."""
    trainers = before.trainer, after.trainer
    if not all(isinstance(trainer, Backprop) for trainer in trainers):
        return False
    old, new = trainers
    assert isinstance(old, Backprop)
    assert isinstance(new, Backprop)
    if type(old.optimiser) is not type(new.optimiser):
        return False
    rate = old.optimiser.learning_rate
    same_optimiser = msgspec.structs.replace(new.optimiser, learning_rate=rate)
    leveled = msgspec.structs.replace(new, optimiser=same_optimiser, epochs=old.epochs)
    return (before.network, before.dataset, before.seeds, old) == (
        after.network,
        after.dataset,
        after.seeds,
        leveled,
    )
