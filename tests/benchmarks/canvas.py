"""The canvas under a hand: time of a frame while dragging, panning, zooming and wiring, and of an edit.

Run: QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.canvas [--rounds 5] [--json]   (or with xvfb-run)
A frame is the handling of one mouse event and the repaint after it. An edit is everything from the change of
the document to a canvas whose cards lie at their places. Each with 5, 20 and 200 cards and a skip connection
every third layer.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.edits import insert_after
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.project.document import Project
from neuralstudio.ui.app import application
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.window import StudioWindow

COUNTS = (5, 20, 200)
FRAMES = 40
LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
CONTROL, PLAIN = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def network(count: int) -> NetworkSpec:
    """So many cards: Dense layers, every third an Add that also reads the layer three before."""
    nodes = [Node("flatten-1", Flatten())]
    for place in range(1, count):
        below = nodes[-1].id
        if place % 3 == 0 and place > 3:
            nodes.append(Node(f"add-{place}", Add(), (below, nodes[-3].id)))
        else:
            nodes.append(Node(f"dense-{place}", Dense(units=16), (below,)))
    return NetworkSpec(tuple(nodes))


class Hand:
    """A mouse over the canvas that measures each of its events."""

    def __init__(self, panel: BuildPanel) -> None:
        self.panel, self.view = panel, panel.view
        self.milliseconds: list[float] = []

    def press(self, at: QPoint, button: Qt.MouseButton) -> None:
        self._send(QEvent.Type.MouseButtonPress, at, button, button)

    def release(self, at: QPoint, button: Qt.MouseButton) -> None:
        self._send(QEvent.Type.MouseButtonRelease, at, button, NONE)

    def move(self, at: QPoint, button: Qt.MouseButton) -> None:
        """One frame."""
        with_paint = perf_counter()
        self._send(QEvent.Type.MouseMove, at, NONE, button)
        self._paint(with_paint)

    def turn(self, at: QPoint, angle: int) -> None:
        """One frame of zooming."""
        begin = perf_counter()
        viewport = self.view.viewport()
        where = QPointF(viewport.mapToGlobal(at))
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(QPointF(at), where, QPoint(), QPoint(0, angle), NONE, CONTROL, phase, False)
        QApplication.sendEvent(viewport, event)
        self._paint(begin)

    def _paint(self, begin: float) -> None:
        # What the event asked to be repainted, and nothing else: as in real life.
        QApplication.processEvents()
        self.milliseconds.append(1000 * (perf_counter() - begin))

    def _send(self, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        viewport = self.view.viewport()
        where = QPointF(viewport.mapToGlobal(at))
        QApplication.sendEvent(viewport, QMouseEvent(kind, QPointF(at), where, button, held, PLAIN))


def ways(start: QPoint) -> Iterator[QPoint]:
    """A hand's way over the canvas and back."""
    for step in range(FRAMES):
        turn = step / FRAMES
        yield start + QPoint(round(240 * abs(0.5 - turn)) - 100, round(90 * turn) - 40)


def middle_card(panel: BuildPanel) -> str:
    nodes = panel.studio.document.network.nodes
    return next(node.id for node in nodes[len(nodes) // 2 :] if node.id.startswith("dense"))


def drag(panel: BuildPanel) -> list[float]:
    """A card on its way; Escape brings it back."""
    hand, at = Hand(panel), panel.card_center(middle_card(panel))
    hand.press(at, LEFT)
    for way in ways(at):
        hand.move(way, LEFT)
    panel.view.cancel_gesture()
    return hand.milliseconds


def wire(panel: BuildPanel) -> list[float]:
    """A wire in the making; the first frame finds out where it could go."""
    hand, at = Hand(panel), panel.port_center(middle_card(panel))
    hand.press(at, LEFT)
    for way in ways(at):
        hand.move(way, LEFT)
    panel.view.cancel_gesture()
    return hand.milliseconds


def pan(panel: BuildPanel) -> list[float]:
    """The ground is moved with the middle button."""
    hand, at = Hand(panel), panel.card_center(middle_card(panel))
    hand.press(at, MIDDLE)
    for way in ways(at):
        hand.move(way, MIDDLE)
    hand.release(at, MIDDLE)
    return hand.milliseconds


def zoom(panel: BuildPanel) -> list[float]:
    """From near to far and back."""
    hand, at = Hand(panel), panel.card_center(middle_card(panel))
    for step in range(FRAMES):
        hand.turn(at, -60 if step < FRAMES // 2 else 60)
    panel.view.show_start()
    return hand.milliseconds


def edit(panel: BuildPanel) -> list[float]:
    """A layer more, with the check of the network, until all cards lie at their places."""
    document = panel.studio.document
    milliseconds = []
    for _ in range(5):
        after = insert_after(document.network, middle_card(panel), Dense(units=16))[0]
        begin = perf_counter()
        document.edit_network("add Dense", after)
        panel.scene.finish_moving()
        QApplication.processEvents()
        milliseconds.append(1000 * (perf_counter() - begin))
        document.undo_stack.undo()
    return milliseconds


ACTS: dict[str, Callable[[BuildPanel], list[float]]] = {
    "drag": drag,
    "pan": pan,
    "zoom": zoom,
    "wire": wire,
    "edit": edit,
}


def main() -> None:
    """Measures and prints medians and 99th percentiles in milliseconds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    application()
    result: dict[str, object] = {"name": "canvas", "unit": "ms"}
    with tempfile.TemporaryDirectory() as folder:
        window = StudioWindow(QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat))
        window.resize(1440, 900)
        window.show()
        window.show_work()
        window.show_panel("build")
        panel = window.build
        for count in COUNTS:
            window.studio.document.open(Project(network=network(count), dataset=PenDigits(count=100)))
            QApplication.processEvents()
            figures: dict[str, list[float]] = {name: [] for name in ACTS}
            for turn in range(options.rounds + 1):
                for name, act in ACTS.items():
                    milliseconds = act(panel)
                    if turn:
                        figures[name] += milliseconds
            for name, each in figures.items():
                median, high = statistics.median(each), float(np.percentile(each, 99))
                result[f"{name}_{count}"] = {"median": round(median, 2), "p99": round(high, 2)}
                if not options.json:
                    print(f"{count:4} cards  {name:5} median {median:6.2f}   p99 {high:6.2f} ms")
        window.studio.document.mark_saved(Path(folder, "none"))
        window.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
