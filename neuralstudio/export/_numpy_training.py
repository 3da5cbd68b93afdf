"""Losses with their gradients, clipping and optimisers in plain NumPy."""

from neuralstudio.engine import clipping, losses, optimisers
from neuralstudio.engine.losses import Encoding
from neuralstudio.engine.optimisers import OptimiserKind
from neuralstudio.export._base import unknown
from neuralstudio.training.backprop import Backprop

TITLE = "NumPy"


def loss_lines(trainer: Backprop, encoding: Encoding) -> list[str]:
    """The body of ``loss_of(y, target)``."""
    match trainer.loss:
        case losses.MeanSquaredError():
            return ["return ((y - target) ** 2).mean()"]
        case losses.HalfSquaredError():
            return ["return 0.5 * ((y - target) ** 2).mean()"]
        case losses.MeanAbsoluteLoss():
            return ["return np.abs(y - target).mean()"]
        case losses.HuberLoss(delta=delta):
            return [
                "error = np.abs(y - target)",
                f"beyond = {delta!r} * (error - {delta!r} / 2)",
                f"return np.where(error <= {delta!r}, error**2 / 2, beyond).mean()",
            ]
        case losses.LogCoshLoss():
            return [
                "error = np.abs(y - target)",
                "return (error + np.log1p(np.exp(-2 * error)) - np.log(2)).mean()",
            ]
        case losses.BinaryCrossEntropy():
            return [
                *_smoothed(trainer.loss),
                "y = np.clip(y, 1e-7, 1 - 1e-7)  # the logarithm of 0 is infinite",
                "return -(target * np.log(y) + (1 - target) * np.log(1 - y)).mean()",
            ]
        case losses.CategoricalCrossEntropy() if not _has_shares(trainer.loss):
            return [
                "right = np.take_along_axis(y, target[..., None], axis=-1)",
                "return -np.log(np.maximum(right, 1e-12)).mean()",
            ]
        case losses.CategoricalCrossEntropy():
            return [
                *_shares(trainer.loss, "y"),
                "return -(share * np.log(np.maximum(y, 1e-12))).sum(axis=-1).mean()",
            ]
        case losses.Hinge() if encoding == "signed":
            return ["return np.maximum(1 - target * y, 0).mean()"]
        case losses.Hinge():
            return [*_margins("y"), "return np.maximum(short, 0).sum(axis=-1).mean() / y.shape[-1]"]
        case losses.KullbackLeibler():
            return [
                "ratio = np.maximum(target, 1e-12) / np.maximum(y, 1e-12)",
                "return (target * np.log(ratio)).sum(axis=-1).mean()",
            ]
        case _:
            raise unknown(trainer.loss, TITLE)


def start_lines(trainer: Backprop, encoding: Encoding, y: str) -> tuple[list[str], str]:
    """The gradient ``d`` the backward pass starts from, and the activation it has gone through already.

    Cross-entropy and the activation before it have together the gradient y − t, without a division.
    """
    match trainer.loss:
        case losses.MeanSquaredError():
            return [f"d = 2 * ({y} - target) / {y}.size"], ""
        case losses.HalfSquaredError():
            return [f"d = ({y} - target) / {y}.size"], ""
        case losses.MeanAbsoluteLoss():
            return [f"d = np.sign({y} - target) / {y}.size"], ""
        case losses.HuberLoss(delta=delta):
            return [f"d = np.clip({y} - target, -{delta!r}, {delta!r}) / {y}.size"], ""
        case losses.LogCoshLoss():
            return [f"d = np.tanh({y} - target) / {y}.size"], ""
        case losses.BinaryCrossEntropy():
            line = f"d = ({y} - target) / {y}.size  # loss and sigmoid together"
            return [*_smoothed(trainer.loss), line], "sigmoid"
        case losses.CategoricalCrossEntropy() if not _has_shares(trainer.loss):
            one_hot = f"np.eye({y}.shape[-1], dtype=np.float32)[target]"
            return [f"d = ({y} - {one_hot}) / target.size  # loss and softmax together"], "softmax"
        case losses.CategoricalCrossEntropy():
            line = f"d = ({y} * share.sum(axis=-1, keepdims=True) - share) / target.size"
            return [*_shares(trainer.loss, y), f"{line}  # loss and softmax together"], "softmax"
        case losses.Hinge() if encoding == "signed":
            return [f"d = -target * (target * {y} < 1) / {y}.size"], ""
        case losses.Hinge():
            return [
                *_margins(y),
                "d = (short > 0).astype(np.float32)",
                "d -= right * d.sum(axis=-1, keepdims=True)",
                f"d /= {y}.size",
            ], ""
        case losses.KullbackLeibler():
            rows = f"({y}.size / {y}.shape[-1])"
            line = f"d = ({y} * target.sum(axis=-1, keepdims=True) - target) / {rows}"
            return [f"{line}  # loss and softmax together"], "softmax"
        case _:
            raise unknown(trainer.loss, TITLE)


def _has_shares(loss: losses.CategoricalCrossEntropy) -> bool:
    return bool(loss.class_weights.strip() or loss.label_smoothing)


def _shares(loss: losses.CategoricalCrossEntropy, y: str) -> list[str]:
    """What counts of each class in the loss."""
    share = loss.label_smoothing
    one_hot = f"np.eye({y}.shape[-1], dtype=np.float32)[target]"
    smoothed = f"{one_hot} * (1 - {share!r}) + {share!r} / {y}.shape[-1]" if share else one_hot
    return [f"share = {smoothed}", *["share = share * class_weights"] * bool(loss.class_weights.strip())]


def _smoothed(loss: losses.BinaryCrossEntropy) -> list[str]:
    share = loss.label_smoothing
    return [f"target = target * (1 - {share!r}) + {share!r} / 2  # label smoothing"] if share else []


def _margins(y: str) -> list[str]:
    """How far each wrong class comes short of losing by a margin of 1."""
    return [
        f"right = np.eye({y}.shape[-1], dtype=np.float32)[target]",
        f"short = (1 - right) * (1 + {y} - ({y} * right).sum(axis=-1, keepdims=True))",
    ]


def clipping_lines(kind: clipping.ClippingKind) -> list[str]:
    """A function ``clip(gradients)``; empty without clipping."""
    match kind:
        case clipping.NoClipping():
            return []
        case clipping.ClipByNorm():
            body = [
                '"""Shortens all gradients together where they are too long."""',
                "norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))",
                f"share = min(1, {kind.maximum!r} / (norm + 1e-6))",
                "return {name: g * share for name, g in gradients.items()}",
            ]
        case clipping.ClipByValue():
            body = [
                '"""Limits each number of the gradients."""',
                f"limit = {kind.limit!r}",
                "return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}",
            ]
        case _:
            raise unknown(kind, TITLE)
    return ["def clip(gradients):", *(f"    {line}" for line in body)]


def update_lines(kind: OptimiserKind, *, has_factors: bool) -> list[str]:
    """The function ``update(gradients, step, rate)``, with the state it keeps from step to step."""
    slots, body, before = _update(kind)
    own = "    for name, g in gradients.items():"
    rate = ["        rate = full_rate * factors.get(name, 1)"] if has_factors else []
    return [
        *(f"{slot} = {{name: np.zeros_like(weight) for name, weight in weights.items()}}" for slot in slots),
        *before,
        f"def update(gradients, step, {'full_rate' if has_factors else 'rate'}):",
        f'    """One step of {kind.title} down the gradients."""',
        own,
        *rate,
        *(f"        {line}" for line in body),
    ]


def _update(kind: OptimiserKind) -> tuple[list[str], list[str], list[str]]:
    """Names of the state, lines for each weight, and lines before the function."""
    match kind:
        case optimisers.SGD():
            return [], ["weights[name] -= rate * g"], []
        case optimisers.Momentum():
            return (
                ["velocity"],
                [
                    f"velocity[name] = {kind.momentum!r} * velocity[name] + g",
                    "weights[name] -= rate * velocity[name]",
                ],
                [],
            )
        case optimisers.Nesterov():
            return (
                ["velocity"],
                [
                    f"velocity[name] = {kind.momentum!r} * velocity[name] + g",
                    f"weights[name] -= rate * (g + {kind.momentum!r} * velocity[name])",
                ],
                [],
            )
        case optimisers.RMSProp():
            return (
                ["square"],
                [
                    f"square[name] = {kind.decay!r} * square[name] + (1 - {kind.decay!r}) * g**2",
                    f"weights[name] -= rate * g / (np.sqrt(square[name]) + {kind.epsilon!r})",
                ],
                [],
            )
        case optimisers.Adagrad():
            return (
                ["square"],
                [
                    "square[name] = square[name] + g**2",
                    f"weights[name] -= rate * g / (np.sqrt(square[name]) + {kind.epsilon!r})",
                ],
                [],
            )
        case optimisers.Adadelta():
            return (
                ["square", "change"],
                [
                    f"square[name] = {kind.decay!r} * square[name] + (1 - {kind.decay!r}) * g**2",
                    f"ratio = (change[name] + {kind.epsilon!r}) / (square[name] + {kind.epsilon!r})",
                    "delta = g * np.sqrt(ratio)",
                    f"change[name] = {kind.decay!r} * change[name] + (1 - {kind.decay!r}) * delta**2",
                    "weights[name] -= rate * delta",
                ],
                [],
            )
        case optimisers.Adam() | optimisers.AdamW() | optimisers.Nadam():
            return _adam(kind)
        case _:
            raise unknown(kind, TITLE)


def _adam(
    kind: optimisers.Adam | optimisers.AdamW | optimisers.Nadam,
) -> tuple[list[str], list[str], list[str]]:
    body = [
        f"mean[name] = {kind.beta_1!r} * mean[name] + (1 - {kind.beta_1!r}) * g",
        f"square[name] = {kind.beta_2!r} * square[name] + (1 - {kind.beta_2!r}) * g**2",
        f"unbiased_square = square[name] / (1 - {kind.beta_2!r}**step)",
    ]
    if isinstance(kind, optimisers.Nadam):
        body += [
            "now, following = momentum(step), momentum(step + 1)",
            "product = np.prod([momentum(t) for t in range(1, step + 1)])",
            "ahead = (1 - now) * g / (1 - product) + following * mean[name] / (1 - product * following)",
            f"weights[name] -= rate * ahead / (np.sqrt(unbiased_square) + {kind.epsilon!r})",
        ]
        before = [
            "def momentum(step):",
            '    """Grows from half of its full value."""',
            f"    return {kind.beta_1!r} * (1 - 0.5 * 0.96 ** ({kind.momentum_decay!r} * step))",
        ]
        return ["mean", "square"], body, before
    body.append(f"unbiased_mean = mean[name] / (1 - {kind.beta_1!r}**step)")
    if isinstance(kind, optimisers.AdamW):
        body.append(f"weights[name] *= 1 - rate * {kind.weight_decay!r}")
    body.append(f"weights[name] -= rate * unbiased_mean / (np.sqrt(unbiased_square) + {kind.epsilon!r})")
    return ["mean", "square"], body, []
