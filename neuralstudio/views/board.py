"""The playground's board: what every neuron says over the inputs, and every weight between them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Signature
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, placeholder
from neuralstudio.layers._base import Scope
from neuralstudio.layers.features import FEATURES, Feature, Features
from neuralstudio.network.model import Model
from neuralstudio.project.playground.setup import Column, Setup
from neuralstudio.views._base import Floats

SIDE = 44
"""Cells along a side of a neuron's map."""
FINE = 100
"""Cells along a side of the large map of the output."""
POINTS = 80
"""Places at which neurons of a network on one number are asked."""
REACH = 6.0
"""Half the side of the plane that data without named columns lie on."""
Mode = Literal["weight", "gradient", "update", "update/weight"]
MODES: tuple[Mode, ...] = get_args(Mode)

_THICKEST = 5.0
"""The |weight| that is drawn thickest."""
_BOUNDED = {"tanh", "sigmoid", "softmax", "hard-sigmoid", "softsign", "step"}
"""Activations whose outputs stay within −1…1: what they say needs no scale of its own."""
_NEARLY_ALL, _ASKED = 98, 20_000
"""Per cent of a layer's outputs that are not beyond its scale, found from so many of them."""
_SLOWNESS = 0.9
"""How much of the last scale stays in the next, so that colours drift and do not flicker."""
_FAINTEST, _STRONGEST = -5.0, -1.0
"""Powers of ten between which update-to-weight ratios are drawn from thin to thick."""
_ROWS = 2000
"""Places asked at a time: more would not fit into the cache."""


@dataclass(frozen=True)
class Links:
    """One number for each weight and bias of a layer: (inputs, units) and (units,)."""

    weights: Floats
    biases: Floats


@dataclass(frozen=True)
class Neurons:
    """A dense layer at one moment.

    maps: (units, side, side) in −1…1, row 0 on top, or (units, points) over one input; 1 stands for
    ``scale``. ``gradients`` and ``updates`` are those of the last step, None before it or while frozen.
    """

    id: str
    maps: Floats
    scale: float
    weights: Links
    gradients: Links | None = None
    updates: Links | None = None


@dataclass(frozen=True)
class Board:
    """All layers, from the first hidden one to the output.

    ``limits``: the gradient and the update that are drawn thickest.
    """

    layers: tuple[Neurons, ...]
    limits: tuple[float, float] = (0.0, 0.0)

    @property
    def count(self) -> int:
        """Number of weights, biases not counted."""
        return sum(layer.weights.weights.size for layer in self.layers)


# ── where neurons are asked ──────────────────────────────────────────────────────────────────────────


def extent(signature: Signature) -> tuple[tuple[float, float], ...]:
    """From where to where each input is shown, as the network sees it."""
    if len(signature.columns) == signature.input_shape[0]:
        ends = (each.scaled((each.low, each.high)).tolist() for each in signature.columns)
        return tuple((low, high) for low, high in ends)
    return ((-REACH, REACH),) * signature.input_shape[0]


@cache
def grid(signature: Signature, side: int) -> Floats:
    """Middles of the cells: (side², 2), row by row from the top left, x₂ upwards; or (side, 1)."""
    axes = [
        low + (np.arange(side, dtype=np.float32) + 0.5) * np.float32((high - low) / side)
        for low, high in extent(signature)
    ]
    if len(axes) == 1:
        return axes[0][:, np.newaxis]
    across, up = np.meshgrid(axes[0], axes[1][::-1])
    places: Floats = np.stack((across.ravel(), up.ravel()), axis=1)
    places.setflags(write=False)  # one array for all who ask
    return places


def feature_maps(signature: Signature) -> dict[Feature, Floats]:
    """What each feature says, in −1…1: (SIDE, SIDE); on one input only x₁, (POINTS,)."""
    if signature.input_shape == (1,):
        return {"x1": np.linspace(-1, 1, POINTS, dtype=np.float32)}
    places = grid(signature, SIDE)
    layer = Features(chosen=FEATURES)
    said = layer.build(placeholder("x", places.shape), Scope("features", is_training=False))
    program = compile_program({"output": said}, {}, [])
    program.inputs["x"][...] = places
    program.run()
    values = program.outputs["output"]
    # Half the largest: the middle of a feature then shows as clearly as a neuron's boundary.
    shares = np.clip(values / (np.abs(values).max(axis=0) / 2), -1, 1)
    return dict(zip(FEATURES, shares.T.reshape(-1, SIDE, SIDE), strict=True))


# ── what neurons say there ───────────────────────────────────────────────────────────────────────────


def compute(
    model: Model,
    setup: Setup,
    before: Board | None = None,
    gradients: Mapping[str, Array] | None = None,
    updates: Mapping[str, Array] | None = None,
) -> Board:
    """The board with the model's present weights.

    ``before`` is the last board, whose scales and limits change only slowly; ``gradients`` and ``updates``
    are arrays by weight name ("dense-1/kernel"), as the last step left them.
    """
    columns = (*setup.hidden, setup.output)
    side = POINTS if model.signature.input_shape == (1,) else SIDE
    places = grid(model.signature, side)
    said = _outputs(model, places, [column.id for column in columns])
    known = {layer.id: layer for layer in before.layers} if before is not None else {}
    layers = []
    for column in columns:
        values = said[column.id].T
        old = known.get(column.id)
        scale = _scale(column, values, old.scale if old is not None else 0.0, column is setup.output)
        if column is setup.output and _is_share(model):
            values = 2 * values - 1  # 0 stands for the first class
        with np.errstate(all="ignore"):
            maps = np.nan_to_num(np.clip(values / np.float32(scale), -1, 1)).astype(np.float32, copy=False)
        layers.append(
            Neurons(
                column.id,
                maps.reshape(column.units, *(side,) * model.signature.input_shape[0]),
                scale,
                _of_model(model, column.id),
                _links(column.id, gradients),
                _links(column.id, updates),
            )
        )
    old_limits = before.limits if before is not None else (0.0, 0.0)
    limits = (
        _drifting(old_limits[0], _largest(layer.gradients for layer in layers)),
        _drifting(old_limits[1], _largest(layer.updates for layer in layers)),
    )
    return Board(tuple(layers), limits)


def answers(model: Model, side: int = FINE, node: str = "", unit: int = 0) -> Floats:
    """What the network says, or one neuron of the layer ``node``, over all inputs.

    (side, side), or (side,) for one input: −1 (first class) … +1 (second class), or the number predicted,
    or the neuron's output as it is. A network of several classes gives shares: (side, side, classes).
    """
    places = grid(model.signature, side)
    shape = (side,) * model.signature.input_shape[0]
    said = np.concatenate(
        [
            _outputs(model, places[start : start + _ROWS], [node] if node else [])[node or "output"]
            for start in range(0, len(places), _ROWS)
        ]
    )
    said = np.nan_to_num(said.reshape(len(places), -1)).astype(np.float32, copy=False)
    if node:
        said = said[:, unit]
    elif said.shape[1] > 1:
        shape = (*shape, said.shape[1])
    elif _is_share(model):
        said = 2 * said - 1
    values: NDArray[np.float32] = said.reshape(shape)
    return values


def _is_share(model: Model) -> bool:
    """Its one output says from 0 to 1 how much it is the second class."""
    is_single = model.output_shape == (1,)
    return is_single and bool(model.signature.classes) and model.encoding != "signed"


def _outputs(model: Model, places: Floats, ids: list[str]) -> dict[str, Floats]:
    """Outputs of some layers, (places, units) each, to be read before the next call; "output" always."""
    program = model.prediction_program(len(places), tuple(ids))
    program.inputs["x"][...] = places
    with np.errstate(all="ignore"):  # a network that diverged says infinities
        program.run()
    return {name: program.outputs[name].copy() for name in ("output", *ids)}


def _scale(column: Column, values: Floats, before: float, is_output: bool) -> float:
    """The output that is drawn in full colour."""
    if type(column.activation).tag() in _BOUNDED:
        return 1.0
    largest = _usual_largest(np.abs(values)) if np.isfinite(values).all() else before
    return max(_drifting(before, largest), 1.0 if is_output else 1e-6)


def _usual_largest(sizes: Floats) -> float:
    """What nearly all outputs stay below: one corner of a ReLU's map must not make all others pale."""
    usual = float(np.percentile(sizes.ravel()[:: max(1, sizes.size // _ASKED)], _NEARLY_ALL))
    return usual or float(sizes.max())


def _drifting(before: float, now: float) -> float:
    if not np.isfinite(now):
        return before
    return now if before == 0 else _SLOWNESS * before + (1 - _SLOWNESS) * now


# ── weights ──────────────────────────────────────────────────────────────────────────────────────────


def strengths(board: Board, mode: Mode) -> tuple[Links, ...]:
    """How strongly each weight and bias is drawn: −1…1 in thickness, the sign apart; layer by layer.

    weight: w/5; gradient and update: as a share of the largest of late; update/weight: |Δw|/|w| from 10⁻⁵ to
    10⁻¹ on a logarithmic scale, with the sign of the update. All zero where nothing is known yet.
    """
    result = []
    for layer in board.layers:
        if mode == "weight":
            result.append(_each(lambda w: np.clip(w / _THICKEST, -1, 1), layer.weights))
        elif mode == "gradient":
            result.append(_share(layer, layer.gradients, board.limits[0]))
        elif mode == "update":
            result.append(_share(layer, layer.updates, board.limits[1]))
        else:
            result.append(_ratio_strengths(layer))
    return tuple(result)


def is_known(board: Board, mode: Mode) -> bool:
    """Whether there is anything to draw in this mode: gradients and updates come with the first step."""
    if mode == "weight":
        return True
    return any((each.gradients if mode == "gradient" else each.updates) is not None for each in board.layers)


def ratio(update: Floats, weight: Floats) -> Floats:
    """|Δw| / |w|, and 0 where nothing moved."""
    with np.errstate(all="ignore"):
        return np.where(update == 0, 0.0, np.abs(update) / np.abs(weight))


def _ratio_strengths(layer: Neurons) -> Links:
    if layer.updates is None:
        return _nothing(layer)

    def strength(update: Floats, weight: Floats) -> Floats:
        with np.errstate(all="ignore"):
            power = np.log10(ratio(update, weight))
        return np.sign(update) * np.clip((power - _FAINTEST) / (_STRONGEST - _FAINTEST), 0, 1)

    updates, weights = layer.updates, layer.weights
    return Links(
        strength(updates.weights, weights.weights),
        strength(updates.biases, weights.biases),
    )


def _share(layer: Neurons, links: Links | None, limit: float) -> Links:
    if links is None or not limit:
        return _nothing(layer)
    return _each(lambda values: np.clip(np.nan_to_num(values / limit), -1, 1), links)


def _nothing(layer: Neurons) -> Links:
    return _each(np.zeros_like, layer.weights)


def _each(function: Callable[[Floats], Floats], links: Links) -> Links:
    return Links(function(links.weights), function(links.biases))


def _of_model(model: Model, node: str) -> Links:
    """Copies of a layer's weights."""
    return _copied(*(model.parameters.value(f"{node}/{name}") for name in ("kernel", "bias")))


def _links(node: str, arrays: Mapping[str, Array] | None) -> Links | None:
    kernel, bias = f"{node}/kernel", f"{node}/bias"
    if not arrays or kernel not in arrays or bias not in arrays:
        return None
    return _copied(arrays[kernel], arrays[bias])


def _copied(kernel: Array, bias: Array) -> Links:
    return Links(np.array(kernel, dtype=np.float32), np.array(bias, dtype=np.float32))


def _largest(several: Iterable[Links | None]) -> float:
    """Of all finite weights; 0 where there is none."""
    known = [np.abs(links.weights[np.isfinite(links.weights)]) for links in several if links is not None]
    return max((float(each.max()) for each in known if each.size), default=0.0)
