"""A network with its weights: the programs that train it, evaluate it and predict with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralstudio.data._base import Signature
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Tensor, placeholder
from neuralstudio.engine.losses import Encoding, LossFunction
from neuralstudio.engine.metrics import MetricFunction, usual_metric
from neuralstudio.engine.parallel import cores, cut, hold_blas, share_out
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import Chapters, Seeds, stream
from neuralstudio.network.check import check
from neuralstudio.network.penalty import Penalty
from neuralstudio.network.shards import fitting_rows, sample_cost
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.network.trace import Trace, trace
from neuralstudio.schema.problem import ProblemError, errors

_MOST_ROWS = 500
"""Samples evaluated or predicted at a time: large enough for BLAS, small enough for the cache."""
_LEAST_ROWS = 16
_WORTH_THREADS = 20e6
"""Floating-point operations from which predicting on several threads pays."""


@dataclass(frozen=True)
class Part:
    """A shard's place: the size of the whole batch, and the worker whose memory the program uses."""

    batch: int
    worker: int


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
        hold_blas()
        problems = errors(check(spec, signature, loss).problems)
        if problems:
            raise ProblemError(*problems)
        self.spec = spec
        self.signature = signature
        self.loss = loss
        self.metric: MetricFunction = usual_metric(len(signature.classes))
        self.seeds = seeds or Seeds()
        self.dtype = dtype
        sample = trace(spec, signature, 1, is_training=True)
        self.cost = sample_cost(sample)
        self.output_id = spec.outputs[0].id
        self.output_shape = sample.tensors[self.output_id].shape[1:]
        self.encoding: Encoding = loss.encoding(sample.tensors[self.output_id], len(signature.classes))
        self.initialisers = sample.initialisers
        shapes, states = (
            {name: each.shape for name, each in group.items()} for group in (sample.weights, sample.states)
        )
        self.parameters = Parameters(shapes, dtype, states)
        self.penalty = Penalty(spec, sample, self.parameters)
        self.open_noise("start")
        self._lanes: dict[int, Parameters] = {}
        self._programs: dict[tuple[object, ...], Program] = {}
        self.reset()

    def reset(self) -> None:
        """Gives every weight its initial value again: the same ones for the same seed."""
        self.parameters.values[...] = 0  # the padding, too
        for name, initialiser in self.initialisers.items():
            weight = self.parameters.value(name)
            drawn = self.spec[name.rpartition("/")[0]].stream_name(name)
            weight[...] = initialiser.sample(stream(self.seeds.weights, drawn), weight.shape)

    def open_noise(self, name: str) -> None:
        """Begins a named stream of random numbers (an epoch's) for layers such as dropout."""
        self.noise = Chapters(self.seeds.noise, name)

    # ── programs ─────────────────────────────────────────────────────────────────────────────────

    def training_program(self, rows: int, part: Part | None = None) -> Program:
        """Inputs "x", "target"; outputs "loss", "sums" (of the metric); gradients are left in ``parameters``.

        For a part of a larger batch, loss and gradients count ``rows``/batch and the gradients are left in
        the worker's ``lane``.
        """
        return self._program("training", rows, (), part)

    def explained_program(self, rows: int) -> Program:
        """As ``training_program``, with every layer's steps as they were described, for people to follow."""
        return self._program("training", rows, ("plain",), None)

    def evaluation_program(
        self, rows: int, metrics: tuple[MetricFunction, ...] = (), worker: int = 0
    ) -> Program:
        """Inputs "x", "target"; outputs "loss" and each metric's sums by its tag, as when predicting."""
        return self._program("evaluation", rows, metrics, Part(rows, worker))

    def prediction_program(self, rows: int, taps: Iterable[str] = (), worker: int = 0) -> Program:
        """Input "x"; outputs "output" and the outputs of the nodes in ``taps`` under their ids."""
        return self._program("prediction", rows, tuple(taps), Part(rows, worker))

    def lane(self, worker: int) -> Array:
        """The flat gradient vector of a worker's programs."""
        return self._lane(worker).gradients

    def _lane(self, worker: int) -> Parameters:
        if worker not in self._lanes:
            names = self.parameters.trained
            states = {name: shape for name, shape in self.parameters.shapes.items() if name not in names}
            shapes = {name: self.parameters.shapes[name] for name in names}
            self._lanes[worker] = Parameters(shapes, self.dtype, states)
        return self._lanes[worker]

    def _program(self, purpose: str, rows: int, extra: tuple[Any, ...], part: Part | None) -> Program:
        key = (purpose, rows, extra, part)
        if key not in self._programs:
            self._programs[key] = self._compiled(purpose, rows, extra, part)
        return self._programs[key]

    def _compiled(self, purpose: str, rows: int, extra: tuple[Any, ...], part: Part | None) -> Program:
        traced = trace(self.spec, self.signature, rows, is_training=purpose == "training")
        output = traced.tensors[self.output_id]
        if purpose == "prediction":
            return self._compile({"output": output} | {tap: traced.tensors[tap] for tap in extra}, traced, [])
        target = self._target(output)
        loss = self.loss.build(output, target)
        if purpose == "evaluation":
            sums = {metric.tag(): metric.build(output, target, self.encoding) for metric in extra}
            return self._compile({"loss": loss} | sums, traced, [])
        if part is not None:
            loss = loss * (rows / part.batch)
        outputs = {"loss": loss, "sums": self.metric.build(output, target, self.encoding)}
        into = self.parameters if part is None else self._lane(part.worker)
        names = [
            name for name in traced.weights if not self.spec[traced.weights[name].owner].learning.is_frozen
        ]
        grads = gradients(loss, [traced.weights[name] for name in names])
        destinations = [
            (grad, into.gradient(name)) for name, grad in zip(names, grads, strict=True) if grad is not None
        ]
        destinations += [(value, self.parameters.value(name)) for name, value in traced.updates.items()]
        return self._compile(outputs, traced, destinations, is_plain=bool(extra))

    def _target(self, output: Tensor) -> Tensor:
        if self.encoding == "index":
            return placeholder("target", output.shape[:-1], "index")
        return placeholder("target", output.shape)

    def _compile(
        self,
        outputs: dict[str, Tensor],
        traced: Trace,
        destinations: list[tuple[Tensor, Array]],
        *,
        is_plain: bool = False,
    ) -> Program:
        given = traced.weights | traced.states
        weights = {id(each): self.parameters.value(name) for name, each in given.items()}
        noise = stream(self.seeds.noise, "noise")
        return compile_program(
            outputs, weights, destinations, dtype=self.dtype, noise=noise, is_plain=is_plain
        )

    # ── using it ─────────────────────────────────────────────────────────────────────────────────

    def predict(self, inputs: Array, on_progress: Callable[[float], object] | None = None) -> Array:
        """Outputs (count, …) for scaled inputs (count, *input_shape), on several threads where that pays.

        ``on_progress`` hears the share that is done, from 0 to 1, from whichever thread did it.
        """
        result = np.empty((len(inputs), *self.output_shape), self.dtype)

        def part(worker: int, rows: slice) -> None:
            program = self.prediction_program(rows.stop - rows.start, worker=worker)
            program.inputs["x"][...] = inputs[rows]
            program.run()
            result[rows] = program.outputs["output"]

        self.in_parts(len(inputs), part, on_progress)
        return result

    def in_parts(
        self,
        count: int,
        work: Callable[[int, slice], None],
        on_progress: Callable[[float], object] | None = None,
    ) -> None:
        """Calls ``work(worker, rows)`` for all of ``count`` samples, a few at a time."""
        rows = max(_LEAST_ROWS, min(_MOST_ROWS, fitting_rows(self.cost)))
        if count <= rows:
            with np.errstate(all="ignore"):
                work(0, slice(0, count))
            return
        slices = cut(count, -(-count // rows))
        is_large = count * self.cost.flops >= _WORTH_THREADS
        done = [0]

        def piece(worker: int, number: int) -> None:
            work(worker, slices[number])
            done[0] += 1
            if on_progress is not None:
                on_progress(done[0] / len(slices))

        share_out(len(slices), piece, cores() if is_large else 1)
