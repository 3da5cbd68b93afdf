"""Losses, optimisers and schedules as PyTorch code."""

from dataclasses import dataclass

from neuralstudio.engine import clipping, losses, optimisers, schedules
from neuralstudio.engine.losses import Encoding, LossFunction
from neuralstudio.engine.optimisers import OptimiserKind
from neuralstudio.engine.schedules import ScheduleKind
from neuralstudio.export._base import Templates, unknown, written
from neuralstudio.export._course import factor_lines

TITLE = "PyTorch"
IN_LOSS = {losses.CategoricalCrossEntropy: "Softmax", losses.BinaryCrossEntropy: "Sigmoid"}
"""The activation that a loss of PyTorch computes itself, from the numbers before it."""


@dataclass(frozen=True)
class Schedule:
    """Lines that make ``schedule``, and where in the loop it goes on: each "step", each "epoch" or not."""

    lines: list[str]
    each: str = ""
    call: str = "schedule.step()"


def loss_lines(loss: LossFunction, encoding: Encoding, *, is_sequence: bool, takes_logits: bool) -> list[str]:
    """Code that makes ``loss_of(output, target)``."""
    match loss:
        case losses.MeanSquaredError():
            return ["loss_of = nn.MSELoss()"]
        case losses.HalfSquaredError():
            return _function(loss, "return 0.5 * (output - target).square().mean()")
        case losses.MeanAbsoluteLoss():
            return ["loss_of = nn.L1Loss()"]
        case losses.HuberLoss():
            return [f"loss_of = nn.HuberLoss(delta={loss.delta!r})"]
        case losses.LogCoshLoss():
            return _function(
                loss,
                "size = (output - target).abs()",
                "return (size + nn.functional.softplus(-2 * size) - np.log(2)).mean()",
            )
        case losses.BinaryCrossEntropy():
            name = "BCEWithLogitsLoss" if takes_logits else "BCELoss"
            if not loss.label_smoothing:
                return [f"loss_of = nn.{name}()"]
            share = loss.label_smoothing
            return _function(
                loss,
                f"target = target * (1 - {share!r}) + {share!r} / 2  # label smoothing",
                f"return nn.{name}()(output, target)",
            )
        case losses.CategoricalCrossEntropy():
            return _cross_entropy(loss, is_sequence)
        case losses.Hinge() if encoding == "signed":
            return _function(loss, "return (1 - target * output).clamp(min=0).mean()")
        case losses.Hinge() if is_sequence:
            return _function(loss, f"return nn.MultiMarginLoss()({_ROWS})")
        case losses.Hinge():
            return ["loss_of = nn.MultiMarginLoss()"]
        case losses.KullbackLeibler():
            return _function(
                loss,
                "logarithms = output.clamp(min=1e-12).log().flatten(0, -2)",
                'return nn.functional.kl_div(logarithms, target.flatten(0, -2), reduction="batchmean")',
            )
        case _:
            raise unknown(loss, TITLE)


_ROWS = "output.flatten(0, -2), target.flatten()"


def _cross_entropy(loss: losses.CategoricalCrossEntropy, is_sequence: bool) -> list[str]:
    settings = []
    if loss.class_weights.strip():
        # PyTorch's mean would divide by the weights of the batch.
        settings += ["weight=torch.from_numpy(class_weights)", 'reduction="none"']
    if loss.label_smoothing:
        settings.append(f"label_smoothing={loss.label_smoothing!r}")
    made = f"nn.CrossEntropyLoss({', '.join(settings)})"
    if not is_sequence and not loss.class_weights.strip():
        return [f"loss_of = {made}"]
    mean = ".mean()" if loss.class_weights.strip() else ""
    arguments = _ROWS if is_sequence else "output, target"
    return [f"cross_entropy = {made}", "", "", *_function(loss, f"return cross_entropy({arguments}){mean}")]


def _function(loss: LossFunction, *lines: str) -> list[str]:
    return [
        "def loss_of(output, target):",
        f'    """{loss.title}."""',
        *(f"    {line}" for line in lines),
        "",
        "",
    ]


def optimiser_line(kind: OptimiserKind, has_groups: bool) -> str:
    """Code of the optimiser, for ``groups`` of weights or for all alike."""
    return written(kind, _OPTIMISERS, TITLE, weights="groups" if has_groups else "model.parameters()")


def clipping_lines(kind: clipping.ClippingKind) -> list[str]:
    """What comes between the backward pass and the optimiser's step."""
    match kind:
        case clipping.NoClipping():
            return []
        case clipping.ClipByNorm():
            return [f"nn.utils.clip_grad_norm_(model.parameters(), {kind.maximum!r})"]
        case clipping.ClipByValue():
            return [f"nn.utils.clip_grad_value_(model.parameters(), {kind.limit!r})"]
        case _:
            raise unknown(kind, TITLE)


def schedule_of(kind: ScheduleKind) -> Schedule:
    """A scheduler of PyTorch, where it has the same one; else a function of the step."""
    scheduler = "torch.optim.lr_scheduler"
    match kind:
        case schedules.Constant():
            return Schedule([])
        case schedules.StepDecay():
            made = f"StepLR(optimiser, step_size={kind.every_epochs}, gamma={kind.shrink!r})"
            return Schedule([f"schedule = {scheduler}.{made}"], "epoch")
        case schedules.ReduceOnPlateau():
            lines = [
                f"schedule = {scheduler}.ReduceLROnPlateau(",
                f"    optimiser, factor={kind.shrink!r}, patience={kind.patience}, cooldown={kind.cooldown},",
                f'    threshold={kind.minimum_improvement!r}, threshold_mode="abs", eps=0,',
                ")",
            ]
            return Schedule(lines, "epoch", "schedule.step(loss)")
        case schedules.OneCycle():
            lines = [
                f"schedule = {scheduler}.OneCycleLR(",
                '    optimiser, [group["lr"] for group in optimiser.param_groups], STEPS,',
                f"    pct_start={kind.rising!r}, div_factor={kind.start_divisor!r},",
                f"    final_div_factor={kind.end_divisor!r}, cycle_momentum=False,",
                ")",
            ]
            return Schedule(lines, "last step", "schedule.step()")
        case _:
            pass
    try:
        lines = factor_lines(kind)
    except NotImplementedError:
        raise unknown(kind, TITLE) from None
    return Schedule(["", "", *lines, "", "", f"schedule = {scheduler}.LambdaLR(optimiser, factor)"], "step")


_OPTIMISERS: Templates = {
    optimisers.SGD: "torch.optim.SGD({weights}, lr={k.learning_rate!r})",
    optimisers.Momentum: "torch.optim.SGD({weights}, lr={k.learning_rate!r}, momentum={k.momentum!r})",
    optimisers.Nesterov: (
        "torch.optim.SGD({weights}, lr={k.learning_rate!r}, "
        "momentum={k.momentum!r}, nesterov={k.momentum!r} > 0)"
    ),
    optimisers.RMSProp: (
        "torch.optim.RMSprop({weights}, lr={k.learning_rate!r}, alpha={k.decay!r}, eps={k.epsilon!r})"
    ),
    optimisers.Adagrad: "torch.optim.Adagrad({weights}, lr={k.learning_rate!r}, eps={k.epsilon!r})",
    optimisers.Adadelta: (
        "torch.optim.Adadelta({weights}, lr={k.learning_rate!r}, rho={k.decay!r}, eps={k.epsilon!r})"
    ),
    optimisers.Adam: (
        "torch.optim.Adam({weights}, lr={k.learning_rate!r}, "
        "betas=({k.beta_1!r}, {k.beta_2!r}), eps={k.epsilon!r})"
    ),
    optimisers.AdamW: (
        "torch.optim.AdamW({weights}, lr={k.learning_rate!r}, "
        "betas=({k.beta_1!r}, {k.beta_2!r}), eps={k.epsilon!r}, weight_decay={k.weight_decay!r})"
    ),
    optimisers.Nadam: (
        "torch.optim.NAdam({weights}, lr={k.learning_rate!r}, betas=({k.beta_1!r}, {k.beta_2!r}), "
        "eps={k.epsilon!r}, momentum_decay={k.momentum_decay!r})"
    ),
}
