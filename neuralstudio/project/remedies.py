"""What helps against a problem, as documents to choose from: each was tried by a check before it is offered.

Nothing here argues about what might help. Simple rules propose edited documents, good ones first, and a
check of each says whether it helps.
"""

import re
from itertools import chain

from neuralstudio.project._remedy_case import Case, Remedy
from neuralstudio.project._remedy_ending import ENDINGS, for_the_ending
from neuralstudio.project._remedy_layers import for_a_layer, removal
from neuralstudio.project._remedy_merging import for_merging
from neuralstudio.project._remedy_training import for_memory, for_the_batch, for_the_network
from neuralstudio.project._remedy_wires import for_an_end, for_ids, for_wires
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem, errors

__all__ = ["Remedy", "remedies"]

_MOST = 3
"""Remedies offered for one problem."""
_CLEAN, _DOUBTFUL, _REVEALING, _SHORTENING, _SHIFTING = range(5)
"""Nothing new is wrong afterwards; there are new warnings; errors come to light that were hidden; they do,
and layers are gone; or the very same layer has another error instead.
"""
_RULES = (
    for_the_network,
    for_the_batch,
    for_memory,
    for_wires,
    for_an_end,
    for_merging,
    for_the_ending,
    for_a_layer,
    removal,
)


def remedies(project: Project, problem: Problem) -> tuple[Remedy, ...]:
    """Edits that take one of a project's problems away and bring no new error, best first, at most three.

    Where there are some that bring no new problem at all, only these are offered. An error that comes to
    light because the layers behind the problem are reached at last does not count as new. None for a problem
    that the project has not.
    """
    before = project.check()
    if problem not in before.problems:
        return ()
    case = Case(project, problem, before)
    # Where ids are wrong, wires mean nothing yet.
    rules = (for_ids,) if any(each.field == "id" for each in before.problems) else _RULES
    found: dict[int, list[Remedy]] = {rank: [] for rank in range(5)}
    tried = [project]
    for remedy in chain.from_iterable(rule(case) for rule in rules):
        if remedy.project not in tried:
            tried.append(remedy.project)
            rank = _rank(case, remedy)
            if rank is not None:
                found[rank].append(remedy)
        if len(found[_CLEAN]) == _MOST:
            break
    return tuple(next(filter(None, found.values()), ()))[:_MOST]


def _rank(case: Case, remedy: Remedy) -> int | None:
    """How good a remedy is, None where it does not help at all."""
    others = {_place(each) for each in case.report.problems if each != case.problem}
    after = remedy.project.check().problems
    if any(_kind(each) == _kind(case.problem) for each in after):
        return None
    # A problem that another place had before is no new one, whatever numbers its sentence has now.
    new = [each for each in after if _place(each) not in others]
    found = errors(new)
    if not found:
        return _DOUBTFUL if new else _CLEAN
    if not all(_was_hidden(each, case) for each in found):
        return None
    if any(each.node == case.problem.node and each.field not in ENDINGS for each in found if each.node):
        return _SHIFTING
    return _SHORTENING if len(remedy.project.network) < len(case.spec) else _REVEALING


def _place(problem: Problem) -> tuple[str, str, str]:
    return problem.node, problem.field, problem.severity


def _kind(problem: Problem) -> tuple[tuple[str, str, str], str]:
    """What two problems have in common that differ in numbers and shapes only."""
    return _place(problem), re.sub(r"[\d,×]+", "", problem.what)


def _was_hidden(problem: Problem, case: Case) -> bool:
    """Whether an error is of what could not be judged: layers no numbers reached, an end not yet known."""
    if not problem.node or (
        case.problem.field in ("id", "inputs") and problem.field in (*ENDINGS, "readers")
    ):
        return True
    unreached = {node for node, figures in case.report.nodes.items() if figures.output_shape is None}
    is_unjudged = case.last is None or case.last.id in unreached
    return problem.node in unreached or (is_unjudged and problem.field in ENDINGS)
