"""What comes out of an autoencoder: images above, the same images rebuilt below."""

import numpy as np

from neuralstudio.data._base import Samples
from neuralstudio.network.model import Model
from neuralstudio.views._base import Heatmap

_GAP = 2


def compute(model: Model, samples: Samples) -> Heatmap:
    """Pairs of images side by side, (rows, columns) each; the rebuilt one stands below its own."""
    inputs = samples.scaled()
    count, rows, columns = inputs.shape[:3]
    rebuilt = model.predict(inputs).reshape(count, rows, columns)
    values = np.zeros((2 * rows + _GAP, count * (columns + _GAP) - _GAP))
    for place in range(count):
        across = slice(place * (columns + _GAP), place * (columns + _GAP) + columns)
        values[:rows, across] = inputs[place].reshape(rows, columns)
        values[rows + _GAP :, across] = np.clip(np.nan_to_num(rebuilt[place]), 0, 1)
    return Heatmap("", values, limit=1.0)
