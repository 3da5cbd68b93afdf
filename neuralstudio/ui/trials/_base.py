"""What every page of the panel Try is."""

from PySide6.QtWidgets import QWidget

from neuralstudio.data._base import Data, Signature
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme


class Trial(QWidget):
    """Shows what a network makes of some inputs, again and again while it learns."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio

    @staticmethod
    def fits(signature: Signature) -> bool:
        """Whether it can try a network on data of this signature."""
        raise NotImplementedError

    def refresh(self, predictor: Predictor) -> None:
        """Asks the network anew; it may have other weights, or be another."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        """Takes on another look."""

    @property
    def data(self) -> Data | None:
        """The document's data, once they are loaded."""
        data = self.studio.loader.data
        wanted = self.studio.document.project.dataset.signature
        return data if data is not None and data.signature == wanted else None
