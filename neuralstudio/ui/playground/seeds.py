"""The three seeds of a run, each to be set by itself: the points, the first weights, the order."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QFormLayout, QSpinBox, QWidget

from neuralstudio.project.playground.setup import with_seeds
from neuralstudio.ui.playground.popover import Popover
from neuralstudio.ui.studio import Studio

_MOST = 2**31 - 1


class SeedsButton(Popover):
    """Shows the seeds; below it they can be changed."""

    def __init__(self, studio: Studio) -> None:
        about = "The same seeds give the same run, number for number. Each of the three stands for itself."
        super().__init__(self.tr("Seeds"), self.tr(about), "playground-seeds")
        self._studio = studio
        titles = {
            "data": (self.tr("Data"), self.tr("Which points are drawn")),
            "weights": (self.tr("Weights"), self.tr("Where the weights start")),
            "order": (self.tr("Order"), self.tr("In which order the points are learnt")),
        }
        form = QFormLayout()
        form.setSpacing(8)
        self._boxes: dict[str, QSpinBox] = {}
        for name, (title, tip) in titles.items():
            box = QSpinBox()
            box.setObjectName(f"seed-{name}")
            box.setRange(0, _MOST)
            box.setAccessibleName(self.tr("Seed of the {}").format(title.lower()))
            box.setToolTip(tip)
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda value, name=name: self._on_changed(name, value))
            form.addRow(title, box)
            self._boxes[name] = box
        self.column.addLayout(form)
        studio.document.changed.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        seeds = self._studio.document.project.seeds
        for name, box in self._boxes.items():
            with QSignalBlocker(box):
                box.setValue(getattr(seeds, name))
        self.setText(self.tr("Seeds {} · {} · {}").format(seeds.data, seeds.weights, seeds.order))

    def first_control(self) -> QWidget:
        return self._boxes["data"]

    def _on_changed(self, name: str, value: int) -> None:
        document = self._studio.document
        words = {
            "data": self.tr("change the seed of the data"),
            "weights": self.tr("change the seed of the weights"),
            "order": self.tr("change the seed of the order"),
        }
        document.edit(words[name], with_seeds(document.project, **{name: value}))
