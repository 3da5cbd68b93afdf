"""How much each class counts in a loss: from a person's text, or from how rare it is in the training data."""

from math import isfinite

import numpy as np

from neuralstudio.engine.graph import Array

BALANCED = "balanced"


def is_balanced(text: str) -> bool:
    """Whether the weights are to be worked out from the training data."""
    return text.strip().lower() == BALANCED


def parsed(text: str, classes: int) -> tuple[float, ...]:
    """The weight of each class, from "1, 2, 0.5"; none from an empty text: all count the same.

    Raises ``ValueError`` with a sentence for a person where the text is no list of ``classes`` weights.
    """
    if not text.strip():
        return ()
    expected = f"Expected {classes} class weights, one for each class. Received: {text.strip()}"
    try:
        weights = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(expected) from None
    if len(weights) != classes:
        raise ValueError(expected)
    if not all(isfinite(weight) and weight >= 0 for weight in weights) or not any(weights):
        raise ValueError(f"Class weights must not be negative, nor all be 0. Received: {text.strip()}")
    return weights


def resolved(text: str, counts: Array) -> str:
    """The same weights as numbers whose mean over the training samples is 1, so that the step length stays.

    counts: labels of each class (classes,). "balanced" gives samples / (classes·count), as scikit-learn's
    ``compute_class_weight``; classes that do not occur are left out of it and get 1.
    """
    if not text.strip():
        return ""
    counted = np.asarray(counts, np.float64)
    occurs = counted > 0
    if is_balanced(text):
        weights = np.divide(1.0, counted, out=np.zeros_like(counted), where=occurs)
    else:
        weights = np.array(parsed(text, len(counted)))
    total = float(weights @ counted)
    if total:
        weights = weights * (counted.sum() / total)
    if is_balanced(text):
        weights[~occurs] = 1
    return ", ".join(repr(float(weight)) for weight in weights)
