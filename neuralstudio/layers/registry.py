"""The layers there are."""

from neuralstudio.layers._base import Layer
from neuralstudio.schema.registry import Registry

LAYERS: Registry[Layer] = Registry(Layer, "neuralstudio.layers", "layer")
