"""Writes a project as a Keras script, in the six steps every first lesson takes."""

from typing import ClassVar

from neuralstudio.engine import activations, initialisers, losses, optimisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.engine.losses import Encoding
from neuralstudio.export._base import (
    Target,
    Templates,
    data_lines,
    emit_layers,
    import_lines,
    unknown,
    written,
)
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop


class Keras(Target, tag="keras"):
    """Keras 3: import, data, model, compile, fit, evaluate and predict."""

    title: ClassVar[str] = "Keras"

    def lines(self, project: Project, trainer: Backprop, encoding: Encoding) -> list[str]:
        layers = _Layers()
        emit_layers(project.network, layers, self.title)
        return [
            "# 1. Import what is needed.",
            *import_lines(project.dataset, "import keras", "import numpy as np"),
            "",
            f"keras.utils.set_random_seed({project.seeds.weights})",
            "",
            "# 2. Get the data.",
            *data_lines(project.dataset, encoding),
            "",
            "# 3. Stack the layers to a model.",
            "model = keras.Sequential(",
            "    [",
            f"        keras.Input(shape={project.dataset.signature.input_shape}),",
            *(f"        {line}," for line in layers.lines),
            "    ]",
            ")",
            "model.summary()",
            "",
            "# 4. Compile it: how to learn, what to make smaller, what to watch.",
            *_metric_lines(encoding),
            "model.compile(",
            f"    optimizer={written(trainer.optimiser, _OPTIMISERS, self.title)},",
            f"    loss={_loss(trainer.loss, encoding)},",
            f"    metrics=[{_METRICS[encoding]}],",
            ")",
            "",
            "# 5. Fit it to the training data.",
            f"model.fit(x_train, y_train, batch_size={trainer.batch_size}, epochs={trainer.epochs})",
            "",
            "# 6. Evaluate it on data it has never seen, and predict.",
            "loss, metric = model.evaluate(x_test, y_test)",
            'print(f"test loss {loss:.4f}, test metric {metric:.4f}")',
            "print(model.predict(x_test[:1]))",
        ]


class _Layers:
    """Collects a line for each layer."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None:
        parts = [str(units)]
        if activation.tag() != "linear":
            parts.append(f"activation={_activation(activation)}")
        if not isinstance(initialiser, initialisers.GlorotUniform):
            parts.append(f"kernel_initializer={written(initialiser, _INITIALISERS, Keras.title)}")
        self.lines.append(f"keras.layers.Dense({', '.join(parts)})")

    def activation(self, activation: ActivationFunction) -> None:
        self.lines.append(f"keras.layers.Activation({_activation(activation)})")

    def flatten(self) -> None:
        self.lines.append("keras.layers.Flatten()")

    def dropout(self, rate: float) -> None:
        self.lines.append(f"keras.layers.Dropout({rate!r})")


_METRICS: dict[Encoding, str] = {
    "index": '"accuracy"',
    "one_hot": "keras.metrics.CategoricalAccuracy()",
    "binary": "keras.metrics.BinaryAccuracy()",
    "signed": "same_sign",
    "numbers": "keras.metrics.MeanAbsoluteError()",
}


_INITIALISERS: Templates = {
    initialisers.Zeros: "keras.initializers.Zeros()",
    initialisers.Uniform: "keras.initializers.RandomUniform(-{k.limit!r}, {k.limit!r})",
    initialisers.Normal: "keras.initializers.RandomNormal(stddev={k.deviation!r})",
    initialisers.GlorotUniform: "keras.initializers.GlorotUniform()",
    initialisers.GlorotNormal: "keras.initializers.GlorotNormal()",
    initialisers.HeUniform: "keras.initializers.HeUniform()",
    initialisers.HeNormal: "keras.initializers.HeNormal()",
}
_OPTIMISERS: Templates = {
    optimisers.SGD: "keras.optimizers.SGD(learning_rate={k.learning_rate!r})",
    optimisers.Momentum: ("keras.optimizers.SGD(learning_rate={k.learning_rate!r}, momentum={k.momentum!r})"),
    optimisers.RMSProp: (
        "keras.optimizers.RMSprop(learning_rate={k.learning_rate!r}, rho={k.decay!r}, epsilon={k.epsilon!r})"
    ),
    optimisers.Adam: (
        "keras.optimizers.Adam(learning_rate={k.learning_rate!r}, "
        "beta_1={k.beta_1!r}, beta_2={k.beta_2!r}, epsilon={k.epsilon!r})"
    ),
}


def _metric_lines(encoding: Encoding) -> list[str]:
    if encoding != "signed":
        return []
    return [
        "def same_sign(target, output):",
        '    """Share of outputs on the right side of zero."""',
        '    return keras.ops.cast(keras.ops.equal(target > 0, output > 0), "float32")',
        "",
        "",
    ]


def _activation(kind: ActivationFunction) -> str:
    if not isinstance(kind, activations.Activation):
        raise unknown(kind, Keras.title)
    return f'"{kind.tag()}"'


def _loss(loss: losses.LossFunction, encoding: Encoding) -> str:
    match loss:
        case losses.CategoricalCrossEntropy():
            name = "SparseCategoricalCrossentropy" if encoding == "index" else "CategoricalCrossentropy"
        case losses.BinaryCrossEntropy():
            name = "BinaryCrossentropy"
        case losses.MeanSquaredError():
            name = "MeanSquaredError"
        case _:
            raise unknown(loss, Keras.title)
    return f"keras.losses.{name}()"
