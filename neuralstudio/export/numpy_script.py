"""Writes a project as a script in nothing but NumPy: the forward pass, the backward pass and the update."""

from typing import ClassVar

from neuralstudio.engine import schedules
from neuralstudio.engine.losses import Encoding
from neuralstudio.export._base import (
    Plan,
    Target,
    data_lines,
    emit_layers,
    import_lines,
    refusal,
    report_line,
    unknown,
)
from neuralstudio.export._course import STEP_COUNTS, class_weight_lines, factor_lines, stopping_lines
from neuralstudio.export._numpy_layers import NumPyLayers
from neuralstudio.export._numpy_training import clipping_lines, loss_lines, start_lines, update_lines
from neuralstudio.network.spec import DATA


class NumPy(Target, tag="numpy"):
    """Plain NumPy: every step of learning written out."""

    title: ClassVar[str] = "NumPy"
    order: ClassVar[int] = 2

    def lines(self, plan: Plan) -> list[str]:
        _refuse_branches(plan)
        trainer, dataset = plan.trainer, plan.project.dataset
        layers = NumPyLayers()
        emit_layers(plan, layers, self.title)
        outputs = ", ".join(f"h{number}" for number in range(layers.count + 1))
        first, included = start_lines(trainer, plan.encoding, f"h{layers.count}")
        body = [
            f"random = np.random.default_rng({plan.project.seeds.weights})",
            "",
            "# Data",
            *data_lines(
                dataset, plan.encoding, class_weight_lines(trainer.loss, len(plan.signature.classes))
            ),
            "",
            *(line for lines in layers.functions.values() for line in (*lines, "", "")),
            "# Weights W and biases b, by name",
            "weights = {",
            *(f"    {line}," for line in layers.weights),
            "}",
            *(["running = {", *(f"    {line}," for line in layers.running), "}"] if layers.running else []),
            *([f"factors = {layers.factors}  # times the learning rate"] if layers.factors else []),
            "",
            "def forward(x, is_training):",
            '    """The output of every layer, from the data to the answer."""',
            "    masks = {}",
            "    h0 = x",
            *(f"    {line}" for line in layers.forward),
            f"    return [{outputs}], masks",
            "",
            "def loss_of(y, target):",
            f'    """{trainer.loss.title}."""',
            *(f"    {line}" for line in loss_lines(trainer, plan.encoding)),
            "",
            "def backward(outputs, masks, target):",
            '    """The gradient of the loss for every weight, from the answer back to the data."""',
            f"    {outputs} = outputs",
            "    gradients = {}",
            *(f"    {line}" for line in first[:-1]),
            *(f"    {line}" for line in layers.backward(first[-1], included)),
            "    return gradients",
            "",
            *clipping_lines(trainer.clipping),
            "",
            *update_lines(trainer.optimiser, has_factors=bool(layers.factors)),
            "",
            "# Training",
            *_loop_lines(
                plan, has_images=any("pool(" in line or "convolved(" in line for line in layers.forward)
            ),
        ]
        text = "\n".join(body)
        standard = [f"import {name}" for name in ("copy", "math", "time") if f"{name}." in text]
        return [*import_lines(dataset, *standard, "import numpy as np"), "", *body]


def _refuse_branches(plan: Plan) -> None:
    below = DATA
    for node in plan.project.network:
        if node.inputs != (below,):
            raise refusal(node, NumPy.title, "where layers do not follow one another")
        below = node.id


def _loop_lines(plan: Plan, *, has_images: bool) -> list[str]:
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
    gradients = "backward(outputs, masks, y_train[rows])"
    if clipping_lines(trainer.clipping):
        gradients = f"clip({gradients})"
    tested = ["    y = forward(x_test, is_training=False)[0][-1]"]
    if has_images:  # a few at a time, for the memory
        tested = [
            "    parts = (x_test[start : start + 500] for start in range(0, len(x_test), 500))",
            "    y = np.concatenate([forward(part, is_training=False)[0][-1] for part in parts])",
        ]
    return [
        f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
        *(STEP_COUNTS if factor and not is_plateau else []),
        *factor,
        "step = 0",
        *(["losses = []"] if is_plateau else []),
        *stops.before,
        "for epoch in range(EPOCHS):",
        "    order = random.permutation(len(x_train))",
        "    for start in range(0, len(order), BATCH_SIZE):",
        "        rows = order[start : start + BATCH_SIZE]",
        "        outputs, masks = forward(x_train[rows], is_training=True)",
        "        step += 1",
        f"        update({gradients}, step, {rate})",
        *tested,
        "    loss = loss_of(y, y_test)",
        f"    metric = {_METRICS[plan.encoding]}.mean()",
        report_line(plan.encoding),
        *(["    losses.append(loss)"] if is_plateau else []),
        *stops.within,
        *stops.after,
    ]


_METRICS: dict[Encoding, str] = {
    "index": "(y.argmax(axis=-1) == y_test)",
    "one_hot": "(y.argmax(axis=-1) == y_test.argmax(axis=-1))",
    "binary": "((y > 0.5) == (y_test > 0.5))",
    "signed": "((y > 0) == (y_test > 0))",
    "numbers": "np.abs(y - y_test)",
}
