"""What is said to a person when something is wrong: where, what, and what to do about it."""

from collections.abc import Iterable
from typing import Literal

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong, in plain words.

    ``where`` names the place for a reader ("Dense 1", "train-images.gz"); ``node`` and ``field`` name
    it for the window, so that the sentence can stand on the card and beside the editor at fault.
    """

    where: str
    what: str
    remedy: str = ""
    severity: Literal["error", "warning"] = "error"
    node: str = ""
    field: str = ""

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        return f"{sentence.rstrip('.')}. {self.remedy}".rstrip()


class ProblemError(Exception):
    """Carries problems from where they are noticed to the face (window or command line) that shows them."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(str(problem) for problem in self.problems)


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that prevent a run (warnings left out)."""
    return tuple(problem for problem in problems if problem.severity == "error")
