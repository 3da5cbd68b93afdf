"""Which class is taken for which over the test points: small beside the map, and large on request."""

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout

from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme
from neuralstudio.views import confusion
from neuralstudio.views._base import Heatmap
from neuralstudio.views.confusion import Counts


class Matrix(Section):
    """A section, closed at first, with the confusion matrix; only what is seen is drawn."""

    def __init__(self, studio: Studio) -> None:
        title = self.tr("Confusion matrix")
        super().__init__(title, "playground-confusion-section", studio.settings, "playground/confusion")
        theme = studio.theme.theme
        self._small, self._large = figure_widget(Heatmap, theme), figure_widget(Heatmap, theme)
        self._small.setObjectName("playground-confusion")
        self._small.setMinimumHeight(170)
        self._window = QDialog(self)
        self._window.setObjectName("playground-large-confusion")
        self._window.setWindowTitle(title)
        QVBoxLayout(self._window).addWidget(self._large)
        enlarge = QPushButton(self.tr("Enlarge"))
        enlarge.setObjectName("playground-enlarge")
        enlarge.setProperty("role", "compact")
        enlarge.setToolTip(self.tr("The confusion matrix in a window of its own"))
        enlarge.clicked.connect(self._enlarge)
        self.column.addWidget(self._small)
        self.column.addWidget(enlarge)
        self._counts: Counts | None = None
        self._classes: tuple[str, ...] = ()
        self.button.toggled.connect(lambda _is_open: self._draw())

    def show_counts(self, counts: Counts | None, classes: tuple[str, ...]) -> None:
        """Shows counts of (true class, predicted class); None: there are no classes."""
        self._counts, self._classes = counts, classes
        self.setVisible(counts is not None)
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        self._small.set_theme(theme)
        self._large.set_theme(theme)

    def _draw(self) -> None:
        if self._counts is None:
            return
        for widget, is_seen in ((self._small, self.is_open), (self._large, self._window.isVisible())):
            if is_seen:
                widget.show_figure(confusion.compute(self._counts, self._classes))

    def _enlarge(self) -> None:
        self._window.resize(560, 520)
        self._window.show()
        self._draw()
