"""One of the two settings of a sweep: which it is, and the values to try, as a person types them."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.sweep_values import at_first, plain, text_of, values_in
from neuralstudio.session.sweepable import Sweepable, Value
from neuralstudio.ui.forms.sentence import Sentence, headline


class AxisField(QWidget):
    """A choice of settings over a line of values; what is wrong with a value is said below it."""

    changed = Signal()

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self._settings: tuple[Sweepable, ...] = ()
        self._is_own = False
        """A person has typed values for this setting."""
        self.combo = QComboBox()
        self.combo.setObjectName(f"sweep-{name}")
        self.combo.setAccessibleName(title)
        self.combo.setMinimumContentsLength(12)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.activated.connect(self._on_chosen)
        self.line = QLineEdit()
        self.line.setObjectName(f"sweep-{name}-values")
        self.line.setAccessibleName(self.tr("Values of {setting}").format(setting=title))
        self.line.setToolTip(self.tr("Values to try, with commas between them"))
        self.line.textEdited.connect(self._on_edited)
        self.line.editingFinished.connect(self.check)
        self._more = QToolButton()
        self._more.setObjectName(f"sweep-{name}-more")
        self._more.setText("…")
        self._more.setToolTip(self.tr("Values worth trying"))
        self._more.setAccessibleName(self.tr("Values worth trying"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(QMenu(self._more))
        self._more.menu().aboutToShow.connect(self._fill_menu)
        self.message = Sentence(role="danger", parent=self)
        self.message.setObjectName(f"sweep-{name}-message")
        label: QLabel = headline(title)
        label.setBuddy(self.combo)
        values = QHBoxLayout()
        values.setSpacing(4)
        values.addWidget(self.line, 1)
        values.addWidget(self._more)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(5)
        rows.addWidget(label)
        rows.addWidget(self.combo)
        rows.addLayout(values)
        rows.addWidget(self.message)

    @property
    def setting(self) -> Sweepable | None:
        """The chosen one; None where there is nothing to choose from."""
        at = self.combo.currentIndex()
        return self._settings[at] if 0 <= at < len(self._settings) else None

    def show_settings(self, settings: tuple[Sweepable, ...], usual: tuple[str, ...]) -> None:
        """Takes up what can be swept now; without the present choice, the first of ``usual`` there is."""
        before = self.setting.key if self.setting is not None else ""
        self._settings = settings
        titles = [each.title for each in settings]
        if titles != [self.combo.itemText(at) for at in range(self.combo.count())]:
            self.combo.clear()
            self.combo.addItems(titles)
        keys = [each.key for each in settings]
        wanted = next((key for key in (before, *usual) if key in keys), "")
        self.combo.setCurrentIndex(keys.index(wanted) if wanted else 0)
        if wanted != before or not self._is_own:
            self._suggest()

    def choose(self, key: str) -> None:
        """Chooses a setting, with values around the present one."""
        self.combo.setCurrentIndex([each.key for each in self._settings].index(key))
        self._suggest()

    def values(self) -> tuple[Value, ...]:
        """The values that were typed. Raises ``ProblemError`` for one that is none."""
        setting = self.setting
        return values_in(self.line.text(), setting) if setting is not None else ()

    def check(self) -> bool:
        """Whether all values can be used; if not, a sentence says why."""
        try:
            self.values()
        except ProblemError as error:
            self.message.show_text(str(error))
            return False
        self.message.show_text("")
        return True

    def _suggest(self) -> None:
        setting = self.setting
        self._is_own = False
        self._write(at_first(setting) if setting is not None else ())

    def _write(self, values: tuple[Value, ...]) -> None:
        self.line.setText(text_of(values))
        self.line.setCursorPosition(0)
        self.check()
        self.changed.emit()

    def _on_chosen(self, _at: int) -> None:
        self._suggest()

    def _on_edited(self) -> None:
        self._is_own = True
        self.message.show_text("")
        self.changed.emit()

    def _fill_menu(self) -> None:
        """All suggested values, those in use ticked."""
        menu, setting = self._more.menu(), self.setting
        menu.clear()
        if setting is None:
            return
        try:
            present = self.values()
        except ProblemError:
            present = ()
        for value in setting.values:
            action = menu.addAction(plain(value))
            action.setCheckable(True)
            action.setChecked(value in present)
            action.toggled.connect(partial(self._toggle, value, present))
        menu.addSeparator()
        menu.addAction(self.tr("All of these"), partial(self._take, setting.values))

    def _toggle(self, value: Value, present: tuple[Value, ...], on: bool) -> None:
        assert self.setting is not None
        suggested = self.setting.values
        wanted = {*present, value} if on else {each for each in present if each != value}
        own = [each for each in present if each not in suggested and each in wanted]
        self._take((*(each for each in suggested if each in wanted), *own))

    def _take(self, values: tuple[Value, ...]) -> None:
        self._is_own = True
        self._write(values)
