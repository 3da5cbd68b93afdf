"""The embedding: a row of numbers for each token, learnt like any weight."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import ShapeError, Tensor, apply, dimensions
from neuralstudio.engine.initialisers import Initialiser, Uniform
from neuralstudio.engine.ops.lookup import Lookup
from neuralstudio.layers._base import Emitter, Layer, Scope


class Embedding(Layer, tag="embedding"):
    """Turns each token (a character, a word) into its own row of a table that is learnt.

    Shapes: (batch, …) whole numbers → (batch, …, dimensions). Weight: table (vocabulary, dimensions).
    Source: Bengio et al. 2003.
    """

    title = "Embedding"
    group = "Recurrent"
    reads_tokens = True
    vocabulary: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            title="Vocabulary",
            description="How many different tokens there are; 0: as many as the data have.",
        ),
    ] = 0
    dimensions: Annotated[
        int, Meta(ge=1, le=4096, title="Dimensions", description="Numbers that stand for one token.")
    ] = 64
    initialiser: Annotated[
        Initialiser, Meta(title="Initialiser", description="Where the table's numbers start.")
    ] = Uniform()

    @property
    def caption(self) -> str:
        rows = self.vocabulary or "tokens"
        return f"{rows} × {self.dimensions}"

    @property
    def formula(self) -> str:
        return "y = row x of the table"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        if x.dtype != "index":
            raise ShapeError(
                f"Embedding needs tokens (whole numbers), but gets {dimensions(x.shape[1:])} decimal numbers",
                "Remove it, or choose data of tokens, such as Text.",
            )
        rows = self.vocabulary or scope.vocabulary
        if scope.vocabulary > rows:
            raise ShapeError(
                f"The data have {scope.vocabulary} different tokens, but Embedding has {rows} rows",
                f"Set Vocabulary to 0 or to at least {scope.vocabulary}.",
            )
        table = scope.weight("table", (rows, self.dimensions), self.initialiser)
        return apply(Lookup(), table, x)

    def emit(self, to: Emitter) -> None:
        to.embedding(vocabulary=self.vocabulary, dimensions=self.dimensions, initialiser=self.initialiser)
