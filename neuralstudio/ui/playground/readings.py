"""How good the network is and how well it can still learn, in a few words: read anew a few times a second."""

from time import perf_counter

from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from neuralstudio.data._base import Data
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.studio import Studio
from neuralstudio.views import confusion, fitting, health
from neuralstudio.views.confusion import Counts

_MOST = 500
"""Samples that dead units are looked for with."""
_COLUMNS = 3


class Stopwatch:
    """How long the present run has been going on, pauses left out."""

    def __init__(self, studio: Studio) -> None:
        self._training = studio.training
        self._progress = studio.training.progress
        self._before = 0.0
        self._since: float | None = None
        studio.training.state_changed.connect(self._on_state_changed)

    @property
    def seconds(self) -> float:
        """Up to now; nothing of a run before it was opened from a file."""
        return self._before + (perf_counter() - self._since if self._since is not None else 0.0)

    def _on_state_changed(self) -> None:
        is_on = self._training.state == "running"
        if self._progress is not self._training.progress:  # another run
            self._progress, self._before, self._since = self._training.progress, 0.0, None
        if is_on and self._since is None:
            self._since = perf_counter()
        elif not is_on and self._since is not None:
            self._before, self._since = self.seconds, None


class Readings(QWidget):
    """Small captions over values."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._watch = Stopwatch(studio)
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
            "pace": self.tr("Epochs trained in a second of late"),
            "time": self.tr("How long this run has been going on"),
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
        self._name("pace", self.tr("Epochs/s"))
        self._name("time", self.tr("Time"))
        self._name("step", self.tr("Per epoch"))

    def refresh(self, predictor: Predictor | None, data: Data | None) -> None:
        """Reads everything from the weights that are shown now."""
        if predictor is None or data is None or data.signature != predictor.signature:
            self.counts = None
            for name in ("score", "flow", "dead"):
                self._show(name, "–")
        else:
            self._show_score(predictor, data)
            self._show_health(predictor, data)
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

    def _show_health(self, predictor: Predictor, data: Data) -> None:
        """Of the layers that multiply by weights, in the order in which they compute."""
        network, parameters = predictor.project.network, predictor.model.parameters
        layers = [node.id for node in network if f"{node.id}/kernel" in parameters]
        ends = {node.id for node in network.outputs}
        hidden = [layer for layer in layers if layer not in ends]
        sizes = {name: parameters.value(name).size for name in (f"{layer}/kernel" for layer in layers)}
        outputs = predictor.activations(data.train.scaled(slice(0, _MOST)), hidden) if hidden else {}
        flat = [outputs[name].reshape(len(outputs[name]), -1) for name in hidden]
        found = health.compute(predictor.gradient_norms, sizes, layers, flat)
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
        started, speed = training.started, training.progress.rate(training.speed)
        per_second = speed / started.samples_per_epoch if started and speed else 0.0
        seconds, epochs = max(self._watch.seconds, training.position.seconds), training.position.epoch
        each = training.position.seconds / epochs if epochs else 0.0
        if not training.speed.is_full:  # most of an epoch is waiting then
            each = 1 / per_second if per_second else 0.0
        self._show("time", _duration(seconds) if training.position.step else "–")
        self._show("step", _duration(each) if each else "–")
        self._show("pace", _rate(per_second))

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
