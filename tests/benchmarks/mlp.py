"""One epoch of MNIST with the lesson's network (784-128-10, Adam, batch 32): ours against PyTorch and Keras.

Run: python -m tests.benchmarks.mlp [--rounds 5] [--json]
"""

import numpy as np

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.project.examples import example
from tests.benchmarks._sides import has_keras, keras, ours, pytorch
from tests.benchmarks._turns import OURS, Measure, Side, is_installed, options, report
from tests.benchmarks.places import mnist_folder

BATCH = 32


def main() -> None:
    """Measures in turns and prints medians and the ratio."""
    asked = options(__doc__)
    data = Mnist(folder=str(mnist_folder())).load(1)
    inputs = data.train.scaled().reshape(len(data.train), -1)
    targets = np.asarray(data.train.targets)

    def torch_side(threads: int) -> Measure:
        import torch

        model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
        tensors = torch.from_numpy(inputs), torch.from_numpy(targets)
        return pytorch(model, model.parameters(), *tensors, BATCH, threads)

    sides = [Side(OURS, OURS, ours(example("digits-mlp"), data))]
    if is_installed("torch"):
        sides += [Side("pytorch", f"pytorch, {threads} threads", torch_side(threads)) for threads in (1, 2)]
    if has_keras():
        measure = keras(
            lambda layer: (layer.Dense(128, activation="relu"), layer.Dense(10)), inputs, targets, BATCH
        )
        sides.append(Side("keras", "keras", measure))
    report("mlp", "s/epoch", sides, asked)


if __name__ == "__main__":
    main()
