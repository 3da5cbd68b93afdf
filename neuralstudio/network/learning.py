"""How one layer's weights learn: apart from what the layer computes, so that every layer can have it."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.schema.kind import Kind


class Learning(Kind, tag="learning"):
    """Settings of training for the weights of one layer."""

    title = "Learning"
    is_frozen: Annotated[
        bool, Meta(title="Frozen", description="The weights stay as they are while the others learn.")
    ] = False
    rate_factor: Annotated[
        float,
        Meta(
            gt=0,
            le=1000,
            title="Rate factor",
            description="Times the learning rate of the whole network.",
            extra={"scale": "log"},
        ),
    ] = 1.0
    l1: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            title="L1 penalty",
            description="Adds this times Σ|w| to the loss: drives weights to zero. Not for biases; 0 none.",
            extra={"scale": "log"},
        ),
    ] = 0.0
    l2: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            title="L2 penalty",
            description="Adds this times Σw² to the loss: keeps weights small. Not for biases; 0 none.",
            extra={"scale": "log"},
        ),
    ] = 0.0


_LEAST_FACTOR = 1e-4


def is_idle(learning: Learning) -> bool:
    """Whether weights stay about where they are: frozen, or with a rate factor next to nothing."""
    return learning.is_frozen or learning.rate_factor < _LEAST_FACTOR
