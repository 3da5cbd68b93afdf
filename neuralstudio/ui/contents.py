"""What a loaded data set holds, in words: how many samples, what goes in, and what is to be told of it."""

from math import prod

from PySide6.QtCore import QCoreApplication

from neuralstudio.data._base import Data, Signature
from neuralstudio.network.check import shape_text
from neuralstudio.ui.samples import sort_of


def contents(data: Data) -> str:
    """Counts of the parts; what goes in and comes out; and a note on what was left out, if anything was."""
    parts = [_tr("{n} train").format(n=f"{len(data.train):,}")]
    if len(data.validation):
        parts.append(_tr("{n} validation").format(n=f"{len(data.validation):,}"))
    parts.append(_tr("{n} test").format(n=f"{len(data.test):,}"))
    ends = (_given(data.signature), _wanted(data.signature))
    return "\n".join(filter(None, (" · ".join(parts), " · ".join(ends), data.note)))


def _given(signature: Signature) -> str:
    """What the network gets of a sample."""
    shape = shape_text(signature.input_shape)
    if signature.vocabulary:
        return _tr("{n} characters in a row").format(n=shape)
    match sort_of(signature):
        case "series":
            return _tr("{n} values in a row").format(n=signature.input_shape[0])
        case _ if signature.input_shape == (1,):
            return _tr("1 number")
        case _ if signature.input_shape == (2,) and signature.columns:
            return _tr("{one} and {other}").format(
                one=signature.columns[0].name, other=signature.columns[1].name
            )
        case _ if len(signature.input_shape) == 1:
            return _tr("{n} numbers").format(n=shape)
        case _:
            return shape


def _wanted(signature: Signature) -> str:
    """What it is to say of it."""
    if signature.classes:
        return _tr("{n} classes").format(n=len(signature.classes))
    if len(signature.predicted) == 1:
        (target,) = signature.predicted
        name = f"{target.name} in {target.unit}" if target.unit else target.name
        return _tr("{name} to predict").format(name=name)
    if signature.numbers == prod(signature.input_shape):
        return _tr("the image itself to predict")
    return _tr("{n} numbers to predict").format(n=signature.numbers)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Contents", text)
