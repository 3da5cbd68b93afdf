"""Writes a link for a playground, and says what no link can hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from neuralstudio.engine.activations import Linear, Tanh
from neuralstudio.engine.initialisers import Zeros
from neuralstudio.engine.losses import HalfSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.network.learning import Learning
from neuralstudio.project.document import Project
from neuralstudio.project.playground._link_words import (
    ACTIVATIONS,
    CONTROLS,
    DATASETS,
    FEATURE_KEYS,
    HIDE,
    LAYERS,
    MOST_WEIGHTS,
    PAGE,
    PENALTIES,
    PROBLEMS,
    SEEDS,
    TEXT,
    weights_between,
)
from neuralstudio.project.playground._penalty import carries_penalties
from neuralstudio.project.playground._stack import Place, Stack, stack_of
from neuralstudio.project.playground.setup import Setup, classic, read
from neuralstudio.schema.fields import fields
from neuralstudio.training.backprop import Backprop

_MOST_LAYERS, _MOST_UNITS = 6, 8
"""What the page shows."""
_SAID = ("loss", "optimiser", "batch_size", "shrinking")
"""Training settings with a sentence of their own; the others must be the classic ones."""


@dataclass(frozen=True)
class Shared:
    """A link, and in plain words what it cannot say of the present state."""

    url: str
    left_out: tuple[str, ...]


def share(
    project: Project,
    *,
    show_test: bool = False,
    discretise: bool = False,
    hidden: frozenset[str] = frozenset(),
    is_trained: bool = False,
) -> Shared:
    """A link that opens the playground as it is now, as far as a link can.

    is_trained: its weights are other than the first draw, by training or by hand. Raises ``ProblemError``
    where the network is no playground's.
    """
    setup, stack = read(project), stack_of(project)
    words = {
        **_network_words(setup, stack),
        **_data_words(project),
        "learningRate": _number(setup.learning_rate),
        "batchSize": str(setup.batch_size),
        "regularization": next(word for word, kind in PENALTIES.items() if kind == setup.penalty),
        "regularizationRate": _number(setup.penalty_rate),
        **_seed_words(project),
        "showTestData": _switch(show_test),
        "discretize": _switch(discretise),
        "hideText": _switch(TEXT in hidden),
        **{f"{control}{HIDE}": "true" for control in sorted(hidden & CONTROLS)},
    }
    url = PAGE + "#" + "&".join(f"{key}={quote(value, safe=',')}" for key, value in words.items())
    left_out = list(_left_out(project, setup, stack))
    if is_trained:
        left_out.insert(0, "the trained or edited weights (a link opens untrained)")
    return Shared(url, tuple(left_out))


# ── the words of the link ────────────────────────────────────────────────────────────────────────────


def _network_words(setup: Setup, stack: Stack) -> dict[str, str]:
    words = {
        "activation": next(
            (word for word, kind in ACTIVATIONS.items() if kind == _activation(setup)), "tanh"
        ),
        "networkShape": ",".join(str(column.units) for column in setup.hidden),
        **{key: _switch(feature in setup.features) for key, feature in FEATURE_KEYS.items()},
    }
    if _starts_at_zero(stack):
        words["initZero"] = "true"
    numbers = _numbers(stack)
    if numbers and numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        words[LAYERS] = ",".join(numbers)
    return words


def _data_words(project: Project) -> dict[str, str]:
    dataset, task = project.dataset, project.dataset.signature.task
    words: dict[str, str] = {"problem": task}
    for word, kind in DATASETS[PROBLEMS[task]].items():
        if type(dataset) is kind:
            words[PROBLEMS[task]] = word
    for name, word in (("noise", "noise"), ("share", "percTrainData")):
        if hasattr(dataset, name):
            words[word] = _number(getattr(dataset, name))
    return words


def _seed_words(project: Project) -> dict[str, str]:
    """The page's seed, so that all who open the link there see the same, and our own seeds."""
    seeds = project.seeds
    own = (seeds.data, seeds.weights, seeds.order, seeds.noise)
    return {"seed": f"0.{seeds.data:05d}", SEEDS: ",".join(map(str, own))}


def _activation(setup: Setup) -> object:
    """What all hidden layers have; None where they differ. Without any it is the page's usual one."""
    found = [column.activation for column in setup.hidden] or [Tanh()]
    return found[0] if all(each == found[0] for each in found) else None


def _numbers(stack: Stack) -> list[str]:
    """Numbers in the names of the dense layers; none where one has another kind of name."""
    ids = [place.node.id.partition("dense-")[2] for place in stack]
    return ids if all(_is_number(each) for each in ids) else []


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6 and not text.startswith("0")


def _starts_at_zero(stack: Stack) -> bool:
    return all(place.dense.initialiser == place.dense.bias_initialiser == Zeros() for place in stack)


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _switch(is_on: bool) -> str:
    return "true" if is_on else "false"


# ── what it cannot say ───────────────────────────────────────────────────────────────────────────────


def _left_out(project: Project, setup: Setup, stack: Stack) -> Iterator[str]:
    yield from _data_left_out(project)
    yield from _layers_left_out(setup, stack)
    yield from _learning_left_out(stack)
    yield from _start_left_out(stack)
    end = Tanh() if setup.problem == "classification" else Linear()
    if setup.output.activation != end or setup.output.units != 1 or project.loss != HalfSquaredError():
        yield f"the output ({setup.output.activation.title} with {project.loss.title.lower()})"
    yield from _training_left_out(project)
    if project.groups:
        yield "groups of layers"


def _data_left_out(project: Project) -> Iterator[str]:
    dataset = project.dataset
    kinds = DATASETS[PROBLEMS[dataset.signature.task]].values()
    kind = next((kind for kind in kinds if type(dataset) is kind), None)
    if kind is None:
        yield f"the data set {dataset.title}"
    elif getattr(dataset, "count", None) != kind().count:
        yield f"the number of points (on the page there are {kind().count:,})"


def _layers_left_out(setup: Setup, stack: Stack) -> Iterator[str]:
    activation, most = _activation(setup), max((column.units for column in setup.hidden), default=0)
    count = len(setup.hidden)
    if activation is None:
        yield "activations that differ from layer to layer"
    elif activation not in ACTIVATIONS.values():
        yield f"the activation {setup.hidden[0].activation.title}"
    weights = weights_between((len(setup.features), *(column.units for column in setup.hidden), 1))
    is_too_large = weights > MOST_WEIGHTS
    if is_too_large:
        yield f"the layers, as they have {weights:,} weights (a link has {MOST_WEIGHTS:,} at most)"
    if count > _MOST_LAYERS and not is_too_large:
        yield f"{count} hidden layers for the page, which has {_MOST_LAYERS} at most (here they open)"
    if most > _MOST_UNITS and not is_too_large:
        yield f"layers of {most} neurons for the page, which has {_MOST_UNITS} at most (here they open)"
    if any(place.dropout is not None for place in stack):
        yield "dropout"


def _start_left_out(stack: Stack) -> Iterator[str]:
    usual = _start(stack_of(classic()).output)
    if not _starts_at_zero(stack) and any(_start(place) != usual for place in stack):
        yield "where the weights start (on the page within ±0.5, biases at 0.1)"
    if any(place.node.draw for place in stack):
        yield "layers whose first weights were drawn again"
    if not _numbers(stack):
        yield "the names of the layers, on which the draw of their first weights depends"


def _learning_left_out(stack: Stack) -> Iterator[str]:
    learnings = [place.node.learning for place in stack]
    if any(each.is_frozen for each in learnings):
        yield "frozen layers"
    if any(each.rate_factor != Learning().rate_factor for each in learnings):
        yield "learning rates that differ from layer to layer"
    if carries_penalties(stack):
        yield "penalties that are part of the loss (the page shrinks the weights after each step)"


def _start(place: Place) -> tuple[object, object]:
    return place.dense.initialiser, place.dense.bias_initialiser


def _training_left_out(project: Project) -> Iterator[str]:
    trainer, usual = project.trainer, classic().trainer
    assert isinstance(trainer, Backprop)
    if trainer.optimiser != SGD(learning_rate=trainer.optimiser.learning_rate):
        yield f"the optimiser {trainer.optimiser.title}"
    for field in fields(Backprop):
        if field.name not in _SAID and getattr(trainer, field.name) != getattr(usual, field.name):
            yield f"the setting {field.title.lower()} of the training"
