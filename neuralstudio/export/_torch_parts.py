"""The parts a PyTorch model is put together from, and where the channels are behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from neuralstudio.engine.graph import Shape
from neuralstudio.export._base import Listener, Place, quoted
from neuralstudio.export._torch_modules import CLASSES, NEEDS


@dataclass
class Module:
    """A module as code. ``{m}`` in the lines that give its weights a start is where it stands.

    ``penalised`` are the names of the weights that penalties count; ``stored`` are its weights, with the
    stored numbers that belong there as code; ``fixed`` are lines for weights that we do not have.
    """

    code: str
    start: list[str] = field(default_factory=list)
    penalised: list[str] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)

    @property
    def has_weights(self) -> bool:
        return bool(self.stored)


@dataclass
class Part:
    """What one layer became: modules one after the other, behind what joins its inputs."""

    place: Place
    is_first: bool
    """Whether the channels are first (after the axis of the batch) behind it."""
    joined: str = ""
    modules: list[Module] = field(default_factory=list)


class TorchParts(Listener):
    """Collects a part for each layer, and the classes that the script must have."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.classes: dict[str, list[str]] = {}
        self.notes: dict[str, None] = {}

    def arrive(self, place: Place) -> None:
        super().arrive(place)
        self.parts.append(Part(place, self._was_first(place.inputs[0])))

    def finish(self) -> None:
        """Turns the output as the targets are: its classes last."""
        self._last()

    @property
    def _part(self) -> Part:
        return self.parts[-1]

    def _was_first(self, number: int) -> bool:
        return bool(number) and self.parts[number - 1].is_first

    def _sources(self) -> list[str]:
        """The inputs as names, all with their channels at the same place."""
        firsts = [self._was_first(number) for number in self.place.inputs]
        self._part.is_first = all(firsts)
        turned = [".movedim(1, -1)" if first and not all(firsts) else "" for first in firsts]
        return [f"x{number}{turn}" for number, turn in zip(self.place.inputs, turned, strict=True)]

    def _add(
        self,
        code: str,
        start: Sequence[str] = (),
        penalised: Sequence[str] = (),
        stored: Mapping[str, str] | None = None,
    ) -> None:
        self._part.modules.append(Module(code, [*start], [*penalised], {**(stored or {})}))

    def _stored(self, name: str, turned: str = "") -> str:
        """Code for an array of the layer's in the file of weights; ``turned``: as PyTorch has its axes."""
        return f"stored[{quoted(f'{self.place.node.id}/{name}')}]{turned}"

    def _use(self, name: str) -> None:
        if name in NEEDS:
            self._use(NEEDS[name])
        self.classes[name] = CLASSES[name]

    def _turn_first(self) -> None:
        if not self._part.is_first:
            self._use("ChannelsFirst")
            self._add("ChannelsFirst()")
            self._part.is_first = True

    def _last(self) -> None:
        if self._part.is_first:
            self._use("ChannelsLast")
            self._add("ChannelsLast()")
            self._part.is_first = False

    def _flat(self) -> None:
        """One row of numbers, in our order."""
        if self._part.is_first and 1 not in (self.given[-1], _places(self.given)):
            self._last()
        self._part.is_first = False
        self._add("nn.Flatten()")

    def _channels(self, axes: int) -> int:
        return self.given[axes] if len(self.given) > axes else 1

    def _channels_first(self, axes: int) -> None:
        """Images (2 axes) or sequences (1), with an axis of one channel where they have none."""
        if len(self.given) > axes:
            self._turn_first()
        else:
            self._last()
            self._add(f"nn.Unflatten(1, (1, {self.given[0]}))")
            self._part.is_first = True


def _places(shape: Shape) -> int:
    """How many places an image or a sequence (…, channels) has."""
    places = 1
    for length in shape[:-1]:
        places *= length
    return places
