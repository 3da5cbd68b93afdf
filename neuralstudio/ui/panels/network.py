"""The panel Network: neurons and weights, alive while the network learns, and a sample's way through them."""

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from neuralstudio.data.pen import SIDE, digit_from_strokes
from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.schema.problem import errors
from neuralstudio.session.predict import Predictor
from neuralstudio.session.signal import Reach, Signal, SignalPath
from neuralstudio.ui.figures.graph import GraphWidget
from neuralstudio.ui.network_bar import EdgeBar, SampleBar, SignalBar
from neuralstudio.ui.pacing import BUDGET, Pace
from neuralstudio.ui.pad import DigitPad
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.signal_player import SignalPlayer
from neuralstudio.ui.studio import Studio
from neuralstudio.views import network
from neuralstudio.views._base import Graph
from neuralstudio.views.network.focus import focus

_INTERVAL_MS, _PEN_MS = 100, 30
"""Between two pictures: of weights that change, and of a drawing."""
_SCALE = np.float32(1 / 255)


class NetworkPanel(Panel):
    """The network's graph, large, with the sample its neurons speak of. Its columns stay while weights move.

    While a signal is on its way the picture keeps the weights it began with; training goes on.
    """

    tag = "network"
    title = "Network"
    area = "centre"
    order = 1

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        theme = studio.theme.theme
        self._shown: Predictor | None = None
        self._frozen: Predictor | None = None
        self._choice = network.Choice((), ())
        self._figure = Graph("", (), ())
        self._path: tuple[Model, object, SignalPath] | None = None
        self._signal: Signal | None = None
        self._sample = 0
        self._pad: DigitPad | None = None
        self._is_drawing = False
        self._pictures: network.Pictures = "outputs"
        self._most = self._natural = network.MOST_EDGES
        self._random = np.random.default_rng()
        self._graph = GraphWidget(theme)
        self._graph.setObjectName("network-graph")
        self.setFocusProxy(self._graph)
        self.samples, self.signals, self.edges = (
            SampleBar(theme),
            SignalBar(theme),
            EdgeBar(theme, self._most),
        )
        self.player = SignalPlayer(self)
        self._lay_out()
        self._connect()
        self._pace = Pace(self._refresh, _INTERVAL_MS, self)
        self._pen = Pace(self._renew, _PEN_MS, self)
        studio.training.weights_changed.connect(self._pace.request)
        studio.loader.changed.connect(self._refresh)
        studio.document.changed.connect(self._refresh)

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        for row in (above, below):
            row.setContentsMargins(12, 5, 12, 5)
            row.setSpacing(14)
        above.addWidget(self.samples)
        above.addWidget(self.signals, 1)
        below.addWidget(self.edges, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(above)
        rows.addWidget(self._graph, 1)
        rows.addLayout(below)

    def _connect(self) -> None:
        for each in (self._graph, self.samples, self.signals, self.edges):
            self.studio.theme.theme_changed.connect(each.set_theme)
        self._graph.windows_changed.connect(self._refresh)
        self._graph.place_changed.connect(self._show_focus)
        self.samples.chosen.connect(self.show_sample)
        self.samples.random_wanted.connect(self._on_random)
        self.samples.drawing_wanted.connect(self._on_source)
        self.signals.play_pressed.connect(self._on_play)
        self.signals.step_pressed.connect(self._on_step)
        self.signals.stop_pressed.connect(self._end_signal)
        self.signals.speed_chosen.connect(lambda speed: setattr(self.player, "speed", speed))
        self.player.stage_changed.connect(self._on_stage)
        self.edges.most_chosen.connect(self._on_most)
        self.edges.pictures_chosen.connect(self._on_pictures)

    # What the window calls

    def catch_up(self) -> None:
        self._refresh()

    def fit(self) -> None:
        """All columns in view."""
        self._graph.fit()

    def follow(self, pad: DigitPad) -> None:
        """What is drawn there becomes the sample, as long as there is something on it."""
        self._pad = pad
        pad.strokes_changed.connect(self._on_drawn)

    def show_sample(self, number: int) -> None:
        """Let the neurons speak of this test sample."""
        self._is_drawing = False
        self._sample = number
        self._end_signal()
        self._renew()

    # The figure

    def _refresh(self) -> None:
        if not self.is_in_view:
            return
        predictor = self.studio.training.predictor
        if predictor is not self._shown:
            self._shown = predictor
            self._frozen = self._signal = None  # of the network before
            self.player.stop()
            self._choice = network.choose(predictor.model) if predictor else network.Choice((), ())
            self._wish_most()
            self._graph.begin_anew()
            has_kernels = any(column.kind == "maps" and column.kernel for column in self._choice.columns)
            self.edges.show_pictures(has_kernels=has_kernels)
        if predictor is None:
            self._figure, self._signal = Graph("", (), (), empty=self._empty_sentence()), None
        else:
            self._compute((self._frozen or predictor).model)
        self._graph.show_figure(replace(self._figure, note=""))
        self.edges.show_note(self._figure.note)
        self._graph.setAccessibleName(self.tr("Neurons and weights"))
        self._show_focus()
        self._show_controls()

    def _wish_most(self) -> None:
        """A person's number stays, unless another sort of network has another natural one."""
        natural = network.natural_most(self._choice)
        if self._choice.columns and natural != self._natural:
            self._most = self._natural = natural
            self.edges.show_most(natural)

    def _compute(self, model: Model) -> None:
        if self._frozen is None or self._signal is None:
            self._signal = self._followed(model)
        windows = self._graph.windows(network.bare(self._choice))
        self._figure = network.compute(model, self._choice, windows, self._signal, self._most, self._pictures)

    def _followed(self, model: Model) -> Signal | None:
        """What the present sample does in the network; None while its data are not there."""
        data = self.studio.loader.data
        if data is None or data.signature != model.signature:
            return None
        known = self._path
        if known is None or known[0] is not model or known[1] is not data:
            self._path = known = (model, data, SignalPath(model, data.train.targets, self._reach(model)))
        if self._is_drawing and self._pad is not None and self._can_draw:
            image = digit_from_strokes(self._pad.strokes()) * _SCALE
            return known[2].follow(image.reshape(model.signature.input_shape))
        self._sample = min(self._sample, len(data.test) - 1)
        row = slice(self._sample, self._sample + 1)
        return known[2].follow(data.test.scaled(row)[0], data.test.targets[self._sample])

    def _reach(self, model: Model) -> Reach:
        """Everything for a signal; live only what can be had in some milliseconds."""
        if self._frozen is not None:
            return "gradients"
        return "errors" if 2 * model.cost.flops <= BUDGET else "outputs"

    def _renew(self) -> None:
        """At once, not when it is the picture's turn."""
        self._graph.settle()
        self._refresh()

    def _show_focus(self) -> None:
        place, predictor = self._graph.place, self._frozen or self._shown
        if place is None or predictor is None or place[0] >= len(self._choice.columns):
            self._graph.show_focus(None)
            return
        self._graph.show_focus(focus(predictor.model, self._choice, self._figure, place, self._signal))

    def _empty_sentence(self) -> str:
        problems = errors(self.studio.document.report.problems)
        if not len(self.studio.document.network):
            return self.tr(
                "The neurons and weights appear here once the network has a layer. Add one in Build."
            )
        what = str(problems[0]) if problems else ""
        return self.tr(
            "The neurons and weights appear here once this is put right in Build:\n\n{problem}"
        ).format(problem=what)

    # The sample

    def _on_random(self) -> None:
        data = self.studio.loader.data
        if data is not None:
            self.show_sample(int(self._random.integers(len(data.test))))

    @property
    def _can_draw(self) -> bool:
        """A drawing is a sample of these data."""
        shape = self.studio.document.project.dataset.signature.input_shape
        return self._pad is not None and tuple(side for side in shape if side != 1) == (SIDE, SIDE)

    def _on_drawn(self) -> None:
        self._is_drawing = self._pad is not None and not self._pad.is_empty
        if self.is_in_view and self._can_draw:
            self._end_signal()
            self._pen.request()

    def _on_source(self, is_drawing: bool) -> None:
        self._is_drawing = is_drawing
        self._end_signal()
        self._renew()

    def _show_controls(self) -> None:
        data, signal = self.studio.loader.data, self._signal
        is_known = data is not None and signal is not None
        truth = ""
        if data is not None and signal is not None and signal.loss is not None:
            truth = _truth(data.signature.classes, data.test.targets[self._sample])
        count = len(data.test) if data is not None and is_known else 0
        self.samples.show_sample(self._sample, count, truth)
        can_draw = self._can_draw
        self.samples.show_source(can_draw=can_draw, is_drawing=can_draw and self._is_drawing)
        self.signals.show_signal(
            self._status(),
            is_possible=is_known,
            is_moving=self.player.is_moving,
            is_on=self.player.stage is not None,
        )

    # The signal

    def _on_play(self) -> None:
        if self.player.is_moving:
            self.player.pause()
            return
        if self.player.stage is None or self.player.is_over:
            self._begin_signal()
        self.player.play()

    def _on_step(self) -> None:
        if self.player.stage is None or self.player.is_over:
            self._begin_signal()
        self.player.step()

    def _begin_signal(self) -> None:
        """Keeps the weights of this moment: numbers on the way must be those of one network."""
        self._end_signal()
        if self._shown is None or self._signal is None:
            return
        self._frozen = Predictor(self._shown.project)
        self._frozen.load(self._shown.model.parameters.values)
        self._signal = None
        self._renew()
        depth = max((column.depth for column in self._choice.columns), default=0)
        self.player.begin(depth, has_error=self._has_error())

    def _has_error(self) -> bool:
        return self._signal is not None and bool(self._signal.errors)

    def _end_signal(self) -> None:
        was_on, self._frozen = self._frozen is not None, None
        self.player.stop()
        if was_on:
            self._renew()

    def _on_stage(self) -> None:
        self._graph.show_stage(self.player.stage)
        self._show_controls()

    def _status(self) -> str:
        """How far the signal has come, in words; the loss once it is at the output."""
        stage, signal = self.player.stage, self._signal
        if stage is None or signal is None:
            return ""
        columns = {column.depth: column.title for column in self._choice.columns}
        if stage.phase < stage.depth:
            return self.tr("forward: {column}").format(column=columns.get(int(stage.phase), ""))
        if signal.loss is None:
            return self.tr("a drawing has no known answer, so no error comes back")
        loss = f"loss {signal.loss:.4g}"
        if stage.back < 0:
            return loss
        back = stage.depth - int(stage.back)
        return self.tr("{loss} · error back at {column}").format(loss=loss, column=columns.get(back, ""))

    # Edges and pictures

    def _on_most(self, most: int) -> None:
        self._most = most
        self._renew()

    def _on_pictures(self, pictures: str) -> None:
        self._pictures = "kernels" if pictures == "kernels" else "outputs"
        self._renew()


def _truth(classes: tuple[str, ...], target: Array) -> str:
    """What a sample is in truth, where that is one class."""
    if classes and np.ndim(target) == 0:
        return f"is {classes[int(target)]}"
    return ""
