"""A place for a layer that is being chosen."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from neuralstudio.ui.canvas.stack_edits import StackEdits


@dataclass(frozen=True)
class Place:
    """Behind ``source``, or on the one wire from there to ``target``; nodes, ``DATA`` or ``LOSS``.

    With ``is_new_branch`` other wires stay as they are: the layer reads ``source`` too, or is read by
    ``target``; with neither it hangs on nothing. ``at`` is where the list of layers opens, in the scene.
    """

    source: str = ""
    target: str = ""
    is_new_branch: bool = False
    at: QPointF | None = None

    def put(self, edits: StackEdits, tag: str) -> str:
        """Puts a new layer here; returns its id."""
        if self.is_new_branch and self.source:
            return edits.branch(tag, self.source)
        if self.is_new_branch and self.target:
            return edits.feed(tag, self.target)
        if self.target:
            return edits.insert_between(tag, self.source, self.target)
        return edits.insert(tag, self.source) if self.source else edits.drop(tag)
