"""Two people at the window: one has a keyboard and no mouse, the other a mouse and no keyboard."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QListWidget,
    QStyle,
    QStyleOptionSpinBox,
    QWidget,
)

from neuralstudio.ui.window import StudioWindow
from tests.robots.robot import StudioRobot

_MOST_TABS = 60
_MOST_CLICKS = 100
_NONE = Qt.KeyboardModifier.NoModifier
_LEFT, _NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Keyboard:
    """Every key goes to what has the keyboard, as it would from a real one."""

    def __init__(self, robot: StudioRobot) -> None:
        self._bot, self._window = robot.bot, robot.window

    @property
    def place(self) -> QWidget:
        """What has the keyboard."""
        return QApplication.focusWidget() or self._window

    def press(self, *keys: Qt.Key, modifier: Qt.KeyboardModifier = _NONE) -> None:
        """Presses keys one after the other."""
        for key in keys:
            QTest.keyClick(self.place, key, modifier)

    def type(self, text: str) -> None:
        """Types a text."""
        QTest.keyClicks(self.place, text)

    def add_layer(self, name: str) -> None:
        """A slash, the name, Enter: from the canvas."""
        self.press(Qt.Key.Key_Slash)
        assert self.place.objectName() == "popup-filter"
        self.type(name)
        self.press(Qt.Key.Key_Return)
        assert self.place.objectName() == "canvas"

    def set_field(self, name: str, value: str) -> None:
        """Enter on a card, Tab to the field, the value, Enter; and back to the canvas."""
        self.press(Qt.Key.Key_Return)
        self.tab_to(f"field-{name}")
        if isinstance(self.place, QComboBox):
            self.type(value)
        else:
            self.press(Qt.Key.Key_A, modifier=Qt.KeyboardModifier.ControlModifier)
            self.type(value)
            self.press(Qt.Key.Key_Return)
        self.tab_to("canvas", backwards=True)

    def tab_to(self, name: str, *, backwards: bool = False) -> None:
        """Presses Tab (or Shift+Tab) until a widget has the keyboard."""
        for _ in range(_MOST_TABS):
            if self.place.objectName() == name:
                return
            if backwards:
                self.press(Qt.Key.Key_Backtab, modifier=Qt.KeyboardModifier.ShiftModifier)
            else:
                self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not come to {name}; it ends on {self.place.objectName()!r}")


class Mouse:
    """Clicks and drags, and nothing else."""

    def __init__(self, robot: StudioRobot) -> None:
        self._robot, self._window = robot, robot.window

    @property
    def window(self) -> StudioWindow:
        return self._window

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """A left click."""
        QTest.mouseClick(widget, _LEFT, _NONE, at or widget.rect().center())

    def drag(self, widget: QWidget, *ways: QPoint) -> None:
        """Presses at the first place, moves through the others, lets go at the last."""
        self._send(widget, QEvent.Type.MouseButtonPress, ways[0], _LEFT, _LEFT)
        for way in ways[1:]:
            self._send(widget, QEvent.Type.MouseMove, way, _NO_BUTTON, _LEFT)
        self._send(widget, QEvent.Type.MouseButtonRelease, ways[-1], _LEFT, _NO_BUTTON)

    def insert(self, title: str, after: str) -> None:
        """The + on a wire, then the layer in the list."""
        build = self._window.build
        build.scene.finish_moving()
        self.click(build.view.viewport(), build.plus_center(after))
        self.choose(build.popup.list, title)

    def choose(self, rows: QListWidget, title: str) -> None:
        """A click on a row of a list, scrolled into sight as by the wheel."""
        (item,) = rows.findItems(title, Qt.MatchFlag.MatchExactly)
        rows.scrollToItem(item)
        self.click(rows.viewport(), rows.visualItemRect(item).center())

    def set_field(self, node: str, name: str, value: str) -> None:
        """A click on a card; then a choice from a list, or the arrows of a number until it is the value."""
        build = self._window.build
        build.scene.finish_moving()
        self.click(build.view.viewport(), build.card_center(node))
        control = self._robot.widget(f"field-{name}")
        if isinstance(control, QComboBox):
            self._pick(control, value)
        else:
            assert isinstance(control, QAbstractSpinBox)
            self._step_to(control, value)

    def _pick(self, control: QComboBox, value: str) -> None:
        """Opens a list and clicks a row; right after it opened, a list does not heed a click yet."""
        rows = control.view()
        place = next(row for row in range(control.count()) if control.itemText(row).lower() == value)
        index = control.model().index(place, control.modelColumn())

        def is_picked() -> bool:
            if rows.isVisible():
                rows.scrollTo(index)
                at = rows.visualRect(index).center()
                self._send(rows.viewport(), QEvent.Type.MouseMove, at, _NO_BUTTON, _NO_BUTTON)
                self.click(rows.viewport(), at)
            return not rows.isVisible()

        self.click(control)
        self._robot.wait_for(rows.isVisible, 5)
        self._robot.wait_for(is_picked, 5)

    def _step_to(self, control: QAbstractSpinBox, value: str) -> None:
        """Clicks the arrow that leads towards a value."""
        for _ in range(_MOST_CLICKS):
            now, wanted = (int(text.replace(",", "")) for text in (control.text(), value))
            if now == wanted:
                return
            arrow = QStyle.SubControl.SC_SpinBoxUp if now < wanted else QStyle.SubControl.SC_SpinBoxDown
            option = QStyleOptionSpinBox()
            control.initStyleOption(option)
            spin = QStyle.ComplexControl.CC_SpinBox
            self.click(control, control.style().subControlRect(spin, option, arrow, control).center())
        raise AssertionError(f"{control.objectName()} does not come to {value}; it is {control.text()}")

    def wire(self, source: str, target: str) -> None:
        """From the output of a card to another card."""
        build = self._window.build
        build.scene.finish_moving()
        build.fit()
        start, end = build.port_center(source), build.card_center(target)
        self.drag(build.view.viewport(), start, (start + end) / 2 + QPoint(0, 60), end)

    def _send(
        self, widget: QWidget, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, buttons: Qt.MouseButton
    ) -> None:
        where = QPointF(widget.mapToGlobal(at))
        QApplication.sendEvent(widget, QMouseEvent(kind, QPointF(at), where, button, buttons, _NONE))
