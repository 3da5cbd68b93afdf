"""The card of the data: its content and its picture follow the document and what has been loaded for it."""

from neuralstudio.data._base import Data, Dataset
from neuralstudio.ui.canvas.content import CardContent, CardTexts
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.thumbnails import thumbnails
from neuralstudio.ui.studio import Studio


class DataCard:
    """``content`` is what the card says; ``renewed`` brings it up to date."""

    def __init__(self, studio: Studio, texts: CardTexts) -> None:
        self._studio, self._texts = studio, texts
        self._drawn_from: tuple[Data | None, Look] | None = None
        self._wanted: tuple[Dataset, int] | None = None
        self.content = texts.data_card(studio.document.project)

    def want(self) -> None:
        """Asks once for each data set: what failed to load is not tried again at every edit."""
        project = self._studio.document.project
        wanted = project.dataset, project.seeds.data
        if wanted != self._wanted:
            self._wanted = wanted
            self._studio.loader.want(*wanted)

    def renewed(self, look: Look, ratio: float) -> CardContent:
        """The content as it is now; its picture is drawn again only for other data or another look."""
        project, loader = self._studio.document.project, self._studio.loader
        data = loader.data
        if data is not None and data.signature != project.dataset.signature:
            data = None
        drawn = self._drawn_from
        if drawn is None or drawn[0] is not data or drawn[1] is not look:
            self._picture = thumbnails(data, look.theme, look.em, ratio) if data is not None else None
            self._drawn_from = data, look
        self.content = self._texts.data_card(
            project, data, loader.problem, self._picture, is_loading=loader.is_loading
        )
        return self.content
