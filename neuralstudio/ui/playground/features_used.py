"""The features last used with two inputs: data of one number have no use for them, those after it do."""

from PySide6.QtCore import QObject

from neuralstudio.layers.features import Feature
from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.document import Document


class FeaturesUsed(QObject):
    """Remembered in the window as long as the document is open; the file knows nothing of it."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._features: tuple[Feature, ...] = ()
        document.replaced.connect(self._forget)
        document.changed.connect(self._remember)
        self._remember()

    def given_back(self, changed: Project) -> Project:
        """``changed`` with them, where it takes two inputs again and the document takes one."""
        if _inputs(self._document.project) == 1 and _inputs(changed) == 2 and self._features:
            return setup.with_features(changed, self._features)
        return changed

    def _forget(self) -> None:
        self._features = ()

    def _remember(self) -> None:
        project = self._document.project
        if _inputs(project) != 2:
            return
        try:
            self._features = setup.read(project).features
        except ProblemError:
            self._features = ()


def _inputs(project: Project) -> int:
    shape = project.dataset.signature.input_shape
    return shape[0] if len(shape) == 1 else 0
