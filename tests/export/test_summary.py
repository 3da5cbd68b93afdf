"""The summary is harmless in a spreadsheet and stays a table in Markdown, whatever layers are called."""

import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.export.registry import TARGETS
from neuralstudio.export.summary import _harmless, summary
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.schema.problem import ProblemError

HARMLESS = "'"


def named(name: str, title: str = "") -> Project:
    nodes = (Node(name, Flatten(), ("data",)), Node(f"{name}-2", Dense(10), (name,)))
    return msgspec.structs.replace(example("digits-mlp"), title=title, network=NetworkSpec(nodes))


@pytest.mark.parametrize("name", example_names())
def test_the_total_is_that_of_the_check(name: str) -> None:
    project = example(name)
    rows, report = summary(project), project.check()
    assert len(rows) == len(project.network.nodes) + 1
    assert (rows[-1].weights, rows[-1].flops) == (report.weights, report.flops)
    assert "?" not in {row.output for row in rows}


def test_a_network_with_problems_has_a_table_too() -> None:
    project = named("flatten-1")
    broken = NetworkSpec((*project.network.nodes, Node("dense-9", Dense(3), ())))
    rows = summary(msgspec.structs.replace(project, network=broken))
    assert rows[2].output == "?"
    assert rows[2].reads == ""


def test_without_layers_there_is_no_table() -> None:
    for tag in ("summary-csv", "summary-md"):
        with pytest.raises(ProblemError, match="There are no layers yet"):
            TARGETS[tag]().content(Project())


@given(st.text(min_size=1, max_size=12))
def test_no_cell_of_the_csv_is_a_formula(name: str) -> None:
    content = TARGETS["summary-csv"]().content(named(name)).decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert len(rows) == 4
    assert {len(row) for row in rows} == {6}
    for row in rows:
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r\n=1"])
def test_what_looks_like_a_formula_is_quoted(name: str) -> None:

    assert _harmless(name) == HARMLESS + name.strip()


@given(st.text(st.sampled_from("a|\\`*_<>[]\n\r\t\u2028\x0c &#~-"), min_size=1, max_size=12))
def test_every_row_of_the_markdown_is_one_line_with_six_cells(name: str) -> None:
    content = TARGETS["summary-md"]().content(named(name)).decode()
    lines = content.splitlines()
    assert len(lines) == 5
    for line in lines:
        bare = line.replace("\\\\", "").replace("\\|", "")
        assert bare.count("|") == 7
