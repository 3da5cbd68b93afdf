"""What is wrong with loaded data before anything is learnt from them, in words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Samples
from neuralstudio.network.targets import problems as target_problems
from neuralstudio.schema.problem import Problem


def data_problems(data: Data) -> list[Problem]:
    """Empty parts, labels and tokens that do not exist, only one class, gaps in what judges the network."""
    classes, vocabulary = len(data.signature.classes), data.signature.vocabulary
    found: list[Problem] = []
    for name, part in (("training", data.train), ("test", data.test)):
        if not len(part):
            found.append(
                Problem("Data", f"There are no {name} samples", "Choose another share for the test.")
            )
    for name, part in (("training", data.train), ("validation", data.validation), ("test", data.test)):
        if not len(part):
            continue
        if classes and not _within(part.targets, classes):
            what = f"The {name} labels run from {part.targets.min()} to {part.targets.max()}"
            found.append(Problem("Data", f"{what}, but there are {classes} classes", "Correct the labels."))
        if vocabulary and not _within(part.inputs, vocabulary):
            what = f"The {name} tokens run from {part.inputs.min()} to {part.inputs.max()}"
            found.append(Problem("Data", f"{what}, but there are {vocabulary} tokens", "Correct the tokens."))
        # Gaps in the training samples are told with the step and the layer they reach.
        if name != "training" and not is_finite(part):
            what = f"The {name} samples hold infinities or gaps, so the network could not be judged"
            found.append(Problem("Data", what, "Replace or leave out the incomplete samples."))
    return found or target_problems(data.train.targets, classes)


def is_finite(samples: Samples) -> bool:
    """Whether all inputs and targets are numbers."""
    return bool(np.isfinite(samples.inputs).all() and np.isfinite(samples.targets).all())


def _within(numbers: NDArray[Any], count: int) -> bool:
    return bool(numbers.min() >= 0 and numbers.max() < count)
