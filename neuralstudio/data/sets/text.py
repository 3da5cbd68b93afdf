"""Text: which character comes next? Read from a file, or a short scene of our own."""

from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from msgspec.structs import replace
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Samples, Signature
from neuralstudio.data.corpus import Corpus, read_corpus
from neuralstudio.schema.assets import asset
from neuralstudio.schema.problem import Problem, ProblemError

FEWEST = 1000
"""Training sequences wanted: where a text is too short for so many side by side, they overlap."""
FEWEST_TESTED = 200
"""Likewise of the sequences it is tested with."""


class Text(Dataset, tag="text"):
    """A text as a row of characters: a network learns to tell which one comes next.

    Inputs are ``length`` characters, targets the same moved on by one, so every step has a character to
    predict. The last part of the text is never learnt from. Without a file it is a short scene of our own.
    Source of the task: Sutskever, Martens, Hinton, "Generating text with recurrent neural networks", 2011.
    """

    title: ClassVar[str] = "Text"
    group: ClassVar[str] = "Text"

    file: Annotated[
        str,
        Meta(
            title="Text file",
            description="A plain text (UTF-8). Left empty: a short scene that comes with NeuralStudio.",
            extra={"role": "file"},
        ),
    ] = ""
    length: Annotated[
        int,
        Meta(
            ge=2,
            le=1024,
            title="Length",
            description="Characters the network reads in a row.",
            extra={"unit": "characters"},
        ),
    ] = 64
    test: Annotated[
        float,
        Meta(
            ge=0.01,
            le=0.5,
            title="Test share",
            description="Part at the end of the text kept to test the network with.",
        ),
    ] = 0.1
    tested: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            title="Test sequences",
            description="At most so many sequences, spread evenly over the test part, are tested each time.",
        ),
    ] = 1000

    @property
    def signature(self) -> Signature:
        """``length`` token numbers in; one of the text's characters out at each step.

        The text is read once to know its characters, and again when the file has changed. Of a file that
        cannot be read nothing is known: the signature is then that of our own text, and ``load`` says what
        is wrong.
        """
        try:
            corpus = self._corpus()
        except ProblemError:
            corpus = read_corpus(_own())
        return self._signature(corpus)

    def load(self, seed: int) -> Data:  # noqa: ARG002 - a text has an order of its own
        """Cuts the text into sequences; there is no validation part. Raises ``ProblemError``."""
        corpus = self._corpus()
        boundary = len(corpus) - max(self.length + 1, round(self.test * len(corpus)))
        if boundary < self.length + 1:
            raise ProblemError(
                Problem(
                    Path(self.file).name or self.title,
                    f"The text has {len(corpus):,} characters, too few for sequences of {self.length}",
                    "Choose a longer text, or shorter sequences.",
                    field="length",
                )
            )
        train, test = corpus.tokens[:boundary], corpus.tokens[boundary:]
        sequences = self._cut(train, self._stride(len(train), FEWEST))
        held_out = self._cut(test, self._stride(len(test), FEWEST_TESTED))
        count = len(held_out)
        chosen = np.linspace(0, count - 1, min(count, self.tested)).round().astype(np.int64)
        return Data(self._signature(corpus), sequences, sequences[:0], held_out[chosen])

    def _signature(self, corpus: Corpus) -> Signature:
        count = len(corpus.characters)
        return Signature((self.length,), classes=corpus.names, vocabulary=count, steps=self.length)

    def _corpus(self) -> Corpus:
        try:
            return read_corpus(Path(self.file) if self.file else _own())
        except ProblemError as error:
            raise ProblemError(*(replace(problem, field="file") for problem in error.problems)) from None

    def _stride(self, characters: int, fewest: int) -> int:
        """Characters from one sequence to the next: side by side, or closer where that gives too few."""
        return min(self.length, max(1, (characters - self.length - 1) // (fewest - 1)))

    def _cut(self, tokens: NDArray[np.uint8], stride: int) -> Samples:
        """Sequences that begin every ``stride`` characters; a remainder at the end is left out."""
        windows = np.lib.stride_tricks.sliding_window_view(tokens, self.length + 1)[::stride]
        return Samples(windows[:, :-1].astype(np.int64), windows[:, 1:].astype(np.int64))


def _own() -> Path:
    return asset("texts", "harbour.txt")
