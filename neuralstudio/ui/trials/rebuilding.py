"""Try an autoencoder: some test images, and below each what it makes of them."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from neuralstudio.data._base import Signature
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.samples import sort_of
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme
from neuralstudio.ui.trials._base import Trial
from neuralstudio.views import rebuilding
from neuralstudio.views._base import Heatmap

_SHOWN = 5


class RebuildingTrial(Trial):
    """Five test images and the same five rebuilt; others on request."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._first = 0
        self._predictor: Predictor | None = None
        self._figure = figure_widget(Heatmap, studio.theme.theme)
        self._figure.setObjectName("trial-images")
        caption = Sentence(self.tr("Above: test images. Below: what comes out."), "muted", self)
        self._others = QPushButton(self.tr("Others"))
        self._others.setObjectName("trial-others")
        self._others.setAccessibleName(self.tr("Show other images"))
        self._others.clicked.connect(self._on_others)
        below = QHBoxLayout()
        below.setContentsMargins(12, 0, 12, 0)
        below.addWidget(caption, 1, Qt.AlignmentFlag.AlignVCenter)
        below.addWidget(self._others)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 8)
        rows.setSpacing(4)
        rows.addWidget(self._figure, 1)
        rows.addLayout(below)

    @staticmethod
    def fits(signature: Signature) -> bool:
        is_image = sort_of(signature) == "images" and signature.input_shape[2:] in ((), (1,))
        return is_image and signature.numbers == int(np.prod(signature.input_shape))

    def refresh(self, predictor: Predictor) -> None:
        self._predictor = predictor
        data = self.data
        self._others.setEnabled(data is not None and len(data.test) > _SHOWN)
        if data is None:
            empty = self.tr("Images appear once they are loaded.")
            self._figure.show_figure(Heatmap("", np.empty((0, 0)), limit=1.0, empty=empty))
            return
        rows = np.arange(self._first, self._first + min(_SHOWN, len(data.test))) % len(data.test)
        self._figure.show_figure(rebuilding.compute(predictor.model, data.test[rows]))
        self._figure.setAccessibleName(self.tr("Test images, and below them the same rebuilt"))

    def set_theme(self, theme: Theme) -> None:
        self._figure.set_theme(theme)

    def _on_others(self) -> None:
        self._first += _SHOWN
        if self._predictor is not None:
            self.refresh(self._predictor)
