"""The first problem in words, at the lower edge of the canvas, with what helps against it as buttons."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from neuralstudio.schema.problem import Problem
from neuralstudio.ui.icons import icon
from neuralstudio.ui.theme import Theme

MOST_REMEDIES = 2
_FRAME = QSize(24, 16)
_MARK, _SPACING = 16, 8


class ProblemBar(QFrame):
    """Errors come before warnings. A click on the words selects the card; a button applies its remedy."""

    followed = Signal(str)
    """The card of this node is to be shown."""
    remedy_chosen = Signal(object, str)
    """This problem is to be helped with the remedy of this title."""

    def __init__(self, parent: QWidget, titles_for: Callable[[Problem], Sequence[str]]) -> None:
        super().__init__(parent)
        self.setObjectName("problem-bar")
        self.setProperty("role", "toast")
        self._titles_for = titles_for
        self._problems: tuple[Problem, ...] = ()
        self._offered = 0
        self._mark = QLabel()
        self._words = QLabel()
        self._words.setObjectName("problem-text")
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons = [self._button(f"remedy-{number}") for number in range(MOST_REMEDIES)]
        for number, button in enumerate(self._buttons):
            button.clicked.connect(lambda _checked=False, place=number: self._choose(place))
        self._more = self._button("more-problems")
        self._more.clicked.connect(self.open_list)
        self._column = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(_SPACING)
        said, row = QHBoxLayout(), QHBoxLayout()
        said.setSpacing(_SPACING)
        said.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self._words, 1)
        row.setSpacing(_SPACING)
        row.addStretch(1)
        for button in (*self._buttons, self._more):
            row.addWidget(button)
        self._column.addLayout(said, 1)
        self._column.addLayout(row)
        self.hide()

    @property
    def problem(self) -> Problem | None:
        """The one it tells of."""
        return self._problems[0] if self._problems else None

    @property
    def text(self) -> str:
        """What it says; "" while it is hidden."""
        return self._words.text() if self._problems else ""

    def show_problems(self, problems: tuple[Problem, ...], theme: Theme) -> None:
        """No problems hide the bar. Remedies of another problem go; ``offer`` brings new ones."""
        before = self.problem
        self._problems = tuple(sorted(problems, key=lambda problem: problem.severity != "error"))
        problem = self.problem
        if problem != before:
            self.offer(())
        self.setVisible(problem is not None)
        if problem is None:
            return
        is_error = problem.severity == "error"
        name, colour = ("error", theme.danger) if is_error else ("warning", theme.warning)
        self._mark.setPixmap(icon(name, theme, colour).pixmap(_MARK))
        self._say()
        self._more.setText(self.tr("{n} problems ▾").format(n=len(self._problems)))
        self._more.setAccessibleName(self.tr("All {n} problems").format(n=len(self._problems)))
        self._more.setVisible(len(self._problems) > 1)
        self.setCursor(Qt.CursorShape.PointingHandCursor if problem.node else Qt.CursorShape.ArrowCursor)
        self.setToolTip(self.tr("Show the card") if problem.node else "")

    def offer(self, titles: Sequence[str]) -> None:
        """Puts remedies on the buttons, at most two."""
        self._offered = min(len(titles), MOST_REMEDIES)
        for number, button in enumerate(self._buttons):
            button.setVisible(number < self._offered)
            if number < len(titles):
                button.setText(titles[number])
                button.setAccessibleName(self.tr("Fix: {remedy}").format(remedy=titles[number]))
        self._say()

    def _say(self) -> None:
        """What is on a button need not be said too."""
        problem = self.problem
        if problem is not None:
            has_buttons = not self._buttons[0].isHidden()
            self._words.setText(
                str(Problem(problem.where, problem.what, "" if has_buttons else problem.remedy))
            )
            self.setAccessibleName(str(problem))

    def size_for(self, widest: int) -> QSize:
        """Size for a given greatest width: all in one row where it fits, else the buttons below the words."""
        for number, button in enumerate(self._buttons):
            button.setVisible(number < self._offered)
        shown = [button for button in (*self._buttons, self._more) if not button.isHidden()]
        buttons = sum(button.sizeHint().width() + _SPACING for button in shown)
        if buttons + _FRAME.width() > widest and self._offered > 1:
            # The second remedy is only in the list, then.
            self._buttons[1].hide()
            shown.remove(self._buttons[1])
            buttons -= self._buttons[1].sizeHint().width() + _SPACING
        tall = max((button.sizeHint().height() for button in shown), default=0)
        metrics = self._words.fontMetrics()
        frame = _FRAME.width() + _MARK + _SPACING + 4
        words = metrics.horizontalAdvance(self._words.text()) + 2
        is_row = frame + words + buttons <= widest
        self._column.setDirection(
            QBoxLayout.Direction.LeftToRight if is_row else QBoxLayout.Direction.TopToBottom
        )
        if is_row:
            return QSize(frame + words + buttons, max(metrics.height(), _MARK, tall) + _FRAME.height() + 2)
        wide = max(60, min(words, widest - frame))
        flags = int(Qt.TextFlag.TextWordWrap)
        high = metrics.boundingRect(QRect(0, 0, wide, 1000), flags, self._words.text()).height()
        below = tall + _SPACING if shown else 0
        return QSize(
            max(wide + frame, buttons + _FRAME.width()), max(high, _MARK) + below + _FRAME.height() + 2
        )

    def problem_list(self) -> QMenu:
        """All problems, each with its remedies; these are tried out when they are looked at."""
        menu = QMenu(self)
        menu.setObjectName("problem-list")
        for number, problem in enumerate(self._problems):
            one = menu.addMenu(str(problem).replace("&", "&&"))
            one.setObjectName(f"problem-{number}")
            one.aboutToShow.connect(lambda one=one, problem=problem: self._fill(one, problem))
        return menu

    def open_list(self) -> None:
        """Opens the list above its button."""
        menu = self.problem_list()
        menu.aboutToHide.connect(menu.deleteLater)
        size = menu.sizeHint()
        menu.popup(self._more.mapToGlobal(self._more.rect().topRight() - QPoint(size.width(), size.height())))

    def _fill(self, menu: QMenu, problem: Problem) -> None:
        menu.clear()
        for number, title in enumerate(self._titles_for(problem)):
            action = menu.addAction(self.tr("Fix: {remedy}").format(remedy=title))
            action.setObjectName(f"remedy-{number}")
            action.triggered.connect(
                lambda _checked=False, title=title: self.remedy_chosen.emit(problem, title)
            )
        if problem.node:
            show = menu.addAction(self.tr("Show the card"))
            show.setObjectName("show-card")
            show.triggered.connect(lambda _checked=False: self.followed.emit(problem.node))
        elif menu.isEmpty():
            menu.addAction(problem.remedy or self.tr("Nothing is known to help")).setEnabled(False)

    def _choose(self, place: int) -> None:
        if self.problem is not None:
            self.remedy_chosen.emit(self.problem, self._buttons[place].text())

    def _button(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.hide()
        return button

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        if self.problem is not None and self.problem.node:
            self.followed.emit(self.problem.node)
