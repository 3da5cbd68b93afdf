"""How ours, PyTorch and Keras train one more epoch on the same samples; the benchmarks share it."""

import os
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from neuralstudio.data._base import Data
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.project.document import Project
from neuralstudio.session.run import Run
from neuralstudio.training.events import EpochDone
from tests.benchmarks._turns import Measure, is_installed

RATE, EPSILON = 1e-3, 1e-7
"""Adam's, as by default in Keras and ours; PyTorch's own ε is 1e-8."""


def layers(*declared: Mapping[str, object]) -> NetworkSpec:
    """A stack of layers from their declarations."""
    return stack(*(LAYERS.decode(each) for each in declared))


def ours(project: Project, data: Data) -> Measure:
    """Seconds of one more epoch of our own run, evaluation excluded, as the command line tells them."""
    with threadpool_limits(1, user_api="blas"):
        run = Run(project, data)
    seconds = [0.0]

    def note(event: object) -> None:
        if isinstance(event, EpochDone):
            seconds.append(event.seconds)

    def epoch() -> float:
        with threadpool_limits(1, user_api="blas"):
            run.train(note, run.learner.position.epoch + 1)
        return seconds[-1] - seconds[-2]

    return epoch


def pytorch(
    model: Callable[[Any], Any],
    parameters: Iterable[Any],
    inputs: Any,
    targets: Any,
    batch: int,
    threads: int,
) -> Measure:
    """Seconds of one more epoch in PyTorch with fused Adam; everything is in memory as it needs it.

    model: gives logits with the classes last; inputs: a tensor (count, …) of numbers or tokens; targets: a
    tensor (count,) or (count, steps) of class indices.
    """
    import torch

    optimiser = torch.optim.Adam(parameters, lr=RATE, eps=EPSILON, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def epoch() -> float:
        torch.set_num_threads(threads)
        begin = perf_counter()
        order = torch.randperm(len(inputs))
        for start in range(0, len(inputs), batch):
            rows = order[start : start + batch]
            optimiser.zero_grad()
            logits = model(inputs[rows])
            loss = loss_of(logits.reshape(-1, logits.shape[-1]), targets[rows].reshape(-1))
            loss.backward()
            optimiser.step()
        return perf_counter() - begin

    return epoch


def has_keras() -> bool:
    """Whether Keras and one of its backends are there; chooses TensorFlow's if it can."""
    if not is_installed("keras"):
        return False
    backend = next((each for each in ("tensorflow", "torch") if is_installed(each)), None)
    if backend is None:
        return False
    os.environ.setdefault("KERAS_BACKEND", backend)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return True


def keras(
    build: Callable[[Any], Iterable[Any]],
    inputs: np.ndarray[Any, Any],
    targets: np.ndarray[Any, Any],
    batch: int,
    jit: bool | str = "auto",
) -> Measure:
    """Seconds of one more epoch in Keras's own ``fit``, its setting up excluded.

    build: given ``keras.layers``, the layers, the last giving logits; arrays as in ``pytorch``.
    """
    import keras as library

    model = library.Sequential(list(build(library.layers)))
    model.compile(
        optimizer=library.optimizers.Adam(RATE, epsilon=EPSILON),
        loss=library.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=jit,
    )

    clock = [0.0, 0.0]
    callback = library.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: clock.__setitem__(0, perf_counter()),
        on_epoch_end=lambda *_: clock.__setitem__(1, perf_counter()),
    )

    def epoch() -> float:
        if library.backend.backend() == "torch":
            import torch

            torch.set_num_threads(2)  # whatever the side before has left
        model.fit(inputs, targets, batch_size=batch, epochs=1, verbose=0, callbacks=[callback])
        return clock[1] - clock[0]

    return epoch


def a_step(measure: Measure, steps: int) -> Measure:
    """Milliseconds a step of what measures the seconds of an epoch."""
    return lambda: 1000 * measure() / steps
