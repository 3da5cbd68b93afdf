"""The words of a Playground link, and what each of them is here.

A link ends in ``#key=value&key=value&…``. What the page leaves out has the page's default; later keys win.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from neuralstudio.data.sets._base import PlaneSet
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.gaussian import Gaussian
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.plane import Plane
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import ActivationFunction, Linear, ReLU, Sigmoid, Tanh
from neuralstudio.layers.features import Feature
from neuralstudio.project.playground._penalty import Penalty

PAGE: Final = "https://playground.tensorflow.org/"
ON_PAGE = re.compile(r"https?://playground\.tensorflow\.org(?=[/?#]|$)", re.IGNORECASE)
"""The beginning of an address on that page."""
LONGEST: Final = 20_000
"""Characters of a link; the page's own have less than a thousand."""
MOST_WEIGHTS: Final = 250_000
"""Of a network that a link can ask for: an address from anywhere must not make the window wait."""

ACTIVATIONS: Mapping[str, ActivationFunction] = {
    "relu": ReLU(),
    "tanh": Tanh(),
    "sigmoid": Sigmoid(),
    "linear": Linear(),
}
PENALTIES: Mapping[str, Penalty] = {"none": "none", "L1": "l1", "L2": "l2"}
PROBLEMS: Mapping[str, str] = {"classification": "dataset", "regression": "regDataset"}
"""The problems, and the key that names the data set of each."""
DATASETS: Mapping[str, Mapping[str, type[PlaneSet]]] = {
    "dataset": {"circle": Circle, "xor": Xor, "gauss": Gaussian, "spiral": Spiral},
    "regDataset": {"reg-plane": Plane, "reg-gauss": MultiGaussian},
}
FEATURE_KEYS: Mapping[str, Feature] = {
    "x": "x1",
    "y": "x2",
    "xTimesY": "x1-x2",
    "xSquared": "x1-squared",
    "ySquared": "x2-squared",
    "cosX": "cos-x1",
    "sinX": "sin-x1",
    "cosY": "cos-x2",
    "sinY": "sin-x2",
}
CONTROLS: frozenset[str] = frozenset(
    {
        "showTestData", "discretize", "playButton", "stepButton", "resetButton", "learningRate", "activation",
        "regularization", "regularizationRate", "problem", "dataset", "percTrainData", "noise", "batchSize",
        "numHiddenLayers",
    }
)  # fmt: skip
"""What a link can hide, each by ``<control>_hide=true``."""
TEXT = "text"
"""Stands among the hidden controls for the words around the playground (``hideText``)."""
HIDE: Final = "_hide"
SEEDS: Final = "nsSeeds"
"""Our own key: the seeds of data, weights, order and noise. The page leaves out what it does not know."""
LAYERS: Final = "nsLayers"
"""Our own key: numbers of the dense layers, on whose names the draw of the first weights depends."""

KEYS: frozenset[str] = frozenset(
    {
        "activation", "regularization", "batchSize", "dataset", "regDataset", "learningRate",
        "regularizationRate", "noise", "networkShape", "seed", "showTestData", "discretize", "percTrainData",
        "problem", "initZero", "hideText", "collectStats", "tutorial", SEEDS, LAYERS,
    }
) | FEATURE_KEYS.keys() | {f"{control}{HIDE}" for control in CONTROLS}  # fmt: skip
SWITCHES: frozenset[str] = (
    frozenset({"showTestData", "discretize", "initZero", "hideText", "collectStats"})
    | FEATURE_KEYS.keys()
    | {f"{control}{HIDE}" for control in CONTROLS}
)
"""Keys whose values are true or false."""
COMMON: frozenset[str] = frozenset({"x", "y", "seed", "noise"})
"""Keys that stand in many a text that is no link."""


def weights_between(sizes: Sequence[int]) -> int:
    """How many weights lie between layers of these sizes, one behind the other."""
    return sum(before * after for before, after in pairwise(sizes))
