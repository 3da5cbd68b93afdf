"""What things on the board are called: features, neurons, outputs, weights."""

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from neuralstudio.layers.features import SYMBOLS, Feature
from neuralstudio.project.document import Project
from neuralstudio.project.playground.setup import Setup
from neuralstudio.ui.playground.board_layout import Spot, neuron_name
from neuralstudio.ui.playground.hover_card import WeightAt


def feature_names(project: Project, features: Iterable[Feature]) -> list[str]:
    """The inputs by the names the data gives them, the others by their formulas."""
    names = project.dataset.signature.features
    own = dict(zip(("x1", "x2"), names, strict=False))
    return [own.get(feature, SYMBOLS[feature].replace("x", "X")) for feature in features]


def output_names(project: Project, units: Iterable[int]) -> list[str]:
    """Classes beside the outputs that stand for them; nothing beside a single output."""
    classes = project.dataset.signature.classes
    units = list(units)
    is_each = len(classes) > 2 or len(units) > 1
    return [classes[unit] if is_each and unit < len(classes) else "" for unit in units]


def weight_name(project: Project, setup: Setup, weight: WeightAt) -> str:
    """ "Weight h1·3 → h2·2", "Bias of h2·2"."""
    target = neuron_name(setup, Spot(weight.node, weight.unit))
    if weight.source is None:
        return QCoreApplication.translate("board", "Bias of {}").format(target)
    return QCoreApplication.translate("board", "Weight {} → {}").format(
        source_name(project, setup, weight), target
    )


def source_name(project: Project, setup: Setup, weight: WeightAt) -> str:
    """What a weight comes from: "X₁", "h1·3"."""
    assert weight.source is not None
    order = [column.id for column in (*setup.hidden, setup.output)]
    place = order.index(weight.node)
    if place == 0:
        return feature_names(project, setup.features)[weight.source]
    return neuron_name(setup, Spot(order[place - 1], weight.source))
