"""What can be changed on the board: each change is one undo step, and weights that still fit are kept."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Array
from neuralstudio.layers.features import Feature
from neuralstudio.network import edits
from neuralstudio.network.spec import display_name
from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup as playground
from neuralstudio.project.playground.setup import Setup
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.playground.board_layout import column_of
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.weight_edits import edit_weights, present_weights

_NEW_UNITS = 4


class BoardEdits(QObject):
    """Edits of the document's network as the board shows it."""

    refused = Signal(str)
    """Why a change cannot be, in a sentence."""
    accepted = Signal()

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio

    @property
    def _setup(self) -> Setup:
        return playground.read(self._studio.document.project)

    # ── shape ────────────────────────────────────────────────────────────────────────────────────

    def toggle_feature(self, feature: Feature) -> None:
        """Takes a feature in or leaves it out."""
        chosen = set(self._setup.features) ^ {feature}
        self._edit(self.tr("change features"), lambda project: playground.with_features(project, chosen))

    def change_units(self, node: str, change: int) -> None:
        """One neuron more (+1) or less (−1)."""
        units = column_of(self._setup, node).units + change
        if units < 1:
            self.refused.emit(self.tr("A layer has at least one neuron. Its menu removes it altogether."))
            return
        words = self.tr("add a neuron") if change > 0 else self.tr("remove a neuron")
        self._edit(words, lambda project: playground.with_units(project, node, units))

    def add_layer(self) -> None:
        """One more hidden layer before the output."""
        self._edit(self.tr("add a hidden layer"), playground.add_layer)

    def remove_last_layer(self) -> None:
        """One hidden layer less."""
        self._edit(self.tr("remove a hidden layer"), playground.remove_layer)

    def remove_layer(self, node: str) -> None:
        """Takes out a certain hidden layer, with its dropout."""
        if node == self._setup.hidden[-1].id:
            self.remove_last_layer()
            return

        def without(project: Project) -> Project:
            bare = playground.with_dropout(project, node, 0)
            return msgspec.structs.replace(bare, network=edits.remove(bare.network, node))

        self._edit(self.tr("remove a hidden layer"), without)

    def insert_layer_after(self, node: str) -> None:
        """Another hidden layer like this one behind it."""

        def inserted(project: Project) -> Project:
            network = project.network
            column = column_of(playground.read(project), node)
            end = node
            if column.dropout:
                (after,) = network.readers(node)
                end = after.id
            layer = replaced(network[node].layer, units=_NEW_UNITS)
            spec, added = edits.insert_after(network, end, layer)
            spec = edits.set_learning(spec, added, network[node].learning)
            return msgspec.structs.replace(project, network=spec)

        self._edit(self.tr("insert a hidden layer"), inserted)

    # ── settings of a layer ──────────────────────────────────────────────────────────────────────

    def set_activation(self, node: str, activation: ActivationFunction) -> None:
        """Another activation for this layer only."""
        words = self.tr("change activation")
        self._edit(words, lambda project: playground.with_activation(project, activation, node))

    def set_dropout(self, node: str, rate: float) -> None:
        """A share of this layer's outputs switched off in each step."""
        words = self.tr("change dropout")
        self._edit(words, lambda project: playground.with_dropout(project, node, rate))

    def set_frozen(self, node: str, is_frozen: bool) -> None:
        """The layer's weights stay as they are, or learn again."""
        words = self.tr("freeze layer") if is_frozen else self.tr("unfreeze layer")
        self._edit(words, lambda project: playground.with_frozen(project, node, is_frozen))

    # ── weights ──────────────────────────────────────────────────────────────────────────────────

    def set_weight(self, node: str, source: int | None, unit: int, value: float) -> None:
        """The weight from input ``source`` to a unit, or the unit's bias for None. It is learnt further."""
        document, training = self._studio.document, self._studio.training
        if training.predictor is None:
            return
        name = f"{node}/bias" if source is None else f"{node}/kernel"
        array = present_weights(training)[name].copy()
        array[(unit,) if source is None else (source, unit)] = value
        words = self.tr("set a bias of {name}") if source is None else self.tr("set a weight of {name}")
        words = words.format(name=display_name(document.network[node]))
        if edit_weights(document, training, words, {name: array}):
            self.accepted.emit()

    def _edit(self, words: str, change: Callable[[Project], Project]) -> None:
        document, training = self._studio.document, self._studio.training
        before = document.project
        try:
            after = change(before)
            old, new = playground.read(before), playground.read(after)
        except ProblemError as error:
            self.refused.emit(str(error))
            return
        left = training.saved_run()
        document.edit(words, after)
        if left is not None and document.report.can_train:
            fresh = Predictor(after).model.parameters.named()
            carried = carried_over(old, left.weights, new, fresh)
            if carried:
                training.put_weights(carried)
        self.accepted.emit()


def carried_over(
    before: Setup, weights: dict[str, Array], after: Setup, fresh: dict[str, Array]
) -> dict[str, Array]:
    """The new weights whose shape or inputs are others, with as much of the old as still means the same.

    Neurons go by their numbers and inputs by the features or the layer they come from; what is new has its
    fresh value.
    """
    sources_before, sources_after = _sources(before), _sources(after)
    carried = {}
    for column in (*after.hidden, after.output):
        for short in ("kernel", "bias"):
            name = f"{column.id}/{short}"
            old, new = weights.get(name), fresh[name]
            same = sources_before.get(column.id) == sources_after[column.id]
            if old is None or (old.shape == new.shape and same):
                continue
            merged = new.copy()
            units = min(old.shape[-1], new.shape[-1])
            if short == "bias":
                merged[:units] = old[:units]
            else:
                known = {source: row for row, source in enumerate(sources_before.get(column.id, ()))}
                for row, source in enumerate(sources_after[column.id]):
                    if source in known:
                        merged[row, :units] = old[known[source], :units]
            carried[name] = merged
    return carried


def _sources(setup: Setup) -> dict[str, list[tuple[str, int]]]:
    """For each layer, what each row of its weights comes from."""
    sources = [(str(feature), 0) for feature in setup.features]
    result = {}
    for column in (*setup.hidden, setup.output):
        result[column.id] = sources
        sources = [(column.id, unit) for unit in range(column.units)]
    return result
