"""What each card and wire says: words and shapes read from the project and its report."""

from collections import Counter
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap

from neuralstudio.data._base import Data
from neuralstudio.network.check import Report, shape_text
from neuralstudio.network.spec import DATA, LOSS, Node, display_name
from neuralstudio.project.document import Group, Project
from neuralstudio.project.groups import pattern, shown_groups
from neuralstudio.schema.problem import Problem

GROUP = "group/"
"""How the ids of cards begin that stand for a group of layers; no layer's id has a slash."""
_MOST_KINDS = 4


@dataclass(frozen=True)
class CardContent:
    """One card. Each of ``lines`` is a row of parts, joined by dots where they fit, else one a line."""

    id: str
    title: str
    name: str
    family: str
    corner: str = ""
    lines: tuple[tuple[str, ...], ...] = ()
    problems: tuple[Problem, ...] = ()
    picture: QPixmap | None = None
    computes: bool = False
    is_frozen: bool = False
    notes: tuple[str, ...] = ()
    """What is said of it in words only, in the tooltip and to screen readers."""
    members: tuple[str, ...] = ()
    """The nodes it stands for: several for a group, none for data and loss."""
    takes_several: bool = False

    @property
    def spoken(self) -> str:
        """The card in words, for tooltips and screen readers."""
        parts = [self.name, self.corner, *(part for line in self.lines for part in line), *self.notes]
        sentences = [", ".join(part for part in parts if part)]
        return ". ".join([*sentences, *(sentence(problem) for problem in self.problems)])


@dataclass(frozen=True)
class WireContent:
    """One wire between two cards, and the shape of what flows through.

    ``nodes`` are what it joins in the network: other than the cards where one of these is a group.
    """

    source: str
    target: str
    label: str
    nodes: tuple[str, str]


@dataclass(frozen=True)
class Outline:
    """All that the canvas shows of a project, cards in reading order."""

    cards: tuple[CardContent, ...]
    wires: tuple[WireContent, ...]
    frames: tuple[Group, ...] = ()
    """Groups that are open: a frame lies behind their cards."""


def sentence(problem: Problem) -> str:
    """A problem without the name of its card."""
    return str(Problem("", problem.what, problem.remedy))


class CardTexts(QObject):
    """Puts a project into the words of the canvas."""

    def outline(self, project: Project, report: Report, data_card: CardContent) -> Outline:
        """Cards of data (see :meth:`data_card`), nodes and loss, and the wires between them."""
        spec = project.network
        titles = [node.layer.title for node in spec]
        ends = [node.id for node in spec.outputs if node.inputs] or [DATA]
        shapes = {DATA: shape_text(project.dataset.signature.input_shape)}
        shapes |= {key: shape_text(node.output_shape) for key, node in report.nodes.items()}
        pairs = [(source, node.id) for node in spec for source in node.inputs]
        pairs += [(end, LOSS) for end in ends]
        repeated = {title for title, count in Counter(titles).items() if count > 1}
        cards = {node.id: self._layer(node, report, node.layer.title in repeated) for node in spec}
        stands_for = {name: name for name in (DATA, LOSS, *cards)}
        groups = shown_groups(project)
        for group in groups:
            if group.is_collapsed:
                card = self._group(group, [cards[each] for each in group.nodes], project, report)
                stands_for |= dict.fromkeys(group.nodes, card.id)
                cards[group.nodes[-1]] = card
                for each in group.nodes[:-1]:
                    del cards[each]
        wires: dict[tuple[str, str], WireContent] = {}
        for source, target in pairs:
            ends_at = stands_for[source], stands_for[target]
            if ends_at[0] != ends_at[1]:
                wires.setdefault(ends_at, WireContent(*ends_at, shapes[source], (source, target)))
        frames = tuple(group for group in groups if not group.is_collapsed)
        return Outline((data_card, *cards.values(), self._loss(project)), tuple(wires.values()), frames)

    def data_card(
        self,
        project: Project,
        data: Data | None = None,
        problem: str = "",
        picture: QPixmap | None = None,
        *,
        is_loading: bool = False,
    ) -> CardContent:
        """The card of the data set, as far as its data are known."""
        dataset = project.dataset
        signature = dataset.signature
        if data is not None:
            counts = [self.tr("{n} train").format(n=f"{len(data.train):,}")]
            if len(data.validation):
                counts.append(self.tr("{n} validation").format(n=f"{len(data.validation):,}"))
            line = (*counts, self.tr("{n} test").format(n=f"{len(data.test):,}"))
        elif is_loading:
            line = (self.tr("loading…"),)
        elif signature.classes:
            line = (
                shape_text(signature.input_shape),
                self.tr("{n} classes").format(n=len(signature.classes)),
            )
        else:
            line = (shape_text(signature.input_shape), self.tr("{n} numbers").format(n=signature.numbers))
        problems = (Problem(dataset.title, problem, node=DATA),) if problem else ()
        name = self.tr("Data: {title}").format(title=dataset.title)
        return CardContent(
            DATA, dataset.title, name, "data", lines=(line,), problems=problems, picture=picture
        )

    def _layer(self, node: Node, report: Report, has_twin: bool) -> CardContent:
        layer, figures = node.layer, report.nodes[node.id]
        parts = [layer.caption] if layer.caption else []
        learning = self._learning(node) if figures.weights else ()
        if figures.weights:
            parts.append(self.tr("{n} weights").format(n=f"{figures.weights:,}"))
        is_reached = figures.input_shape is not None
        shapes = (
            f"{shape_text(figures.input_shape)} → {shape_text(figures.output_shape)}" if is_reached else ""
        )
        name = display_name(node)
        is_first = node.id.endswith("-1")
        return CardContent(
            node.id,
            name if has_twin or not is_first else layer.title,
            name,
            layer.group,
            layer.activation_title,
            tuple(line for line in (tuple(parts), (shapes,)) if any(line)),
            report.of(node.id),
            computes=figures.flops > 0,
            is_frozen=node.learning.is_frozen and figures.weights > 0,
            notes=learning,
            members=(node.id,),
            takes_several=node.layer.takes_several,
        )

    def _group(self, group: Group, cards: list[CardContent], project: Project, report: Report) -> CardContent:
        """One card for several: what repeats in it, and its figures together."""
        kinds, times = pattern([project.network[each].layer.title for each in group.nodes])
        figures = [report.nodes[each] for each in group.nodes]
        weights = sum(each.weights for each in figures)
        shown = kinds if len(kinds) <= _MOST_KINDS else (*kinds[: _MOST_KINDS - 1], "…")
        lines: list[tuple[str, ...]] = [(" · ".join(shown),)]
        if weights:
            lines.append((self.tr("{n} weights").format(n=f"{weights:,}"),))
        first, last = figures[0].input_shape, figures[-1].output_shape
        if first is not None:
            lines.append((f"{shape_text(first)} → {shape_text(last)}",))
        count = self.tr("{n} layers").format(n=len(cards))
        return CardContent(
            f"{GROUP}{group.name}",
            group.name,
            self.tr("{name}, a group of {n} layers").format(name=group.name, n=len(cards)),
            cards[0].family,
            f"×{times}" if times > 1 else count,
            tuple(lines),
            tuple(problem for card in cards for problem in card.problems),
            is_frozen=all(card.is_frozen for card, each in zip(cards, figures, strict=True) if each.weights)
            and weights > 0,
            notes=tuple(card.name for card in cards),
            members=group.nodes,
        )

    def _learning(self, node: Node) -> tuple[str, ...]:
        """How the weights learn, where it is not as usual."""
        learning = node.learning
        if learning.is_frozen:
            return (self.tr("frozen: its weights stay as they are"),)
        rate = self.tr("learns at {factor} times the learning rate").format(
            factor=f"{learning.rate_factor:g}"
        )
        parts = [rate] if learning.rate_factor != 1 else []
        for title, factor in (("L1", learning.l1), ("L2", learning.l2)):
            if factor:
                parts.append(self.tr("{kind} penalty {factor}").format(kind=title, factor=f"{factor:g}"))
        return tuple(parts)

    def _loss(self, project: Project) -> CardContent:
        title = self.tr("Loss")
        return CardContent(LOSS, title, title, "loss", lines=((project.loss.title,),))


def amount(number: float, unit: str) -> str:
    """A large number in thousands, millions …: ``amount(203_264, "FLOP")`` is "0.2 MFLOP"."""
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size / 10:
            return f"{number / size:,.1f} {prefix}{unit}"
    return f"{number:,.0f} {unit}"
