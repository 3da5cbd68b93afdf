"""The targets there are, and those among them that are programs."""

from neuralstudio.export._base import Script, Target
from neuralstudio.schema.registry import Registry

TARGETS: Registry[Target] = Registry(Target, "neuralstudio.export", "export target")
SCRIPTS: Registry[Script] = Registry(Script, "neuralstudio.export", "script")
