"""What is wrong, in a sentence, and below it what helps: links to click."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from neuralstudio.schema.problem import Problem
from neuralstudio.ui.forms.sentence import Sentence, wrapped

Offers = Mapping[Problem, Sequence[str]]
"""Titles of the remedies of each problem."""

_ARROW = "→ "


class Link(QAbstractButton):
    """An action as a line of text, which wraps like a sentence; underlined under the mouse."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return ceil(wrapped(_ARROW + self.text(), self.font(), width - 2).boundingRect().height()) + 2

    def sizeHint(self) -> QSize:
        return QSize(40, self.heightForWidth(max(self.width(), 40)))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        font = self.font()
        font.setUnderline(self.underMouse())
        painter.setPen(self.palette().color(QPalette.ColorRole.Link))
        wrapped(_ARROW + self.text(), font, self.width() - 2).draw(painter, QPointF(1, 1))
        if self.hasFocus():
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 3, 3)
        painter.end()


class ProblemNote(QWidget):
    """Says one or more problems and offers what helps; takes no room while there are none."""

    remedy_chosen = Signal(object, str)
    """The problem, and the title of the remedy clicked."""

    def __init__(self, name: str, parent: QWidget | None = None, *, tells_place: bool = False) -> None:
        super().__init__(parent)
        self._tells_place = tells_place
        self._problems: tuple[Problem, ...] = ()
        self._offers: dict[Problem, tuple[str, ...]] = {}
        self._refusal = ""
        self.sentence = Sentence(role="danger", parent=self)
        self.sentence.setObjectName(name)
        self._links: list[Link] = []
        self._offered: list[tuple[Problem, str]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self.sentence)
        self.hide()

    @property
    def is_quiet(self) -> bool:
        """There is nothing to say."""
        return not self.sentence.text()

    def text(self) -> str:
        return self.sentence.text()

    def refuse(self, sentence: str) -> None:
        """Says why an entry is refused, before all else; "" takes that back."""
        self._refusal = sentence
        self._tell()

    def show_problems(self, problems: Iterable[Problem], offers: Offers) -> None:
        """Other problems; remedies known of one that was there before stay until there are newer ones."""
        self._problems = tuple(problems)
        known = {problem: tuple(offers[problem]) for problem in self._problems if problem in offers}
        kept = {each: self._offers[each] for each in self._problems if each in self._offers}
        self._offers = kept | known
        self._tell()

    def _tell(self) -> None:
        told = [self._refusal] if self._refusal else [self._told(problem) for problem in self._problems]
        is_wrong = bool(self._refusal) or any(each.severity == "error" for each in self._problems)
        self.sentence.set_role("danger" if is_wrong else "warning")
        self.sentence.show_text("\n".join(told))
        offered = (
            [] if self._refusal else [(p, title) for p, titles in self._offers.items() for title in titles]
        )
        if offered != self._offered:
            self._renew_links(offered)
        self.setHidden(self.is_quiet)

    def _renew_links(self, offered: list[tuple[Problem, str]]) -> None:
        for link in self._links:
            self._column.removeWidget(link)
            link.hide()
            link.deleteLater()
        self._offered, self._links = offered, []
        for problem, title in offered:
            name = "".join(letter if letter.isalnum() else "-" for letter in title.lower())
            link = Link(title, f"remedy-{name}", self)
            link.clicked.connect(
                lambda _checked=False, problem=problem, title=title: self.remedy_chosen.emit(problem, title)
            )
            self._links.append(link)
            self._column.addWidget(link)
            link.show()

    def _told(self, problem: Problem) -> str:
        place = f"{problem.where}: " if self._tells_place and problem.where else ""
        return f"{place}{problem.what.rstrip('.')}. {problem.remedy}".rstrip()


class ProblemList(QWidget):
    """Several problems one below the other, each with what helps against it."""

    remedy_chosen = Signal(object, str)
    _MOST = 6

    def __init__(self, name: str, parent: QWidget | None = None, *, tells_place: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._notes = [
            ProblemNote(f"{name}-{number}", self, tells_place=tells_place) for number in range(self._MOST)
        ]
        self._rest = Sentence(role="muted", parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        for note in self._notes:
            note.remedy_chosen.connect(self.remedy_chosen)
            column.addWidget(note)
        column.addWidget(self._rest)
        self.hide()

    def text(self) -> str:
        """All sentences, one a line."""
        return "\n".join(note.text() for note in self._notes if not note.is_quiet)

    def show_problems(self, problems: Sequence[Problem], offers: Offers) -> None:
        """Shows the first few, and says how many more there are."""
        for number, note in enumerate(self._notes):
            note.show_problems(problems[number : number + 1], offers)
        more = len(problems) - len(self._notes)
        self._rest.show_text(self.tr("… and {n} more.").format(n=more) if more > 0 else "")
        self.setHidden(not problems)
