"""Writes a project as a script in nothing but NumPy: the forward pass, the backward pass and the update."""

import re
from collections.abc import Sequence
from typing import ClassVar

from neuralstudio.engine import schedules
from neuralstudio.engine.losses import Encoding
from neuralstudio.export._base import (
    Plan,
    Script,
    data_lines,
    emit_layers,
    import_lines,
    indented,
    report_line,
    unknown,
)
from neuralstudio.export._course import STEP_COUNTS, class_weight_lines, factor_lines, stopping_lines
from neuralstudio.export._numpy_layers import NumPyLayers
from neuralstudio.export._numpy_training import clipping_lines, loss_lines, start_lines, update_lines
from neuralstudio.export._omissions import omission_lines
from neuralstudio.export._weights import reader_lines, switch_lines, weight_imports, when_training

_MOST = 12
"""Names on a line."""
_LARGE = ("convolved", "max_pool", "sum_pool", "rnn", "rectified_rnn", "lstm", "gru", "rbf", "painted")
"""Functions that need much memory for each sample."""


class NumPy(Script, tag="numpy"):
    """Plain NumPy: every step of learning written out."""

    title: ClassVar[str] = "NumPy"
    order: ClassVar[int] = 2

    def lines(self, plan: Plan) -> list[str]:
        trainer, dataset = plan.trainer, plan.project.dataset
        layers = NumPyLayers(is_trained=bool(plan.weights_file), vocabulary=plan.signature.vocabulary)
        emit_layers(plan, layers, self.title)
        weighting = class_weight_lines(trainer.loss, len(plan.signature.classes))
        body = [
            *switch_lines(plan),
            f"random = np.random.default_rng({plan.project.seeds.weights})",
            "",
            "# Data",
            *data_lines(dataset, plan.encoding, weighting),
            "",
            *(line for lines in layers.functions.values() for line in (*lines, "", "")),
            *reader_lines(plan),
            "",
            "# Weights W and biases b, by name",
            "weights = {",
            *(f"    {line}," for line in layers.weights),
            "}",
            *(["running = {", *(f"    {line}," for line in layers.running), "}"] if layers.running else []),
            *([f"factors = {layers.factors}  # times the learning rate"] if layers.factors else []),
            "",
            *_network_lines(plan, layers),
            "",
            *layers.beginnings,
            *clipping_lines(trainer.clipping),
            "",
            *update_lines(trainer.optimiser, has_factors=bool(layers.factors)),
            "",
            "# Training" if not plan.weights_file else "# Training, if it is switched on",
            *_loop_lines(plan),
            *(_answer_lines(plan) if plan.weights_file else []),
        ]
        text = "\n".join(body)
        standard = [f"import {name}" for name in ("math", "time") if re.search(rf"\b{name}\.\w", text)]
        return [*import_lines(dataset, *standard, *weight_imports(plan), "import numpy as np"), "", *body]


def _network_lines(plan: Plan, layers: NumPyLayers) -> list[str]:
    """The functions ``forward``, ``predict``, ``loss_of`` and ``backward``."""
    trainer = plan.trainer
    outputs = _tuple([f"h{number}" for number in range(layers.count + 1)])
    first, included = start_lines(trainer, plan.encoding, layers.output)
    answer = f"forward(x, is_training=False)[0][{layers.output[1:]}]"
    predict = [f"return {answer}"]
    if not layers.functions.keys().isdisjoint(_LARGE):  # a few at a time, for the memory
        predict = [
            "parts = (x[start : start + 500] for start in range(0, len(x), 500))",
            f"return np.concatenate([{answer.replace('(x,', '(part,')} for part in parts])",
        ]
    return [
        "def forward(x, is_training):",
        '    """The output of every layer, from the data to the answer, and notes for the way back."""',
        "    notes = {}",
        "    h0 = x",
        *_inside(layers.forward),
        *indented(f"return {outputs}, notes"),
        "",
        "def predict(x):",
        '    """The answers for samples x."""',
        *_inside(predict),
        "",
        "def loss_of(y, target):",
        f'    """{trainer.loss.title}."""',
        *_inside(loss_lines(trainer, plan.encoding)),
        "",
        "def backward(outputs, notes, target):",
        '    """The gradient of the loss for every weight, from the answer back to the data."""',
        *indented(f"{outputs} = outputs"),
        "    gradients = {}",
        *_inside(first[:-1]),
        *_inside(layers.backward(first[-1], included)),
        "    return gradients",
    ]


def _tuple(names: Sequence[str]) -> str:
    """Names in parentheses, on several lines where there are many."""
    if len(names) <= _MOST:
        return f"({', '.join(names)})"
    rows = [names[place : place + _MOST] for place in range(0, len(names), _MOST)]
    return "\n".join(["(", *(f"    {', '.join(row)}," for row in rows), ")"])


def _inside(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _loop_lines(plan: Plan) -> list[str]:
    trainer, rate = plan.trainer, repr(plan.trainer.optimiser.learning_rate)
    try:
        factor = factor_lines(trainer.schedule)
    except NotImplementedError:
        raise unknown(trainer.schedule, NumPy.title) from None
    is_plateau = isinstance(trainer.schedule, schedules.ReduceOnPlateau)
    if factor:
        rate += " * factor(losses)" if is_plateau else " * factor(step - 1)"
    copied = "{name: weight.copy() for name, weight in weights.items()}"
    stops = stopping_lines(trainer.stopping, plan.encoding, copied, "weights.update(kept)")
    gradients = "backward(outputs, notes, y_train[rows])"
    if clipping_lines(trainer.clipping):
        gradients = f"clip({gradients})"
    loop = [
        *omission_lines(trainer),
        "step = 0",
        *(["losses = []"] if is_plateau else []),
        *stops.before,
        "for epoch in range(EPOCHS):",
        f"    order = {_ORDERS[trainer.order]}",
        "    for start in range(0, len(order), BATCH_SIZE):",
        "        rows = order[start : start + BATCH_SIZE]",
        "        outputs, notes = forward(x_train[rows], is_training=True)",
        "        step += 1",
        f"        update({gradients}, step, {rate})",
        *_inside(_test_lines(plan)),
        report_line(plan.encoding),
        *(["    losses.append(loss)"] if is_plateau else []),
        *stops.within,
        *stops.after,
    ]
    return [
        f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
        *(STEP_COUNTS if factor and not is_plateau else []),
        *factor,
        *when_training(plan, loop),
    ]


def _test_lines(plan: Plan) -> list[str]:
    return [
        "y = predict(x_test)",
        "loss = loss_of(y, y_test)",
        f"metric = {_METRICS[plan.encoding]}.mean()",
    ]


def _answer_lines(plan: Plan) -> list[str]:
    """What a script with trained weights is for."""
    name = "mean absolute error" if plan.encoding == "numbers" else "accuracy"
    return [
        "",
        "# Evaluate it on data it has never seen, and predict",
        *_test_lines(plan),
        f'print(f"test loss {{loss:.4f}}, {name} {{metric:.4f}}")',
        "print(y[:1])",
    ]


_ORDERS = {"shuffled": "random.permutation(len(x_train))", "fixed": "np.arange(len(x_train))"}
_METRICS: dict[Encoding, str] = {
    "index": "(y.argmax(axis=-1) == y_test)",
    "one_hot": "(y.argmax(axis=-1) == y_test.argmax(axis=-1))",
    "binary": "((y > 0.5) == (y_test > 0.5))",
    "signed": "((y > 0) == (y_test > 0))",
    "numbers": "np.abs(y - y_test)",
}
