"""A network with its weights: the programs that train it, evaluate it and predict with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Tensor, placeholder
from neuralstudio.engine.losses import Encoding, LossFunction
from neuralstudio.engine.metrics import MetricFunction, usual_metric
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import Seeds, stream
from neuralstudio.network.check import check
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.network.targets import encoded
from neuralstudio.network.trace import Trace, trace
from neuralstudio.schema.problem import ProblemError, errors

EVALUATION_BATCH = 500
"""Samples evaluated or predicted at a time: large enough for BLAS, small enough for the cache."""


@dataclass(frozen=True)
class Evaluation:
    """Loss and metric over a whole set of samples."""

    loss: float
    metric: float


class Model:
    """Weights and programs of a network on data of a certain signature.

    Raises ``ProblemError`` where the network cannot be trained. Programs are compiled once for each batch
    size and share the one parameter vector. Not safe to use from two threads at once: make a model for each.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        signature: Signature,
        loss: LossFunction,
        seeds: Seeds | None = None,
        dtype: type[np.floating[Any]] = np.float32,
    ) -> None:
        problems = errors(check(spec, signature, loss).problems)
        if problems:
            raise ProblemError(*problems)
        self.spec = spec
        self.signature = signature
        self.loss = loss
        self.metric: MetricFunction = usual_metric(len(signature.classes))
        self.seeds = seeds or Seeds()
        self.dtype = dtype
        self.noise = stream(self.seeds.noise, "noise")
        sample = trace(spec, signature, 1, is_training=True)
        self.output_id = spec.outputs[0].id
        self.output_shape = sample.tensors[self.output_id].shape[1:]
        self.encoding: Encoding = loss.encoding(sample.tensors[self.output_id], len(signature.classes))
        self.initialisers = sample.initialisers
        self.parameters = Parameters({name: each.shape for name, each in sample.weights.items()}, dtype)
        self._programs: dict[tuple[object, ...], Program] = {}
        self.reset()

    def reset(self) -> None:
        """Gives every weight its initial value again: the same ones for the same seed."""
        self.parameters.values[...] = 0  # the padding, too
        for name, initialiser in self.initialisers.items():
            weight = self.parameters.value(name)
            weight[...] = initialiser.sample(stream(self.seeds.weights, name), weight.shape)

    def training_program(self, batch: int) -> Program:
        """Inputs "x", "target"; outputs "loss", "metric"; the gradients are left in ``parameters``."""
        return self._program("training", batch)

    def evaluation_program(self, batch: int) -> Program:
        """Inputs "x", "target"; outputs "loss", "metric", without gradients and without dropout."""
        return self._program("evaluation", batch)

    def prediction_program(self, batch: int, taps: Iterable[str] = ()) -> Program:
        """Input "x"; outputs "output" and the outputs of the nodes in ``taps`` under their ids."""
        return self._program("prediction", batch, tuple(taps))

    def predict(self, inputs: Array) -> Array:
        """Outputs (count, …) for scaled inputs (count, *input_shape), a batch at a time."""
        result = np.empty((len(inputs), *self.output_shape), self.dtype)
        for start in range(0, len(inputs), EVALUATION_BATCH):
            rows = inputs[start : start + EVALUATION_BATCH]
            program = self.prediction_program(len(rows))
            program.inputs["x"][...] = rows
            program.run()
            result[start : start + len(rows)] = program.outputs["output"]
        return result

    def evaluate(self, samples: Samples) -> Evaluation:
        """Mean loss and metric over the samples (which must not be empty)."""
        return Evaluator(self, samples).run()

    def _program(self, purpose: str, batch: int, taps: tuple[str, ...] = ()) -> Program:
        key = (purpose, batch, taps)
        if key not in self._programs:
            self._programs[key] = self._compiled(purpose, batch, taps)
        return self._programs[key]

    def _compiled(self, purpose: str, batch: int, taps: tuple[str, ...]) -> Program:
        traced = trace(self.spec, self.signature, batch, is_training=purpose == "training")
        output = traced.tensors[self.output_id]
        if purpose == "prediction":
            outputs = {"output": output} | {tap: traced.tensors[tap] for tap in taps}
            return self._compile(outputs, traced, [])
        target = self._target(batch, output)
        loss = self.loss.build(output, target)
        outputs = {"loss": loss, "metric": self.metric.build(output, target, self.encoding)}
        if purpose == "evaluation":
            return self._compile(outputs, traced, [])
        names = list(traced.weights)
        grads = gradients(loss, [traced.weights[name] for name in names])
        destinations = [
            (grad, self.parameters.gradient(name))
            for name, grad in zip(names, grads, strict=True)
            if grad is not None
        ]
        return self._compile(outputs, traced, destinations)

    def _target(self, batch: int, output: Tensor) -> Tensor:
        if self.encoding == "index":
            return placeholder("target", (batch,), "index")
        return placeholder("target", output.shape)

    def _compile(
        self, outputs: dict[str, Tensor], traced: Trace, destinations: list[tuple[Tensor, Array]]
    ) -> Program:
        weights = {id(each): self.parameters.value(name) for name, each in traced.weights.items()}
        return compile_program(outputs, weights, destinations, dtype=self.dtype, noise=self.noise)


class Evaluator:
    """Evaluates a model on the same samples again and again; the targets are encoded once."""

    def __init__(self, model: Model, samples: Samples) -> None:
        self._model = model
        self._samples = samples
        self._targets = encoded(samples.targets, model.encoding, len(model.signature.classes))

    def run(self) -> Evaluation:
        """Mean loss and metric with the weights as they are now."""
        loss = metric = 0.0
        count = len(self._samples)
        with np.errstate(all="ignore"):
            for start in range(0, len(self._samples), EVALUATION_BATCH):
                rows = slice(start, start + EVALUATION_BATCH)
                inputs = self._samples.inputs[rows]
                program = self._model.evaluation_program(len(inputs))
                np.multiply(inputs, np.float32(self._samples.scale), program.inputs["x"])
                program.inputs["target"][...] = self._targets[rows]
                program.run()
                loss += len(inputs) * float(program.outputs["loss"])
                hits = len(inputs) * float(program.outputs["metric"])
                # A share is a whole number of samples: counted, float32 does not blur it.
                metric += round(hits) if self._model.metric.is_share and np.isfinite(hits) else hits
        return Evaluation(loss / count, metric / count)
