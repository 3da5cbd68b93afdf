"""Losses, optimisers, schedules and callbacks as Keras code."""

from dataclasses import dataclass, field

from neuralstudio.engine import clipping, losses, optimisers, schedules
from neuralstudio.engine.losses import Encoding, LossFunction
from neuralstudio.engine.optimisers import OptimiserKind
from neuralstudio.engine.schedules import ScheduleKind
from neuralstudio.engine.stopping import Stopping
from neuralstudio.export._base import Templates, called, unknown, written
from neuralstudio.export._course import factor_lines
from neuralstudio.training.backprop import Backprop

TITLE = "Keras"
METRICS: dict[Encoding, tuple[str, str]] = {
    "index": ('"accuracy"', "accuracy"),
    "one_hot": ("keras.metrics.CategoricalAccuracy()", "categorical_accuracy"),
    "binary": ("keras.metrics.BinaryAccuracy()", "binary_accuracy"),
    "signed": ("same_sign", "same_sign"),
    "numbers": ("keras.metrics.MeanAbsoluteError()", "mean_absolute_error"),
}
"""How a metric is written, and what Keras calls it."""


@dataclass
class Course:
    """``rate`` is the learning rate as code; before it come ``lines``, and ``callbacks`` go to ``fit``."""

    rate: str
    lines: list[str] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)


def encoding_in_keras(loss: LossFunction, encoding: Encoding) -> Encoding:
    """Keras smooths only labels that are rows of 0 and 1."""
    is_smoothed = isinstance(loss, losses.CategoricalCrossEntropy) and loss.label_smoothing > 0
    return "one_hot" if is_smoothed and not weighs_classes(loss) else encoding


def weighs_classes(loss: LossFunction) -> bool:
    """Whether the class weights are in a loss of our own.

    Keras has weights of samples instead; together with label smoothing, they are not the same.
    """
    if not isinstance(loss, losses.CategoricalCrossEntropy):
        return False
    return bool(loss.class_weights.strip()) and loss.label_smoothing > 0


def loss_code(loss: LossFunction, encoding: Encoding) -> tuple[str, list[str]]:
    """The loss, and lines that define it where Keras has none such."""
    match loss:
        case losses.CategoricalCrossEntropy() if weighs_classes(loss):
            share = loss.label_smoothing
            smoothed = f"keras.ops.one_hot(labels, classes) * (1 - {share!r}) + {share!r} / classes"
            return "smoothed_loss", [
                "def smoothed_loss(target, output):",
                '    """Cross-entropy in which a part of each label is shared out to all classes."""',
                *_LABELS,
                f"    share = ({smoothed}) * class_weights",
                "    output = keras.ops.clip(output, 1e-7, 1.0)  # the logarithm of 0 is infinite",
                "    return -keras.ops.sum(share * keras.ops.log(output), axis=-1)",
                "",
                "",
            ]
        case losses.CategoricalCrossEntropy() if encoding == "index":
            return "keras.losses.SparseCategoricalCrossentropy()", []
        case losses.CategoricalCrossEntropy():
            return f"keras.losses.CategoricalCrossentropy(label_smoothing={loss.label_smoothing!r})", []
        case losses.BinaryCrossEntropy():
            smoothing = f"label_smoothing={loss.label_smoothing!r}" if loss.label_smoothing else ""
            return f"keras.losses.BinaryCrossentropy({smoothing})", []
        case losses.MeanSquaredError():
            return "keras.losses.MeanSquaredError()", []
        case losses.HalfSquaredError():
            return "half_squared_error", [
                "def half_squared_error(target, output):",
                '    """Half the squared error: its slope is simply the error."""',
                "    return 0.5 * keras.ops.mean((output - target) ** 2, axis=-1)",
                "",
                "",
            ]
        case losses.MeanAbsoluteLoss():
            return "keras.losses.MeanAbsoluteError()", []
        case losses.HuberLoss():
            return f"keras.losses.Huber(delta={loss.delta!r})", []
        case losses.LogCoshLoss():
            return "keras.losses.LogCosh()", []
        case losses.Hinge() if encoding == "signed":
            return "keras.losses.Hinge()", []
        case losses.Hinge():
            return "margin_loss", [*_MARGIN, "", ""]
        case losses.KullbackLeibler():
            return "keras.losses.KLDivergence()", []
        case _:
            raise unknown(loss, TITLE)


_LABELS = [
    "    classes = keras.ops.shape(output)[-1]",
    '    labels = keras.ops.cast(keras.ops.reshape(target, keras.ops.shape(output)[:-1]), "int32")',
]
_MARGIN = [
    "def margin_loss(target, output):",
    '    """The right class must win against each other one by a margin of 1 (Weston and Watkins)."""',
    *_LABELS,
    "    right = keras.ops.one_hot(labels, classes)",
    "    score = keras.ops.sum(right * output, axis=-1, keepdims=True)",
    "    short = (1 - right) * keras.ops.relu(1 - score + output)",
    "    return keras.ops.sum(short, axis=-1) / classes",
]


def optimiser_code(trainer: Backprop, rate: str) -> tuple[str, str]:
    """The optimiser, and where it computes other numbers than ours: a sentence."""
    kind = trainer.optimiser
    made = written(kind, _OPTIMISERS, TITLE, rate=rate)
    match trainer.clipping:
        case clipping.NoClipping():
            pass
        case clipping.ClipByNorm(maximum=maximum):
            made = f"{made[:-1]}, global_clipnorm={maximum!r})"
        case clipping.ClipByValue(limit=limit):
            made = f"{made[:-1]}, clipvalue={limit!r})"
        case _:
            raise unknown(trainer.clipping, TITLE)
    return made, _NOTES.get(type(kind), "")


_NOTES: dict[type[OptimiserKind], str] = {
    optimisers.RMSProp: "Keras has epsilon inside the root: its square is the nearest.",
    optimisers.Adagrad: "Keras has epsilon inside the root: its square is the nearest.",
    optimisers.Adam: "Keras adds epsilon to a root that is smaller in the first steps.",
    optimisers.AdamW: "Keras adds epsilon to a root that is smaller in the first steps.",
    optimisers.Nadam: "Keras fixes the momentum decay at 1.",
}
_OPTIMISERS: Templates = {
    optimisers.SGD: "keras.optimizers.SGD(learning_rate={rate})",
    optimisers.Momentum: "keras.optimizers.SGD(learning_rate={rate}, momentum={k.momentum!r})",
    optimisers.Nesterov: "keras.optimizers.SGD(learning_rate={rate}, momentum={k.momentum!r}, nesterov=True)",
    optimisers.RMSProp: (
        "keras.optimizers.RMSprop(learning_rate={rate}, rho={k.decay!r}, epsilon={k.epsilon!r} ** 2)"
    ),
    optimisers.Adagrad: (
        "keras.optimizers.Adagrad(learning_rate={rate}, "
        "initial_accumulator_value=0.0, epsilon={k.epsilon!r} ** 2)"
    ),
    optimisers.Adadelta: (
        "keras.optimizers.Adadelta(learning_rate={rate}, rho={k.decay!r}, epsilon={k.epsilon!r})"
    ),
    optimisers.Adam: (
        "keras.optimizers.Adam(learning_rate={rate}, "
        "beta_1={k.beta_1!r}, beta_2={k.beta_2!r}, epsilon={k.epsilon!r})"
    ),
    optimisers.AdamW: (
        "keras.optimizers.AdamW(learning_rate={rate}, weight_decay={k.weight_decay!r}, "
        "beta_1={k.beta_1!r}, beta_2={k.beta_2!r}, epsilon={k.epsilon!r})"
    ),
    optimisers.Nadam: (
        "keras.optimizers.Nadam(learning_rate={rate}, "
        "beta_1={k.beta_1!r}, beta_2={k.beta_2!r}, epsilon={k.epsilon!r})"
    ),
}


def course_of(trainer: Backprop, encoding: Encoding) -> Course:
    """The schedule of the learning rate, and when training ends."""
    course = _scheduled(trainer.schedule, repr(trainer.optimiser.learning_rate))
    _stopped(course, trainer.stopping, trainer.epochs, METRICS[encoding][1], encoding == "numbers")
    return course


def _scheduled(schedule: ScheduleKind, rate: str) -> Course:
    ready = "keras.optimizers.schedules"
    match schedule:
        case schedules.Constant():
            return Course(rate)
        case schedules.StepDecay():
            lines = [
                "def rate_of(epoch, rate):",
                '    """Falls every few epochs."""',
                f"    return {rate} * {schedule.shrink!r} ** (epoch // {schedule.every_epochs})",
                "",
                "",
            ]
            return Course(rate, lines, ["keras.callbacks.LearningRateScheduler(rate_of)"])
        case schedules.ExponentialDecay():
            made = f"{ready}.ExponentialDecay({rate}, STEPS_PER_EPOCH, {schedule.shrink!r})"
            return Course("rate", [f"rate = {made}"])
        case schedules.CosineDecay() if schedule.warm_up:
            lines = [
                f"RISING = round({schedule.warm_up!r} * STEPS)",
                f"rate = {ready}.CosineDecay(",
                f"    {rate} / (RISING + 1), max(1, STEPS - RISING), alpha={schedule.final!r},",
                f"    warmup_target={rate}, warmup_steps=RISING,",
                ")",
            ]
            return Course("rate", lines)
        case schedules.CosineDecay():
            return Course("rate", [f"rate = {ready}.CosineDecay({rate}, STEPS, alpha={schedule.final!r})"])
        case schedules.ReduceOnPlateau():
            settings = [
                'monitor="val_loss"',
                f"factor={schedule.shrink!r}",
                f"patience={schedule.patience + 1}",
                f"min_delta={schedule.minimum_improvement!r}",
                f"cooldown={schedule.cooldown}",
            ]
            return Course(rate, [], [called("keras.callbacks.ReduceLROnPlateau", settings)])
        case schedules.OneCycle():
            lines = [
                *factor_lines(schedule),
                "",
                "",
                "class OneCycle(keras.callbacks.Callback):",
                '    """Sets the learning rate before each step."""',
                "",
                "    def on_train_begin(self, logs=None):",
                "        self.step = 0",
                "",
                "    def on_train_batch_begin(self, batch, logs=None):",
                f"        self.model.optimizer.learning_rate = {rate} * factor(self.step)",
                "        self.step += 1",
                "",
                "",
            ]
            return Course(rate, lines, ["OneCycle()"])
        case _:
            raise unknown(schedule, TITLE)


def _stopped(course: Course, rules: Stopping, epochs: int, metric: str, is_error: bool) -> None:
    """Adds the callbacks of early stopping."""
    if rules.patience or rules.restores_best:
        settings = ['monitor="val_loss"', f"patience={rules.patience or epochs}"]
        settings += [f"min_delta={rules.minimum_improvement!r}"] * (rules.minimum_improvement > 0)
        settings += ["restore_best_weights=True"] * rules.restores_best
        course.callbacks.append(called("keras.callbacks.EarlyStopping", settings))
    conditions = []
    if rules.target_loss:
        conditions.append(f'logs["val_loss"] <= {rules.target_loss!r}')
    if rules.target_metric:
        sign = "<=" if is_error else ">="
        conditions.append(f'logs["val_{metric}"] {sign} {rules.target_metric!r}')
    if rules.time_limit:
        conditions.append(f"time.perf_counter() - self.began >= {rules.time_limit!r}")
    if not conditions:
        return
    began = ["    def on_train_begin(self, logs=None):", "        self.began = time.perf_counter()", ""]
    course.lines += [
        "class Stop(keras.callbacks.Callback):",
        '    """Ends training when it has come far enough."""',
        "",
        *(began if rules.time_limit else []),
        "    def on_epoch_end(self, epoch, logs=None):",
        f"        if {' or '.join(conditions)}:",
        "            self.model.stop_training = True",
        "",
        "",
    ]
    course.callbacks.append("Stop()")
