"""The learning algorithms there are."""

from neuralstudio.schema.registry import Registry
from neuralstudio.training._base import Trainer

TRAINERS: Registry[Trainer] = Registry(Trainer, "neuralstudio.training", "learning algorithm")
