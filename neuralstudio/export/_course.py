"""The course of a run as plain Python, for scripts with a loop: schedules, stopping, class weights."""

from dataclasses import dataclass

from neuralstudio.engine import class_weights, schedules
from neuralstudio.engine.losses import CategoricalCrossEntropy, Encoding, LossFunction
from neuralstudio.engine.schedules import ScheduleKind
from neuralstudio.engine.stopping import Stopping


@dataclass(frozen=True)
class Stops:
    """Lines for before the loop over epochs, for its end (indented once), and for after it."""

    before: list[str]
    within: list[str]
    after: list[str]


def stopping_lines(
    rules: Stopping,
    encoding: Encoding,
    keep: str,
    restore: str,
    elapsed: str = "time.perf_counter() - began",
) -> Stops:
    """Early stopping in a loop that has ``loss`` and ``metric`` of each epoch.

    keep: an expression that copies the weights; restore: a line that puts ``kept`` back; elapsed: the seconds
    since ``began``.
    """
    before, within, after = [], [], []
    if rules.restores_best:
        before.append('smallest, kept = float("inf"), None')
        within += ["if loss < smallest:", f"    smallest, kept = loss, {keep}"]
        after += ["if kept is not None:", f"    {restore}  # the best epoch's weights"]
    if rules.target_loss:
        within += [f"if loss <= {rules.target_loss!r}:", "    break"]
    if rules.target_metric:
        sign = "<=" if encoding == "numbers" else ">="
        within += [f"if metric {sign} {rules.target_metric!r}:", "    break"]
    if rules.patience:
        before.append('lowest, waited = float("inf"), 0')
        within += [
            f"if loss < lowest - {rules.minimum_improvement!r}:",
            "    lowest, waited = loss, 0",
            "else:",
            "    waited += 1",
            f"if waited >= {rules.patience}:",
            "    break  # early stopping",
        ]
    if rules.time_limit:
        before.append("began = time.perf_counter()")
        within += [f"if {elapsed} >= {rules.time_limit!r}:", "    break  # out of time"]
    return Stops(before, [f"    {line}" for line in within], after)


STEP_COUNTS = ["STEPS_PER_EPOCH = -(-len(x_train) // BATCH_SIZE)", "STEPS = EPOCHS * STEPS_PER_EPOCH"]
"""Lines that define what the functions of :func:`factor_lines` read."""


def factor_lines(schedule: ScheduleKind) -> list[str]:
    """The schedule as a function ``factor(step)`` (for plateaus ``factor(losses)``); empty if it is constant.

    Raises ``NotImplementedError`` for a schedule it does not know.
    """
    body = _factor_body(schedule)
    if not body:
        return []
    is_plateau = isinstance(schedule, schedules.ReduceOnPlateau)
    argument, meaning = (
        ("losses", "after epochs with these losses") if is_plateau else ("step", "in a step, from 0")
    )
    return [
        f"def factor({argument}):",
        f'    """What the learning rate is multiplied by {meaning}."""',
        *(f"    {line}" for line in body),
    ]


def _factor_body(schedule: ScheduleKind) -> list[str]:
    match schedule:
        case schedules.Constant():
            return []
        case schedules.StepDecay():
            return [f"return {schedule.shrink!r} ** (step // STEPS_PER_EPOCH // {schedule.every_epochs})"]
        case schedules.ExponentialDecay():
            return [f"return {schedule.shrink!r} ** (step / STEPS_PER_EPOCH)"]
        case schedules.CosineDecay():
            return [
                f"rising = round({schedule.warm_up!r} * STEPS)",
                "if step < rising:",
                "    return (step + 1) / (rising + 1)",
                "share = min(1, (step - rising) / max(1, STEPS - rising))",
                f"return {schedule.final!r} + (1 - {schedule.final!r}) * (1 + math.cos(math.pi * share)) / 2",
            ]
        case schedules.OneCycle():
            return [
                f"peak, last = {schedule.rising!r} * STEPS - 1, STEPS - 1",
                f"start = 1 / {schedule.start_divisor!r}",
                f"end = start / {schedule.end_divisor!r}",
                "if step >= last:",
                "    return end if peak < last else 1.0",
                "if step > peak:",
                "    return end + (1 - end) * (1 + math.cos(math.pi * (step - peak) / (last - peak))) / 2",
                "share = step / peak if peak > 0 else 1.0",
                "return 1 + (start - 1) * (1 + math.cos(math.pi * share)) / 2",
            ]
        case schedules.ReduceOnPlateau():
            return [
                'best, waited, resting, falls = float("inf"), 0, 0, 0',
                "for loss in losses:",
                f"    if loss < best - {schedule.minimum_improvement!r}:",
                "        best, waited = loss, 0",
                "    else:",
                "        waited += 1",
                "    if resting > 0:",
                "        resting, waited = resting - 1, 0",
                f"    if waited > {schedule.patience}:",
                f"        falls, waited, resting = falls + 1, 0, {schedule.cooldown}",
                f"return {schedule.shrink!r} ** falls",
            ]
        case _:
            raise NotImplementedError


def class_weight_lines(loss: LossFunction, classes: int) -> list[str]:
    """NumPy code for ``class_weights`` (classes,), of mean 1 over the training samples; empty without any."""
    if not isinstance(loss, CategoricalCrossEntropy) or not loss.class_weights.strip():
        return []
    lines = [f"counts = np.bincount(y_train.ravel(), minlength={classes})"]
    if class_weights.is_balanced(loss.class_weights):
        return [
            *lines,
            "each = counts.sum() / (np.maximum(counts, 1) * np.count_nonzero(counts))",
            "class_weights = np.where(counts > 0, each, 1).astype(np.float32)  # rare classes count more",
        ]
    weights = list(class_weights.parsed(loss.class_weights, classes))
    return [
        *lines,
        f"class_weights = np.array({weights}, np.float32)",
        "class_weights *= counts.sum() / (class_weights @ counts)  # their mean over the samples is 1",
    ]
