"""The command that says whether a network works, and what it costs."""

import sys

from neuralstudio.cli.source import Source, open_source
from neuralstudio.network.check import Report, shape_text
from neuralstudio.network.spec import display_name
from neuralstudio.project.document import Project

_HAS_ERRORS = 2


def check(source: Source) -> int:
    """Show the shapes and weights of a project's network, and every problem. Exit code 2 if it has any."""
    project = open_source(source).project
    report = project.check()
    signature = project.dataset.signature
    print(f"{project.title} · {project.dataset.title}, input {shape_text(signature.input_shape)}\n")
    for row in _rows(project, report):
        name, caption, shape, weights, operations = row
        print(f"{name:<22} {caption:<16} {shape:>14} {weights:>14} {operations:>16}")
    print(f"\n{report.weights:,} weights, {report.training_bytes / 1e6:,.1f} MB to train them.")
    for problem in report.problems:
        print(" ".join(f"{problem.severity.capitalize()}: {problem}".split()), file=sys.stderr)
    if not report.can_train:
        return _HAS_ERRORS
    print("The network can be trained.")
    return 0


def _rows(project: Project, report: Report) -> list[tuple[str, str, str, str, str]]:
    rows = [("Layer", "", "Output", "Weights", "FLOPs a sample")]
    for node in project.network:
        figures = report.nodes[node.id]
        shape = shape_text(figures.output_shape)
        caption = " ".join(part for part in (node.layer.caption, node.layer.activation_title) if part)
        rows.append((display_name(node), caption, shape, f"{figures.weights:,}", f"{figures.flops:,}"))
    return rows
