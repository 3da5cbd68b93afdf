"""What is said of a run after an edit: which weights it kept, and how it goes on."""

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QCoreApplication

from neuralstudio.engine.graph import Array
from neuralstudio.network.check import Report
from neuralstudio.schema.problem import errors
from neuralstudio.session.changes import layers_kept
from neuralstudio.session.continuation import Way


def what_is_left(
    way: Way,
    weights: Mapping[str, Array],
    report: Report,
    state: Literal["idle", "loading", "running", "paused"],
) -> str:
    """A sentence for the status line; "" where nothing was learnt, so that nothing can be lost."""
    is_on = state in ("loading", "running")
    if way == "halted":
        if state != "paused":
            return ""
        return _tr("The run waits: {problem} It goes on when this is mended or undone.").format(
            problem=errors(report.problems)[0]
        )
    if way == "back":
        return _tr("The run of this network is back.")
    if way == "goes on":
        return (
            _tr("All weights are kept, and the run goes on.")
            if is_on
            else _tr("All weights are kept; the run can go on.")
        )
    if not weights:
        return ""
    kept, layers = layers_kept(weights, report)
    what = (
        _tr("All layers kept their weights")
        if kept == layers
        else _tr("{kept} of {layers} layers kept their weights").format(kept=kept, layers=layers)
    )
    return (_tr("{what}; a new run has begun.") if is_on else _tr("{what}; Train begins a new run.")).format(
        what=what
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("what_is_left", text)
