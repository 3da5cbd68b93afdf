"""The targets there are."""

from neuralstudio.export._base import Target
from neuralstudio.schema.registry import Registry

TARGETS: Registry[Target] = Registry(Target, "neuralstudio.export", "export target")
