"""What keeps the weights of a playground small: the trainer's shrinking, or penalties its layers carry."""

from dataclasses import replace
from typing import Literal, get_args

import msgspec

from neuralstudio.engine.shrinking import NoShrinking, ShrinkL1, ShrinkL2
from neuralstudio.network.learning import Learning
from neuralstudio.project.document import Project
from neuralstudio.project.playground._stack import Place, Stack, stack_of
from neuralstudio.project.playground._writing import with_stack, with_trainer
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training.backprop import Backprop

Penalty = Literal["none", "l1", "l2"]
PENALTIES: tuple[Penalty, ...] = get_args(Penalty)
_SHRINKINGS = {"none": NoShrinking, "l1": ShrinkL1, "l2": ShrinkL2}


def penalty_of(project: Project) -> tuple[Penalty, float]:
    """The penalty and its rate. Of layers that differ, the first one with a penalty speaks for all."""
    assert isinstance(project.trainer, Backprop)
    shrinking = project.trainer.shrinking
    if isinstance(shrinking, ShrinkL1):
        return "l1", shrinking.rate
    if isinstance(shrinking, ShrinkL2):
        return "l2", shrinking.rate
    for place in stack_of(project):
        learning = place.node.learning
        if learning.l1:
            return "l1", learning.l1
        if learning.l2:
            return "l2", learning.l2
    return "none", 0.0


def with_penalty(project: Project, kind: Penalty, rate: float) -> Project:
    """Another penalty, written where the document has its penalty now: in its layers, or its trainer."""
    if kind not in PENALTIES:
        raise ProblemError(Problem("Penalty", f"Expected one of {', '.join(PENALTIES)}. Received: {kind!r}"))
    stack = stack_of(project)
    if carries_penalties(stack) and kind != "none" and rate:
        learnings = {kind: rate}
        return with_trainer(_with_learning(project, stack, **learnings), shrinking=NoShrinking())
    shrinking = NoShrinking() if kind == "none" else replaced(_SHRINKINGS[kind](), rate=rate)
    return with_trainer(_with_learning(project, stack), shrinking=shrinking)


def carries_penalties(stack: Stack) -> bool:
    """Whether layers have a penalty of their own, which is part of the loss."""
    return any(place.node.learning.l1 or place.node.learning.l2 for place in stack)


def _with_learning(project: Project, stack: Stack, l1: float = 0.0, l2: float = 0.0) -> Project:
    def penalised(place: Place) -> Place:
        learning: Learning = replaced(place.node.learning, l1=l1, l2=l2)
        return replace(place, node=msgspec.structs.replace(place.node, learning=learning))

    hidden = tuple(map(penalised, stack.hidden))
    return with_stack(project, replace(stack, hidden=hidden, output=penalised(stack.output)))
