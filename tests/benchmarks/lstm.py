"""A step of a character LSTM on Shakespeare (batch 32, 64 steps, Adam): ours against PyTorch and Keras.

Run: python -m tests.benchmarks.lstm [--rounds 5] [--json]
The network: embedding of 65 characters in 64 numbers, LSTM of 128 units, dense 65 at each step.
"""

import numpy as np

from neuralstudio.data._base import Data
from neuralstudio.data.sets.text import Text
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop
from tests.benchmarks._sides import a_step, has_keras, keras, layers, ours, pytorch
from tests.benchmarks._turns import OURS, Measure, Side, is_installed, options, report
from tests.benchmarks.places import shakespeare_file

BATCH, STEPS = 32, 60
EMBEDDING, HIDDEN = 64, 128


def lines() -> Data:
    """The samples of an epoch of ``STEPS`` steps; next to nothing to test with."""
    data = Text(file=str(shakespeare_file()), length=64).load(1)
    return Data(data.signature, data.train[: BATCH * STEPS], data.validation, data.test[:BATCH])


def ours_side(data: Data) -> Measure:
    """Seconds an epoch of ours."""
    characters = data.signature.vocabulary
    network = layers(
        {"kind": "embedding", "vocabulary": characters, "dimensions": EMBEDDING},
        {"kind": "lstm", "units": HIDDEN, "returns": "all"},
        {"kind": "dense", "units": characters, "activation": {"kind": "softmax"}},
    )
    return ours(Project(network=network, trainer=Backprop(batch_size=BATCH)), data)


def torch_side(data: Data, threads: int) -> Measure:
    """Seconds an epoch of PyTorch."""
    import torch
    from torch import nn

    characters = data.signature.vocabulary

    embedding = nn.Embedding(characters, EMBEDDING)
    lstm = nn.LSTM(EMBEDDING, HIDDEN, batch_first=True)
    dense = nn.Linear(HIDDEN, characters)
    parameters = nn.ModuleList((embedding, lstm, dense)).parameters()
    inputs, targets = (torch.tensor(array) for array in (data.train.inputs, data.train.targets))
    return pytorch(
        lambda tokens: dense(lstm(embedding(tokens))[0]), parameters, inputs, targets, BATCH, threads
    )


def keras_side(data: Data) -> Measure:
    """Seconds an epoch of Keras."""
    characters = data.signature.vocabulary
    return keras(
        lambda layer: (
            layer.Embedding(characters, EMBEDDING),
            layer.LSTM(HIDDEN, return_sequences=True),
            layer.Dense(characters),
        ),
        np.asarray(data.train.inputs),
        np.asarray(data.train.targets),
        BATCH,
    )


def main() -> None:
    """Measures in turns and prints medians and the ratio."""
    asked = options(__doc__)
    data = lines()
    sides = [Side(OURS, OURS, a_step(ours_side(data), STEPS))]
    if is_installed("torch"):
        for threads in (1, 2):
            measure = a_step(torch_side(data, threads), STEPS)
            sides.append(Side("pytorch", f"pytorch, {threads} threads", measure))
    if has_keras():
        sides.append(Side("keras", "keras", a_step(keras_side(data), STEPS)))
    report("lstm", "ms/step", sides, asked)


if __name__ == "__main__":
    main()
