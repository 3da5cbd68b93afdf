"""The network as a table, a layer a row: for a spreadsheet (CSV) or a report (Markdown)."""

import csv
import io
import re
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from neuralstudio.engine.graph import Array
from neuralstudio.export._base import Target
from neuralstudio.network.check import shape_text
from neuralstudio.network.spec import DATA, display_name
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem, ProblemError


class Row(NamedTuple):
    """A layer: its name, what it is, what it reads, the shape it makes (without the batch), its cost."""

    layer: str
    kind: str
    reads: str
    output: str
    weights: int
    flops: int


HEADS = Row("Layer", "Kind", "Reads", "Output shape", "Weights", "FLOPs per sample")  # type: ignore[arg-type]


def summary(project: Project) -> list[Row]:
    """A row for each layer, in their order, and one for them together; "?" for a shape that is not known.

    Raises ``ProblemError`` where there are no layers.
    """
    if not project.network.nodes:
        raise ProblemError(Problem("Network", "There are no layers yet", "Add one."))
    report = project.check()
    names = {node.id: display_name(node) for node in project.network} | {DATA: project.dataset.title}
    rows = []
    for node in project.network:
        of = report.nodes[node.id]
        reads = ", ".join(names[source] for source in node.inputs)
        shape = shape_text(of.output_shape)
        rows.append(Row(names[node.id], node.layer.title, reads, shape, of.weights, of.flops))
    return [*rows, Row("Total", "", "", "", report.weights, report.flops)]


class SummaryCsv(Target, tag="summary-csv"):
    """A row for each layer with shape, weights and FLOPs, for a spreadsheet."""

    title: ClassVar[str] = "Summary (CSV)"
    suffix: ClassVar[str] = ".csv"
    order: ClassVar[int] = 20
    takes_weights: ClassVar[bool] = False

    def content(
        self,
        project: Project,
        weights: Mapping[str, Array] | None = None,  # noqa: ARG002 - only their number is told
        weights_file: str = "",  # noqa: ARG002
    ) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([_harmless(cell) for cell in row] for row in (HEADS, *summary(project)))
        return text.getvalue().encode("utf-8", "replace")


class SummaryMarkdown(Target, tag="summary-md"):
    """A row for each layer with shape, weights and FLOPs, as a Markdown table."""

    title: ClassVar[str] = "Summary (Markdown)"
    suffix: ClassVar[str] = ".md"
    order: ClassVar[int] = 21
    takes_weights: ClassVar[bool] = False

    def content(
        self,
        project: Project,
        weights: Mapping[str, Array] | None = None,  # noqa: ARG002 - only their number is told
        weights_file: str = "",  # noqa: ARG002
    ) -> bytes:
        rows = [[_escaped(cell) for cell in row] for row in (HEADS, *summary(project))]
        rows.insert(1, ["---", "---", "---", "---", "---:", "---:"])
        return "".join(f"| {' | '.join(row)} |\n" for row in rows).encode("utf-8", "replace")


def _harmless(cell: str | int) -> str | int:
    """A cell on one line that no spreadsheet takes for a formula."""
    if isinstance(cell, int):
        return cell
    line = " ".join(cell.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _escaped(cell: str | int) -> str:
    """A cell as plain text: no line ends in it, and no sign that Markdown or HTML would read."""
    if isinstance(cell, int):
        return f"{cell:,}"
    return re.sub(r"([\\`*_{}\[\]<>|#&~])", r"\\\1", " ".join(cell.split()))
