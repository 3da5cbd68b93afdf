"""A step of a small convolutional network on MNIST (batch 128, Adam): ours against PyTorch and Keras.

Run: python -m tests.benchmarks.cnn [--rounds 5] [--json]
The network: 3×3 convolution to 32, ReLU, max-pool 2, the same to 64, dense 10; without padding.
The last line also has the peak memory of training it, each side in a process of its own.
"""

import json
import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil

from neuralstudio.data._base import Data
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop
from tests.benchmarks._sides import a_step, has_keras, keras, layers, ours, pytorch
from tests.benchmarks._turns import OURS, Measure, Side, is_installed, options, report
from tests.benchmarks.places import mnist_folder

BATCH, STEPS = 128, 40


def digits() -> Data:
    """The samples of an epoch of ``STEPS`` steps; next to nothing to test with."""
    data = Mnist(folder=str(mnist_folder())).load(1)
    rows = np.arange(BATCH * STEPS, dtype=np.int64)  # copies: the rest of MNIST is let go
    return Data(data.signature, data.train[rows], data.validation, data.test[rows[:BATCH]])


def ours_side(data: Data) -> Measure:
    """Seconds an epoch of ours."""
    relu, softmax = {"kind": "relu"}, {"kind": "softmax"}
    network = layers(
        {"kind": "conv2d", "filters": 32, "kernel_size": 3, "padding": "valid", "activation": relu},
        {"kind": "max-pool2d", "size": 2},
        {"kind": "conv2d", "filters": 64, "kernel_size": 3, "padding": "valid", "activation": relu},
        {"kind": "max-pool2d", "size": 2},
        {"kind": "flatten"},
        {"kind": "dense", "units": 10, "activation": softmax},
    )
    return ours(Project(network=network, trainer=Backprop(batch_size=BATCH)), data)


def torch_side(data: Data, threads: int, *, channels_last: bool) -> Measure:
    """Seconds an epoch of PyTorch, with its own layout of images or ours."""
    import torch
    from torch import nn

    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 10),
    ).to(memory_format=layout)  # fmt: skip
    inputs = torch.from_numpy(data.train.scaled()[:, np.newaxis]).contiguous(memory_format=layout)
    targets = torch.from_numpy(np.asarray(data.train.targets))
    return pytorch(model, model.parameters(), inputs, targets, BATCH, threads)


def keras_side(data: Data) -> Measure:
    """Seconds an epoch of Keras."""
    return keras(
        lambda layer: (
            layer.Conv2D(32, 3, activation="relu"),
            layer.MaxPooling2D(2),
            layer.Conv2D(64, 3, activation="relu"),
            layer.MaxPooling2D(2),
            layer.Flatten(),
            layer.Dense(10),
        ),
        data.train.scaled()[..., np.newaxis],
        np.asarray(data.train.targets),
        BATCH,
    )


def peak_memory(whose: str) -> float:
    """Megabytes that building the network and one epoch take at most, in this process."""
    data = digits()
    if whose == "pytorch":
        import torch  # what the import itself takes is no part of it

        torch.set_num_threads(2)
    _forget_peak()
    before = float(psutil.Process().memory_info().rss)
    measure = ours_side(data) if whose == OURS else torch_side(data, 2, channels_last=False)
    measure()
    helpers = sum(child.memory_info().rss for child in psutil.Process().children(recursive=True))
    return (_peak() - before + float(helpers)) / 2**20


def _forget_peak() -> None:
    """Begins the peak anew on Linux, so that what loading took for a moment does not hide anything."""
    if platform.system() == "Linux":
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """The most memory this process had, in bytes.

    On Linux from its status: there ``getrusage`` begins with the peak of the process that started this one.
    """
    if platform.system() == "Linux":
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * next(float(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def peak_memories() -> dict[str, dict[str, float]]:
    """Peak memory of ours and of PyTorch, each in a fresh process."""
    sides = [OURS, *(["pytorch"] if is_installed("torch") else [])]
    command = [sys.executable, "-m", "tests.benchmarks.cnn", "--peak-memory-of"]
    peaks = {
        whose: float(subprocess.run([*command, whose], capture_output=True, text=True, check=True).stdout)
        for whose in sides
    }
    return {"peak_memory_mb": {whose: round(peak, 1) for whose, peak in peaks.items()}}


def main() -> None:
    """Measures in turns and prints medians, the ratio and peak memories."""
    asked = options(__doc__)
    data = digits()
    sides = [Side(OURS, OURS, a_step(ours_side(data), STEPS))]
    if is_installed("torch"):
        for threads in (1, 2):
            for channels_last in (False, True):
                measure = torch_side(data, threads, channels_last=channels_last)
                name = f"pytorch, {threads} threads" + (", channels last" if channels_last else "")
                sides.append(Side("pytorch", name, a_step(measure, STEPS)))
    if has_keras():
        sides.append(Side("keras", "keras", a_step(keras_side(data), STEPS)))
    report("cnn", "ms/step", sides, asked, more=peak_memories)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak-memory-of"]:
        print(json.dumps(peak_memory(sys.argv[2])))
    else:
        main()
