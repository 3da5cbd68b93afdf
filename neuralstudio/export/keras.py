"""Writes a project as a Keras script, in the six steps every first lesson takes."""

from typing import ClassVar

from neuralstudio.engine import activations, initialisers, losses, optimisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.engine.losses import Encoding
from neuralstudio.engine.optimisers import OptimiserKind
from neuralstudio.export._base import (
    Target,
    data_lines,
    emit_layers,
    encoding_of,
    import_lines,
    title_line,
    training_of,
)
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem, ProblemError


class Keras(Target, tag="keras"):
    """Keras 3: import, data, model, compile, fit, evaluate and predict."""

    title: ClassVar[str] = "Keras"

    def script(self, project: Project) -> str:
        encoding = encoding_of(project)
        trainer = training_of(project)
        layers = _Layers()
        emit_layers(project.network, layers, self.title)
        lines = [
            title_line(project, self.title),
            "",
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
            f"    optimizer={_optimiser(trainer.optimiser)},",
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
        return "\n".join(lines) + "\n"


class _Layers:
    """Collects a line for each layer."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None:
        parts = [str(units)]
        if activation.tag() != "linear":
            parts.append(f"activation={_activation(activation)}")
        if not isinstance(initialiser, initialisers.GlorotUniform):
            parts.append(f"kernel_initializer={_initialiser(initialiser)}")
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
        raise _unknown(kind.title)
    return f'"{kind.tag()}"'


def _initialiser(kind: InitialiserKind) -> str:
    match kind:
        case initialisers.Uniform():
            return f"keras.initializers.RandomUniform({-kind.limit!r}, {kind.limit!r})"
        case initialisers.Normal():
            return f"keras.initializers.RandomNormal(stddev={kind.deviation!r})"
        case _:
            names = {
                initialisers.Zeros: "Zeros",
                initialisers.GlorotUniform: "GlorotUniform",
                initialisers.GlorotNormal: "GlorotNormal",
                initialisers.HeUniform: "HeUniform",
                initialisers.HeNormal: "HeNormal",
            }
            if type(kind) not in names:
                raise _unknown(kind.title)
            return f"keras.initializers.{names[type(kind)]}()"


def _loss(loss: losses.LossFunction, encoding: Encoding) -> str:
    match loss:
        case losses.CategoricalCrossEntropy():
            name = "SparseCategoricalCrossentropy" if encoding == "index" else "CategoricalCrossentropy"
        case losses.BinaryCrossEntropy():
            name = "BinaryCrossentropy"
        case losses.MeanSquaredError():
            name = "MeanSquaredError"
        case _:
            raise _unknown(loss.title)
    return f"keras.losses.{name}()"


def _optimiser(kind: OptimiserKind) -> str:
    rate = f"learning_rate={kind.learning_rate!r}"
    match kind:
        case optimisers.SGD():
            return f"keras.optimizers.SGD({rate})"
        case optimisers.Momentum():
            return f"keras.optimizers.SGD({rate}, momentum={kind.momentum!r})"
        case optimisers.RMSProp():
            return f"keras.optimizers.RMSprop({rate}, rho={kind.decay!r}, epsilon={kind.epsilon!r})"
        case optimisers.Adam():
            betas = f"beta_1={kind.beta_1!r}, beta_2={kind.beta_2!r}"
            return f"keras.optimizers.Adam({rate}, {betas}, epsilon={kind.epsilon!r})"
        case _:
            raise _unknown(kind.title)


def _unknown(title: str) -> ProblemError:
    return ProblemError(Problem(title, "Keras scripts cannot be written with it", "Choose another."))
