"""What the playground shows and hides beyond the document: no undo step, but part of a shared link."""

from PySide6.QtCore import QObject, Signal


class Options(QObject):
    """Switches of the output map, and the controls that a link hides."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.has_test = False
        """Test points are on the map."""
        self.is_discrete = False
        """The map shows only which class wins, not how clearly."""
        self.is_surface = False
        """The answer is a surface in space, not a map."""
        self.hidden: frozenset[str] = frozenset()
        """Controls not to be shown, by the names that links have for them."""
        self._is_in_front = False

    def choose(
        self,
        *,
        has_test: bool | None = None,
        is_discrete: bool | None = None,
        is_surface: bool | None = None,
        hidden: frozenset[str] | None = None,
    ) -> None:
        """Changes what is given; None leaves it."""
        before = self._all
        self.has_test = self.has_test if has_test is None else has_test
        self.is_discrete = self.is_discrete if is_discrete is None else is_discrete
        self.is_surface = self.is_surface if is_surface is None else is_surface
        self.hidden = self.hidden if hidden is None else hidden
        if self._all != before:
            self.changed.emit()

    def bring_to_front(self, is_in_front: bool) -> None:
        """Whether the Playground is what is looked at: elsewhere the window has all its controls."""
        if is_in_front != self._is_in_front:
            self._is_in_front = is_in_front
            if self.hidden:
                self.changed.emit()

    def hides(self, name: str) -> bool:
        """Whether a control of the window outside the Playground is hidden at the moment."""
        return self._is_in_front and name in self.hidden

    @property
    def _all(self) -> tuple[object, ...]:
        return self.has_test, self.is_discrete, self.is_surface, self.hidden
