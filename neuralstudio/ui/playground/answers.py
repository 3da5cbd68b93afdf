"""What the output column shows: the network's answer, or what one neuron says, as a map and as a surface."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF

from neuralstudio.data._base import Data, Quantity
from neuralstudio.layers.features import FEATURES
from neuralstudio.network.spec import DATA
from neuralstudio.project.playground.setup import Setup
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures.colours import class_pixels
from neuralstudio.ui.theme import Theme
from neuralstudio.views import board, fitting, plane, surface
from neuralstudio.views._base import Axis, Floats, Scatter, Surface
from neuralstudio.views.fitting import Fit


@dataclass(frozen=True)
class Asked:
    """What was asked of a network: its answer, or one neuron of a layer; of ``DATA`` one of the features.

    values: (side, side), or (side, side, classes). For a neuron, ``scale`` is the output in full colour.
    """

    values: Floats
    reach: float
    node: str = ""
    unit: int = 0
    scale: float = 1.0

    def at(self, place: QPointF) -> Floats:
        """The values at a place in the plane: () or (classes,)."""
        side = len(self.values)
        column = min(side - 1, max(0, int((place.x() + self.reach) / (2 * self.reach) * side)))
        row = min(side - 1, max(0, int((self.reach - place.y()) / (2 * self.reach) * side)))
        found: Floats = self.values[row, column]
        return found


def ask(predictor: Predictor, setup: Setup | None, side: int, node: str = "", unit: int = -1) -> Asked:
    """Asks a network on two inputs all over the plane."""
    model, signature = predictor.model, predictor.signature
    reach = board.extent(signature)[0][1]
    if node == DATA:
        feature = FEATURES[unit]
        return Asked(board.feature_maps(signature)[feature], reach, node, unit)
    if setup is None or node == "" or (node == setup.output.id and setup.output.units == 1):
        return Asked(board.answers(model, side), reach)
    values = board.answers(model, side, node, unit)
    return Asked(values, reach, node, unit, max(1.0, float(np.abs(values).max())))


def along(predictor: Predictor, setup: Setup | None, data: Data | None, node: str, unit: int) -> Fit:
    """The answer of a network on one number beside the right one, or what one neuron says."""
    model = predictor.model
    if setup is None or node in ("", setup.output.id):
        return fitting.compute(model, predictor.project.dataset, data)
    if node == DATA:
        return fitting.of_neuron(model, board.grid(predictor.signature, fitting.STEPS)[:, 0])
    return fitting.of_neuron(model, board.answers(model, fitting.STEPS, node, unit))


def as_map(asked: Asked, data: Data | None, theme: Theme, *, is_discrete: bool, has_test: bool) -> Scatter:
    """The map with the points on it."""
    values = asked.values.reshape(-1, *asked.values.shape[2:]) / np.float32(asked.scale)
    colours = class_pixels(theme, values.shape[1]) if values.ndim == 2 else None
    return plane.compute(
        values, data, colours, asked.reach, is_discrete=is_discrete and not asked.node, has_test=has_test
    )


def as_surface(asked: Asked, predictor: Predictor, theme: Theme, name: str) -> Surface:
    """The same as a surface; ``name`` is what stands at its height."""
    signature = predictor.signature
    reach = asked.reach
    axes = [Axis(each, -reach, reach) for each in (signature.features or ("X₁", "X₂"))]
    if len(signature.columns) == 2:
        ends = [each.real([-reach, reach]).tolist() for each in signature.columns]
        axes = [Axis(each.name, *end) for each, end in zip(signature.columns, ends, strict=True)]
    is_shares = asked.values.ndim == 3
    height = Axis(name, 0.0 if is_shares else -asked.scale, asked.scale)
    colours = class_pixels(theme, asked.values.shape[2]) if is_shares else None
    return surface.compute(asked.values, (axes[0], axes[1], height), colours)


def in_words(asked: Asked, predictor: Predictor, place: QPointF) -> tuple[str, str, str]:
    """x1, x2 and what is said there."""
    signature = predictor.signature
    units = signature.columns if len(signature.columns) == 2 else (Quantity("x"), Quantity("x"))
    across, up = (
        _number(float(unit.real(value))) for unit, value in zip(units, (place.x(), place.y()), strict=True)
    )
    found = asked.at(place)
    if asked.node:
        return across, up, _number(float(found))
    if found.ndim == 1:
        best = int(found.argmax())
        share = float(found[best] / max(float(found.sum()), 1e-9))
        return across, up, f"{signature.classes[best]} {share:.0%}"
    value = float(found)
    if signature.classes:
        return across, up, f"{_number(value)} ({signature.classes[int(value > 0)]})"
    if signature.predicted:
        return across, up, in_unit(signature.predicted[0], value)
    return across, up, _number(value)


def in_unit(unit: Quantity, value: float) -> str:
    """A number the network says as a value with its unit, with a proper minus, and none before a zero."""
    words = unit.worded(float(unit.real(value)))
    if words.startswith("-"):
        is_zero = not any(digit in words for digit in "123456789")
        words = words[1:] if is_zero else f"−{words[1:]}"
    return words


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
