"""Says why numbers left the finite world: too large a learning rate, or gaps in the data."""

from collections.abc import Iterable

from neuralstudio.data._base import Samples
from neuralstudio.engine.ops.elementwise import Divide, Log, Power, Sqrt, Tan
from neuralstudio.engine.program import Instruction
from neuralstudio.network.fitness import is_finite
from neuralstudio.network.spec import NetworkSpec, display_name
from neuralstudio.training.events import Warned

_UNDEFINED = Log | Sqrt | Power | Divide | Tan


def diagnosis(
    spec: NetworkSpec, step: int, culprit: Instruction | None, parts: Iterable[Samples], rate: float
) -> Warned:
    """The end of a run in a sentence. ``culprit`` is the first instruction with a value that is no number."""
    where = f"the loss behind {display_name(spec.outputs[0])}"
    if culprit is not None and culprit.node.owner in spec:
        where = f"{display_name(spec[culprit.node.owner])} ({culprit.name})"
    if not all(is_finite(samples) for samples in parts):
        return Warned(
            f"In step {step} a value that is not a number reached {where}, so training stopped; the data "
            "holds infinities or gaps; the last good weights are kept",
            "Replace or leave out the incomplete samples and train again.",
            is_fatal=True,
        )
    if culprit is not None and isinstance(culprit.node.op, _UNDEFINED):
        return Warned(
            f"In step {step} something was computed that has no value, such as the root or logarithm of a "
            f"negative number or a division by zero, first in {where}, so training stopped; the last good "
            "weights are kept",
            "Change the formula so that it has a value for every number.",
            is_fatal=True,
        )
    return Warned(
        f"In step {step} the numbers grew beyond all bounds, first in {where}, so training stopped; "
        "the last good weights are kept",
        f"Lower the learning rate (it is {rate:g}) and train again.",
        is_fatal=True,
    )
