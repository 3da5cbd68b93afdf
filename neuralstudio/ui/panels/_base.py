"""What every panel is: a widget with a title and a place, given the studio and nothing else."""

from typing import ClassVar, Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.studio import Studio

Area = Literal["left", "centre", "right", "bottom", "bottom-right"]


class Panel(QWidget):
    """A dock, or a tab of the centre. ``order`` sorts the tabs of an area; ``tag`` names it in settings."""

    tag: ClassVar[str]
    title: ClassVar[str]
    area: ClassVar[Area]
    order: ClassVar[int] = 0
    wants_room: ClassVar[bool] = False
    """The docks give way while it is in front."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.is_behind = False
        """Its dock lies behind the current tab; set by whoever places the docks."""
        self.setObjectName(self.tag)
        self.setAccessibleName(self.title)

    @property
    def is_in_view(self) -> bool:
        """Somebody can see it. Qt calls the docks behind the current tab visible; they only lie outside."""
        return self.isVisible() and not self.is_behind

    def suits(self) -> bool:
        """It has something to say about the present data set."""
        return True

    def catch_up(self) -> None:
        """It has come into view: whatever was not drawn meanwhile is drawn now."""

    def minimumSizeHint(self) -> QSize:
        """A tab of the centre must not keep the window wide while another is in front."""
        is_hidden_tab = self.area == "centre" and not self.isVisible()
        return QSize(0, 0) if is_hidden_tab else super().minimumSizeHint()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometry()
        self.catch_up()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        parent = self.parentWidget()
        layout = parent.layout() if parent is not None else None
        if parent is not None and layout is not None:
            layout.invalidate()
            parent.updateGeometry()
