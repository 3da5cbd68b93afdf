"""Writes a project as a Keras script, in the six steps every first lesson takes."""

from typing import ClassVar

from neuralstudio.engine.losses import Encoding
from neuralstudio.export._base import Plan, Script, data_lines, emit_layers, import_lines, indented, unfolded
from neuralstudio.export._course import STEP_COUNTS, class_weight_lines
from neuralstudio.export._keras_layers import KerasLayers
from neuralstudio.export._keras_parts import Part
from neuralstudio.export._keras_training import (
    METRICS,
    Course,
    course_of,
    encoding_in_keras,
    loss_code,
    optimiser_code,
    weighs_classes,
)
from neuralstudio.export._omissions import omission_lines
from neuralstudio.export._weights import reader_lines, switch_lines, weight_imports, when_training


class Keras(Script, tag="keras"):
    """Keras 3: import, data, model, compile, fit, evaluate and predict."""

    title: ClassVar[str] = "Keras"

    def lines(self, plan: Plan) -> list[str]:
        trainer, dataset = plan.trainer, plan.project.dataset
        layers = KerasLayers(is_trained=bool(plan.weights_file), vocabulary=plan.signature.vocabulary)
        emit_layers(plan, layers, self.title)
        encoding = encoding_in_keras(trainer.loss, plan.encoding)
        loss, loss_lines = loss_code(trainer.loss, encoding)
        course = course_of(trainer, encoding)
        optimiser, note = optimiser_code(trainer, course.rate)
        weighting = class_weight_lines(trainer.loss, len(plan.signature.classes))
        has_sample_weights = bool(weighting) and not weighs_classes(trainer.loss)
        return [
            "# 1. Import what is needed.",
            *import_lines(
                dataset, *_standard(course), *weight_imports(plan), "import keras", "import numpy as np"
            ),
            "",
            *switch_lines(plan),
            f"keras.utils.set_random_seed({plan.project.seeds.weights})",
            "",
            "# 2. Get the data.",
            *data_lines(dataset, encoding, weighting),
            "",
            "# 3. Stack the layers to a model." if plan.is_stack else "# 3. Connect the layers to a model.",
            *(line for lines in layers.functions.values() for line in (*lines, "", "")),
            *(f"# {note}" for note in layers.notes),
            *(_stack_lines(plan, layers.parts) if plan.is_stack else _graph_lines(plan, layers.parts)),
            "model.summary()",
            *reader_lines(plan),
            "",
            *(["# The trained weights, layer by layer."] if plan.weights_file else []),
            *layers.starts,
            "",
            "# 4. Compile it: how to learn, what to make smaller, what to watch.",
            f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
            *_step_counts(course),
            *_metric_lines(encoding),
            *loss_lines,
            *course.lines,
            *([f"# {note}"] if note else []),
            "model.compile(",
            *indented(f"optimizer={unfolded(optimiser, 15)},"),
            f"    loss={loss},",
            f"    metrics=[{METRICS[encoding][0]}],",
            ")",
            "",
            f"# 5. Fit it to the training data{', if that is switched on' * bool(plan.weights_file)}.",
            *omission_lines(trainer),
            *when_training(plan, _fit_lines(course, has_sample_weights, trainer.order)),
            "",
            "# 6. Evaluate it on data it has never seen, and predict.",
            f"loss, metric = model.evaluate(x_test, y_test{_sample_weight('test') * has_sample_weights})",
            'print(f"test loss {loss:.4f}, test metric {metric:.4f}")',
            "print(model.predict(x_test[:1]))",
        ]


def _standard(course: Course) -> list[str]:
    text = "\n".join(course.lines)
    return [f"import {name}" for name in ("math", "time") if f"{name}." in text]


def _step_counts(course: Course) -> list[str]:
    return STEP_COUNTS if "STEPS" in "\n".join(course.lines) else []


def _input(plan: Plan) -> str:
    kind = ', dtype="int32"' if plan.signature.vocabulary else ""
    return f"keras.Input(shape={plan.signature.input_shape}{kind})"


def _stack_lines(plan: Plan, parts: list[Part]) -> list[str]:
    layers = [_input(plan), *(layer for part in parts for layer in part.layers)]
    return [
        "model = keras.Sequential(",
        "    [",
        *(line for layer in layers for line in indented(f"{layer},", 8)),
        "    ]",
        ")",
    ]


def _graph_lines(plan: Plan, parts: list[Part]) -> list[str]:
    """The functional way: each layer is called with what it reads."""
    lines = [f"x0 = {_input(plan)}"]
    for part in parts:
        name = f"x{part.place.number}"
        sources = [f"x{number}" for number in part.place.inputs]
        source = sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"
        if not part.layers:
            lines.append(f"{name} = {source}")
        for layer in part.layers:
            lines += f"{name} = {layer}({source})".split("\n")
            source = name
    return [*lines, f"model = keras.Model(x0, x{len(parts)})"]


def _fit_lines(course: Course, has_weights: bool, order: str) -> list[str]:
    is_fixed = order == "fixed"
    if not course.callbacks and not has_weights:
        fixed = ", shuffle=False" * is_fixed
        return [f"model.fit(x_train, y_train, batch_size=BATCH_SIZE, epochs=EPOCHS{fixed})"]
    return [
        "model.fit(",
        "    x_train,",
        "    y_train,",
        *([f"    {_sample_weight('train')[2:]},"] if has_weights else []),
        "    batch_size=BATCH_SIZE,",
        "    epochs=EPOCHS,",
        *(["    shuffle=False,"] if is_fixed else []),
        *(["    validation_data=(x_test, y_test),"] if course.callbacks else []),
        *(["    callbacks=["] if course.callbacks else []),
        *(line for callback in course.callbacks for line in indented(f"{callback},", 8)),
        *(["    ],"] if course.callbacks else []),
        ")",
    ]


def _sample_weight(part: str) -> str:
    return f", sample_weight=class_weights[y_{part}]"


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
