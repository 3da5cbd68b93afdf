"""Writes a project as a script in nothing but NumPy: the forward pass, the backward pass and the update."""

from math import prod
from typing import ClassVar

from neuralstudio.engine import initialisers, losses, optimisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.engine.losses import Encoding
from neuralstudio.engine.optimisers import OptimiserKind
from neuralstudio.export._base import (
    Target,
    Templates,
    data_lines,
    emit_layers,
    import_lines,
    report_line,
    unknown,
    written,
)
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop


class NumPy(Target, tag="numpy"):
    """Plain NumPy: every step of learning written out."""

    title: ClassVar[str] = "NumPy"
    order: ClassVar[int] = 2

    def lines(self, project: Project, trainer: Backprop, encoding: Encoding) -> list[str]:
        layers = _Layers(project.dataset.signature.input_shape)
        emit_layers(project.network, layers, self.title)
        return [
            *import_lines(project.dataset, "import numpy as np"),
            "",
            f"random = np.random.default_rng({project.seeds.weights})",
            "",
            "# Data",
            *data_lines(project.dataset, encoding),
            "",
            "# Weights W and biases b, by name",
            "weights = {",
            *(f"    {line}," for line in layers.weights),
            "}",
            "",
            "",
            *(_SOFTMAX if layers.has_softmax else []),
            "def forward(x, is_training):",
            '    """The output of every layer, from the data to the answer."""',
            "    masks = {}",
            "    h0 = x",
            *(f"    {line}" for line in layers.forward),
            f"    return [{', '.join(f'h{number}' for number in range(layers.count + 1))}], masks",
            "",
            "",
            "def loss_of(y, target):",
            f'    """{trainer.loss.title}."""',
            *(f"    {line}" for line in _loss(trainer, encoding)),
            "",
            "",
            "def backward(outputs, masks, target):",
            '    """The gradient of the loss for every weight, from the answer back to the data."""',
            f"    {', '.join(f'h{number}' for number in range(layers.count + 1))} = outputs",
            "    gradients = {}",
            *(f"    {line}" for line in layers.backward(_start(trainer, encoding, layers.count))),
            "    return gradients",
            "",
            "",
            *_update_lines(trainer.optimiser),
            "",
            "",
            "# Training",
            f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
            "step = 0",
            "for epoch in range(EPOCHS):",
            "    order = random.permutation(len(x_train))",
            "    for start in range(0, len(order), BATCH_SIZE):",
            "        rows = order[start : start + BATCH_SIZE]",
            "        outputs, masks = forward(x_train[rows], is_training=True)",
            "        step += 1",
            "        update(backward(outputs, masks, y_train[rows]), step)",
            "    y = forward(x_test, is_training=False)[0][-1]",
            f"    metric = {_METRICS[encoding]}.mean()",
            "    loss = loss_of(y, y_test)",
            report_line(encoding),
        ]


class _Layers:
    """Collects forward lines ``h1 = … h0 …`` and, for each, the lines that take a gradient ``d`` back.

    The backward lines of the last activation are left out when the loss has its gradient in its own.
    """

    def __init__(self, shape: Shape) -> None:
        self.weights: list[str] = []
        self.forward: list[str] = []
        self.count = 0
        self._shape = shape
        self._backward: list[tuple[str, list[str]]] = []
        self._dense = 0

    @property
    def has_softmax(self) -> bool:
        return any(kind == "softmax" for kind, _ in self._backward)

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None:
        self._dense += 1
        w, b = f'"W{self._dense}"', f'"b{self._dense}"'
        shape = (self._shape[-1], units)
        self.weights += [
            f"{w}: {_initialiser(initialiser, shape)}.astype(np.float32)",
            f"{b}: np.zeros({units}, np.float32)",
        ]
        before = f"h{self.count}"
        back = [f"gradients[{w}] = {before}.T @ d", f"gradients[{b}] = d.sum(axis=0)"]
        if self._dense > 1:
            back.append(f"d = d @ weights[{w}].T")
        self._shape = (units,)
        self._add(f"{before} @ weights[{w}] + weights[{b}]", "dense", back)
        if activation.tag() != "linear":
            self.activation(activation)

    def activation(self, activation: ActivationFunction) -> None:
        tag = activation.tag()
        if tag not in _FORWARD:
            raise unknown(activation, NumPy.title)
        after = f"h{self.count + 1}"
        self._add(_FORWARD[tag].format(f"h{self.count}"), tag, [f"d = {_BACKWARD[tag].format(h=after)}"])

    def flatten(self) -> None:
        before = f"h{self.count}"
        self._shape = (prod(self._shape),)
        self._add(f"{before}.reshape(len({before}), -1)", "flatten", [f"d = d.reshape({before}.shape)"])

    def dropout(self, rate: float) -> None:
        before, mask = f"h{self.count}", f"masks[{self.count}]"
        self.forward.append(f"{mask} = 1")
        self.forward.append("if is_training:")
        kept = f"(random.random({before}.shape) >= {rate!r})"
        self.forward.append(f"    {mask} = ({kept} / {1 - rate!r}).astype(np.float32)")
        self._add(f"{before} * {mask}", "dropout", [f"d = d * {mask}"])

    def backward(self, start: tuple[str, str]) -> list[str]:
        """All lines back to the first weights. start: the first line, and the activation it has in it."""
        first, included = start
        lines = [first]
        dense_left = self._dense
        for kind, back in reversed(self._backward):
            if kind == included:
                included = ""
                continue
            if not dense_left:
                break  # nothing further back has weights
            lines += back
            dense_left -= kind == "dense"
        return lines

    def _add(self, expression: str, kind: str, back: list[str]) -> None:
        self.forward.append(f"h{self.count + 1} = {expression}")
        self._backward.append((kind, back))
        self.count += 1


_FORWARD = {
    "linear": "{0}",
    "sigmoid": "0.5 * (1 + np.tanh(0.5 * {0}))",
    "tanh": "np.tanh({0})",
    "relu": "np.maximum({0}, 0)",
    "softmax": "softmax({0})",
}
_SOFTMAX = [
    "def softmax(x):",
    '    """Positive shares that sum to 1; the largest is taken off first, so that none overflows."""',
    "    e = np.exp(x - x.max(axis=1, keepdims=True))",
    "    return e / e.sum(axis=1, keepdims=True)",
    "",
    "",
]
_BACKWARD = {
    "linear": "d",
    "sigmoid": "d * {h} * (1 - {h})",
    "tanh": "d * (1 - {h}**2)",
    "relu": "d * ({h} > 0)",
    "softmax": "{h} * (d - (d * {h}).sum(axis=1, keepdims=True))",
}
_METRICS: dict[Encoding, str] = {
    "index": "(y.argmax(axis=1) == y_test)",
    "one_hot": "(y.argmax(axis=1) == y_test.argmax(axis=1))",
    "binary": "((y > 0.5) == (y_test > 0.5))",
    "signed": "((y > 0) == (y_test > 0))",
    "numbers": "np.abs(y - y_test)",
}


def _loss(trainer: Backprop, encoding: Encoding) -> list[str]:
    match trainer.loss:
        case losses.MeanSquaredError():
            return ["return ((y - target) ** 2).mean()"]
        case losses.BinaryCrossEntropy():
            return [
                "y = np.clip(y, 1e-7, 1 - 1e-7)  # the logarithm of 0 is infinite",
                "return -np.where(target > 0.5, np.log(y), np.log(1 - y)).mean()",
            ]
        case losses.CategoricalCrossEntropy() if encoding == "index":
            return ["return -np.log(np.maximum(y[np.arange(len(y)), target], 1e-12)).mean()"]
        case _:
            raise unknown(trainer.loss, NumPy.title)


def _start(trainer: Backprop, encoding: Encoding, last: int) -> tuple[str, str]:
    """The gradient the backward pass starts from, and the activation it has gone through already.

    Cross-entropy and the activation before it have together the gradient y − t, without a division.
    """
    y = f"h{last}"
    match trainer.loss:
        case losses.MeanSquaredError():
            return f"d = 2 * ({y} - target) / {y}.size", ""
        case losses.BinaryCrossEntropy():
            return f"d = ({y} - target) / {y}.size  # loss and sigmoid together", "sigmoid"
        case losses.CategoricalCrossEntropy() if encoding == "index":
            one_hot = f"np.eye({y}.shape[1], dtype=np.float32)[target]"
            return f"d = ({y} - {one_hot}) / len({y})  # loss and softmax together", "softmax"
        case _:
            raise unknown(trainer.loss, NumPy.title)


_INITIALISERS: Templates = {
    initialisers.Zeros: "np.zeros({shape})",
    initialisers.Uniform: "random.uniform(-{k.limit!r}, {k.limit!r}, {shape})",
    initialisers.Normal: "random.normal(0, {k.deviation!r}, {shape})",
    initialisers.GlorotUniform: "random.uniform(-np.sqrt(6 / {both}), np.sqrt(6 / {both}), {shape})",
    initialisers.GlorotNormal: "random.normal(0, np.sqrt(2 / {both}), {shape})",
    initialisers.HeUniform: "random.uniform(-np.sqrt(6 / {inputs}), np.sqrt(6 / {inputs}), {shape})",
    initialisers.HeNormal: "random.normal(0, np.sqrt(2 / {inputs}), {shape})",
}


def _initialiser(kind: InitialiserKind, shape: Shape) -> str:
    inputs, units = shape
    return written(kind, _INITIALISERS, NumPy.title, shape=shape, inputs=inputs, both=inputs + units)


def _update_lines(kind: OptimiserKind) -> list[str]:
    """The function ``update``, with the state it keeps from step to step."""
    rate = f"{kind.learning_rate!r}"
    match kind:
        case optimisers.SGD():
            slots, body = [], [f"weights[name] -= {rate} * g"]
        case optimisers.Momentum():
            slots = ["velocity"]
            body = [
                f"velocity[name] = {kind.momentum!r} * velocity[name] + g",
                f"weights[name] -= {rate} * velocity[name]",
            ]
        case optimisers.RMSProp():
            slots = ["square"]
            body = [
                f"square[name] = {kind.decay!r} * square[name] + (1 - {kind.decay!r}) * g**2",
                f"weights[name] -= {rate} * g / (np.sqrt(square[name]) + {kind.epsilon!r})",
            ]
        case optimisers.Adam():
            slots = ["mean", "square"]
            body = [
                f"mean[name] = {kind.beta_1!r} * mean[name] + (1 - {kind.beta_1!r}) * g",
                f"square[name] = {kind.beta_2!r} * square[name] + (1 - {kind.beta_2!r}) * g**2",
                f"unbiased_mean = mean[name] / (1 - {kind.beta_1!r}**step)",
                f"unbiased_square = square[name] / (1 - {kind.beta_2!r}**step)",
                f"weights[name] -= {rate} * unbiased_mean / (np.sqrt(unbiased_square) + {kind.epsilon!r})",
            ]
        case _:
            raise unknown(kind, NumPy.title)
    return [
        *(f"{slot} = {{name: np.zeros_like(weight) for name, weight in weights.items()}}" for slot in slots),
        *(["", ""] if slots else []),
        "def update(gradients, step):",
        f'    """One step of {kind.title} down the gradients."""',
        "    for name, g in gradients.items():",
        *(f"        {line}" for line in body),
    ]
