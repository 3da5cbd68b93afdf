"""Settings that several data sets have, declared once; each says itself what its noise or its test is."""

from typing import Annotated

from msgspec import Meta

Count = Annotated[
    int, Meta(ge=10, le=10000, title="Points", description="Points drawn, training and test together.")
]
LineCount = Annotated[
    int, Meta(ge=20, le=10000, title="Points", description="Points drawn, training and test together.")
]
"""Points on a line: one number to predict from one number."""
Noise = Annotated[int, Meta(ge=0, le=50, title="Noise", extra={"unit": "%", "step": 5})]
FineNoise = Annotated[int, Meta(ge=0, le=50, title="Noise", extra={"unit": "%", "step": 1})]
Share = Annotated[
    int,
    Meta(
        ge=10,
        le=90,
        title="Training share",
        description="Part of the points the network learns from; the rest tests it.",
        extra={"unit": "%", "step": 10},
    ),
]
TestShare = Annotated[float, Meta(ge=0.05, le=0.5, title="Test share")]
