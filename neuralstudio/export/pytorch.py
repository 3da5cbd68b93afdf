"""Writes a project as a PyTorch script."""

from math import prod
from typing import ClassVar

from neuralstudio.engine import initialisers, losses, optimisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.engine.losses import Encoding
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


class PyTorch(Target, tag="pytorch"):
    """PyTorch: a Sequential model and a training loop of one's own."""

    title: ClassVar[str] = "PyTorch"
    order: ClassVar[int] = 1

    def lines(self, project: Project, trainer: Backprop, encoding: Encoding) -> list[str]:
        layers = _Layers(project.dataset.signature.input_shape)
        emit_layers(project.network, layers, self.title)
        removed = layers.without_last(_IN_LOSS.get(type(trainer.loss), ""))
        middle = 0.5 if encoding == "binary" and not removed else 0
        note = [f"# {trainer.loss.title} takes what goes into {removed}; that is why it is not here."]
        return [
            *import_lines(project.dataset, "import numpy as np", "import torch", "from torch import nn"),
            "",
            f"torch.manual_seed({project.seeds.weights})",
            "",
            "# Data",
            *data_lines(project.dataset, encoding),
            "x_train, y_train, x_test, y_test = map(torch.from_numpy, (x_train, y_train, x_test, y_test))",
            "",
            "# Model",
            *(note if removed else []),
            "model = nn.Sequential(",
            *(f"    {module}," for module in layers.modules),
            ")",
            *layers.beginnings,
            "",
            "# Training",
            f"loss_of = nn.{written(trainer.loss, _LOSSES, self.title)}()",
            f"optimiser = {written(trainer.optimiser, _OPTIMISERS, self.title)}",
            f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
            "",
            "for epoch in range(EPOCHS):",
            "    model.train()",
            "    for rows in torch.randperm(len(x_train)).split(BATCH_SIZE):",
            "        loss = loss_of(model(x_train[rows]), y_train[rows])",
            "        optimiser.zero_grad()  # forget the gradients of the last batch",
            "        loss.backward()",
            "        optimiser.step()",
            "    model.eval()",
            "    with torch.no_grad():",
            "        output = model(x_test)",
            "        loss = loss_of(output, y_test).item()",
            f"        metric = {_METRICS[encoding].format(middle=middle)}.float().mean().item()",
            report_line(encoding),
        ]


_IN_LOSS = {losses.CategoricalCrossEntropy: "Softmax", losses.BinaryCrossEntropy: "Sigmoid"}
"""The activation that a loss of PyTorch computes itself, from the numbers before it."""

_LOSSES: Templates = {
    losses.CategoricalCrossEntropy: "CrossEntropyLoss",
    losses.BinaryCrossEntropy: "BCEWithLogitsLoss",
    losses.MeanSquaredError: "MSELoss",
}
_INITIALISERS: Templates = {
    initialisers.Zeros: "zeros_({weight})",
    initialisers.Uniform: "uniform_({weight}, -{k.limit!r}, {k.limit!r})",
    initialisers.Normal: "normal_({weight}, 0.0, {k.deviation!r})",
    initialisers.GlorotUniform: "xavier_uniform_({weight})",
    initialisers.GlorotNormal: "xavier_normal_({weight})",
    initialisers.HeUniform: 'kaiming_uniform_({weight}, nonlinearity="relu")',
    initialisers.HeNormal: 'kaiming_normal_({weight}, nonlinearity="relu")',
}
_OPTIMISERS: Templates = {
    optimisers.SGD: "torch.optim.SGD(model.parameters(), lr={k.learning_rate!r})",
    optimisers.Momentum: (
        "torch.optim.SGD(model.parameters(), lr={k.learning_rate!r}, momentum={k.momentum!r})"
    ),
    optimisers.RMSProp: (
        "torch.optim.RMSprop(model.parameters(), lr={k.learning_rate!r}, "
        "alpha={k.decay!r}, eps={k.epsilon!r})"
    ),
    optimisers.Adam: (
        "torch.optim.Adam(model.parameters(), lr={k.learning_rate!r}, "
        "betas=({k.beta_1!r}, {k.beta_2!r}), eps={k.epsilon!r})"
    ),
}
_METRICS: dict[Encoding, str] = {
    "index": "(output.argmax(1) == y_test)",
    "one_hot": "(output.argmax(1) == y_test.argmax(1))",
    "binary": "((output > {middle}) == (y_test > 0.5))",
    "signed": "((output > 0) == (y_test > 0))",
    "numbers": "(output - y_test).abs()",
}
_ACTIVATIONS = {
    "linear": "Identity()",
    "sigmoid": "Sigmoid()",
    "tanh": "Tanh()",
    "relu": "ReLU()",
    "softmax": "Softmax(dim=-1)",
}


class _Layers:
    """Collects the modules, and the lines that give their weights a start. shape: of one sample."""

    def __init__(self, shape: Shape) -> None:
        self.modules: list[str] = []
        self.beginnings: list[str] = []
        self._shape = shape

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None:
        place = f"model[{len(self.modules)}]"
        weight = f"{place}.weight"
        self.beginnings.append(f"nn.init.{written(initialiser, _INITIALISERS, PyTorch.title, weight=weight)}")
        self.beginnings.append(f"nn.init.zeros_({place}.bias)")
        self.modules.append(f"nn.Linear({self._shape[-1]}, {units})")
        self._shape = (*self._shape[:-1], units)
        if activation.tag() != "linear":
            self.activation(activation)

    def activation(self, activation: ActivationFunction) -> None:
        if activation.tag() not in _ACTIVATIONS:
            raise unknown(activation, PyTorch.title)
        self.modules.append(f"nn.{_ACTIVATIONS[activation.tag()]}")

    def flatten(self) -> None:
        self.modules.append("nn.Flatten()")
        self._shape = (prod(self._shape),)

    def dropout(self, rate: float) -> None:
        self.modules.append(f"nn.Dropout({rate!r})")

    def without_last(self, activation: str) -> str:
        """Takes the last activation out if the loss computes it; returns its name, or nothing."""
        places = [place for place, module in enumerate(self.modules) if module != "nn.Flatten()"]
        if not activation or not self.modules[places[-1]].startswith(f"nn.{activation}("):
            return ""
        del self.modules[places[-1]]
        return activation.lower()
