"""How good the network is and how well it can still learn, in a few words: read anew a few times a second."""

from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from neuralstudio.data._base import Data
from neuralstudio.project.playground.setup import Setup
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.studio import Studio
from neuralstudio.views import confusion, fitting, health
from neuralstudio.views.confusion import Counts

_MOST = 500
"""Samples that dead units are looked for with."""
_COLUMNS = 3


class Readings(QWidget):
    """Small captions over values."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._values: dict[str, QLabel] = {}
        self._captions: dict[str, QLabel] = {}
        self.counts: Counts | None = None
        """Of (true class, predicted class) over the test points; None where there are no classes."""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(7)
        tips = {
            "score": self.tr("How good the network is on points it has not learnt from"),
            "flow": self.tr("Whether the error still reaches the first layer, neither faded nor blown up"),
            "dead": self.tr("Hidden neurons that say the same of every point, so that they tell nothing"),
            "speed": self.tr("Epochs trained in a second of late"),
            "time": self.tr("How long this run has been computing"),
            "step": self.tr("How long an epoch takes"),
        }
        for place, (name, tip) in enumerate(tips.items()):
            caption, value = QLabel(), QLabel("–")
            caption.setProperty("role", "caption")
            value.setProperty("role", "reading")
            value.setObjectName(f"playground-{name}")
            box = QWidget()
            box.setToolTip(tip)
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(caption)
            column.addWidget(value)
            grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
            grid.setColumnStretch(place % _COLUMNS, 1)
            self._values[name], self._captions[name] = value, caption
        self._name("flow", self.tr("Gradient flow"))
        self._name("dead", self.tr("Dead units"))
        self._name("speed", self.tr("Epochs/s"))
        self._name("time", self.tr("Time"))
        self._name("step", self.tr("Per epoch"))

    def refresh(self, predictor: Predictor | None, setup: Setup | None, data: Data | None) -> None:
        """Reads everything from the weights that are shown now."""
        if predictor is None or setup is None or data is None or data.signature != predictor.signature:
            self.counts = None
            for name in ("score", "flow", "dead"):
                self._show(name, "–")
        else:
            self._show_score(predictor, data)
            self._show_health(predictor, setup, data)
        self._show_time()

    def _show_score(self, predictor: Predictor, data: Data) -> None:
        test = data.test
        if predictor.signature.classes:
            self.counts = confusion.counted(predictor.model, test)
            share = float(self.counts.trace() / max(1, self.counts.sum()))
            self._name("score", self.tr("Test accuracy"))
            self._show("score", f"{share:.1%}")
        else:
            self.counts = None
            found = fitting.r_squared(predictor.model, test)
            self._name("score", self.tr("Test R²"))
            self._show("score", f"{found:.3f}".replace("-", "−") if found == found else "–")

    def _show_health(self, predictor: Predictor, setup: Setup, data: Data) -> None:
        hidden = [column.id for column in setup.hidden]
        sizes = {f"{column.id}/kernel": 0 for column in (*setup.hidden, setup.output)}
        parameters = predictor.model.parameters
        sizes = {name: parameters.value(name).size for name in sizes}
        outputs = predictor.activations(data.train.scaled(slice(0, _MOST)), hidden) if hidden else {}
        found = health.compute(
            predictor.gradient_norms,
            sizes,
            [*hidden, setup.output.id],
            [outputs[name] for name in hidden],
        )
        words = {
            "unknown": ("–", ""),
            "healthy": (self.tr("healthy"), "good"),
            "vanishing": (self.tr("vanishing"), "warning"),
            "exploding": (self.tr("exploding"), "danger"),
        }
        self._show("flow", *words[found.flow])
        self._show("dead", f"{found.dead} / {found.units}", "warning" if found.dead else "")

    def _show_time(self) -> None:
        training = self._studio.training
        seconds, epochs = training.position.seconds, training.position.epoch
        self._show("time", _duration(seconds) if training.position.step else "–")
        self._show("step", _duration(seconds / epochs) if epochs else "–")
        started, speed = training.started, training.progress.samples_per_second
        per_second = speed / started.samples_per_epoch if started and speed else 0.0
        self._show("speed", _rate(per_second))

    def _name(self, name: str, caption: str) -> None:
        self._captions[name].setText(caption)
        self._values[name].setAccessibleName(caption)

    def _show(self, name: str, text: str, role: str = "") -> None:
        value = self._values[name]
        if value.text() != text:
            value.setText(text)
        if (value.property("state") or "") != role:
            value.setProperty("state", role)
            value.style().unpolish(value)
            value.style().polish(value)


def _rate(per_second: float) -> str:
    if not per_second:
        return "–"
    return f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.2g}"


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02} min"
