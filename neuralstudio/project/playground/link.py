"""Playground links: an address that holds the settings of a playground, read and written."""

from dataclasses import dataclass
from zlib import crc32

import msgspec

from neuralstudio.data.sets.circle import Circle
from neuralstudio.engine.initialisers import Zeros
from neuralstudio.engine.optimisers import SGD
from neuralstudio.engine.random import Seeds
from neuralstudio.engine.shrinking import ShrinkL2
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.features import Feature
from neuralstudio.network.spec import DATA, NetworkSpec, Node
from neuralstudio.project.document import Project
from neuralstudio.project.playground._link_sharing import Shared, share
from neuralstudio.project.playground._link_values import Values, is_link, pairs, shown
from neuralstudio.project.playground._link_words import (
    ACTIVATIONS,
    CONTROLS,
    DATASETS,
    FEATURE_KEYS,
    HIDE,
    KEYS,
    LAYERS,
    MOST_WEIGHTS,
    PENALTIES,
    PROBLEMS,
    SEEDS,
    TEXT,
    weights_between,
)
from neuralstudio.project.playground._stack import PLAIN, stack_of
from neuralstudio.project.playground.setup import (
    MOST_LAYERS,
    MOST_UNITS,
    classic,
    with_batch_size,
    with_dataset,
    with_features,
    with_learning_rate,
    with_penalty,
)
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.training.backprop import Backprop

__all__ = ["CONTROLS", "TEXT", "Opened", "Shared", "is_link", "parse", "share"]

_MOST_NAMED = 3
"""Keys that are not known and named in a note."""
_LARGEST_NUMBER = 999_999
"""Of a layer, such as 4 of "dense-4"."""


@dataclass(frozen=True)
class Opened:
    """What a link says. ``notes`` tells, in sentences, of all that is not as the page would have it."""

    project: Project
    hidden: frozenset[str] = frozenset()
    """Controls not to be shown, by the page's names (``CONTROLS``), and ``TEXT``."""
    show_test: bool = False
    discretise: bool = False
    notes: tuple[str, ...] = ()


def parse(text: str) -> Opened:
    """Opens a link: an address of any host, or what comes after its # alone.

    Raises ``ProblemError`` where the text is no such link; values that make no sense become the page's usual
    ones, and a note says so.
    """
    values = Values(pairs(text))
    project = _with_network(classic(), values)
    project = _with_data(project, values)
    project = _with_training(project, values)
    project = msgspec.structs.replace(project, seeds=_seeds(values))
    hidden = {control for control in sorted(CONTROLS) if values.switch(f"{control}{HIDE}")}
    if values.switch("hideText"):
        hidden.add(TEXT)
    show_test, discretise = values.switch("showTestData"), values.switch("discretize")
    _tell_of_the_rest(values)
    return Opened(project, frozenset(hidden), show_test, discretise, tuple(values.notes))


def _with_network(project: Project, values: Values) -> Project:
    """Features, hidden layers, activation, and the numbers of the layers."""
    usual, features = stack_of(project), _features(values)
    shape = values.whole_numbers("networkShape", MOST_UNITS, MOST_LAYERS)
    weights = 0 if shape is None else weights_between((len(features), *shape, 1))
    if weights > MOST_WEIGHTS:
        values.tell(
            f"networkShape asks for {weights:,} weights, more than {MOST_WEIGHTS:,}, so it is left out."
        )
    if shape is None or weights > MOST_WEIGHTS:
        shape = tuple(place.dense.units for place in usual.hidden)
    activation = values.choice("activation", ACTIVATIONS, "tanh")
    like = usual.output.dense
    if values.switch("initZero"):
        like = replaced(like, initialiser=Zeros(), bias_initialiser=Zeros())
    layers = [*(replaced(like, units=units, activation=activation) for units in shape), like]
    network = _chained(layers, _numbers(values, len(layers)))
    return with_features(msgspec.structs.replace(project, network=network), features)


def _chained(layers: list[Dense], numbers: tuple[int, ...]) -> NetworkSpec:
    nodes: list[Node] = []
    for layer, number in zip(layers, numbers, strict=True):
        below = nodes[-1].id if nodes else DATA
        nodes.append(Node(f"{layer.tag()}-{number}", layer, (below,)))
    return NetworkSpec(tuple(nodes))


def _numbers(values: Values, count: int) -> tuple[int, ...]:
    """The numbers that dense layers have in their names: 1, 2, 3 … unless the link has others."""
    found = values.whole_numbers(LAYERS, _LARGEST_NUMBER, MOST_LAYERS + 1)
    if found is not None and len(set(found)) == len(found) == count:
        return found
    if found is not None:
        values.tell(f"{LAYERS} does not fit the network, so it is left out.")
    return tuple(range(1, count + 1))


def _features(values: Values) -> list[Feature]:
    chosen = [feature for key, feature in FEATURE_KEYS.items() if values.switch(key, feature in PLAIN)]
    if not chosen:
        values.tell("It has no feature chosen, so x and y are on.")
    return chosen or list(PLAIN)


def _with_data(project: Project, values: Values) -> Project:
    """The data set, which output and loss follow, and what the project is called."""
    key = values.choice("problem", PROBLEMS, "classification")
    known = DATASETS[key]
    kind = values.choice(key, known, next(iter(known)))
    allowed, usual = _fields(Circle), Circle()
    noise = values.number("noise", allowed["noise"], usual.noise)
    share = values.number("percTrainData", allowed["share"], usual.share)
    dataset = kind(noise=int(noise), share=int(share))
    words = {"title": f"Playground: {kind.title.lower()}", "about": "", "question": ""}
    return msgspec.structs.replace(with_dataset(project, dataset), **words)


def _with_training(project: Project, values: Values) -> Project:
    assert isinstance(project.trainer, Backprop)
    usual = project.trainer
    rate = values.number("learningRate", _fields(SGD)["learning_rate"], usual.optimiser.learning_rate)
    size = values.number("batchSize", _fields(Backprop)["batch_size"], usual.batch_size)
    penalty = values.choice("regularization", PENALTIES, "none")
    strength = values.number("regularizationRate", _fields(ShrinkL2)["rate"], 0.0)
    project = with_batch_size(with_learning_rate(project, rate), int(size))
    return with_penalty(project, penalty, strength)


def _seeds(values: Values) -> Seeds:
    """Our own seeds where the link has them; else all from the page's, which are another's random numbers."""
    names = ("data", "weights", "order", "noise")
    own = values.seeds(SEEDS, len(names))
    if own is not None:
        return Seeds(**dict(zip(names, own, strict=True)))
    seed = values.values.get("seed")
    if seed is None:
        return Seeds()
    values.tell(
        f"Points and first weights are drawn from seed {shown(seed)}, but are not those that the page draws."
    )
    return Seeds.all(crc32(seed.encode()) % 2**31)


def _tell_of_the_rest(values: Values) -> None:
    if "tutorial" in values.values:
        values.tell("Tutorials of the page are not shown here.")
    unknown = [shown(key) for key in values.values if key not in KEYS]
    if unknown:
        more = f" and {len(unknown) - _MOST_NAMED:,} more" if len(unknown) > _MOST_NAMED else ""
        values.tell(f"Not known, so left out: {', '.join(unknown[:_MOST_NAMED])}{more}.")


def _fields(kind: type[Kind]) -> dict[str, Field]:
    return {field.name: field for field in fields(kind)}
