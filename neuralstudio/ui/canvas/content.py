"""What each card and wire says: words and shapes read from the project and its report."""

from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap

from neuralstudio.data._base import Data
from neuralstudio.network.check import Report, shape_text
from neuralstudio.network.spec import DATA, Node, display_name
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem
from neuralstudio.ui.document import LOSS


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

    @property
    def spoken(self) -> str:
        """The card in words, for tooltips and screen readers."""
        parts = [self.name, self.corner, *(part for line in self.lines for part in line), *self.notes]
        sentences = [", ".join(part for part in parts if part)]
        return ". ".join([*sentences, *(sentence(problem) for problem in self.problems)])


@dataclass(frozen=True)
class WireContent:
    """One wire: what it leaves, what it enters, and the shape of what flows through."""

    source: str
    target: str
    label: str


@dataclass(frozen=True)
class Outline:
    """All that the canvas shows of a project, cards in reading order."""

    cards: tuple[CardContent, ...]
    wires: tuple[WireContent, ...]


def sentence(problem: Problem) -> str:
    """A problem without the name of its card."""
    return str(Problem("", problem.what, problem.remedy))


class CardTexts(QObject):
    """Puts a project into the words of the canvas."""

    def outline(self, project: Project, report: Report, data_card: CardContent) -> Outline:
        """Cards of data (see :meth:`data_card`), nodes and loss, and the wires between them."""
        spec = project.network
        titles = [node.layer.title for node in spec]
        ends = [node.id for node in spec.outputs] or [DATA]
        shapes = {DATA: shape_text(project.dataset.signature.input_shape)}
        shapes |= {key: shape_text(node.output_shape) for key, node in report.nodes.items()}
        pairs = [(source, node.id) for node in spec for source in node.inputs]
        pairs += [(end, LOSS) for end in ends]
        cards = [self._layer(node, report, titles.count(node.layer.title) > 1) for node in spec]
        return Outline(
            (data_card, *cards, self._loss(project)),
            tuple(WireContent(source, target, shapes[source]) for source, target in pairs),
        )

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
