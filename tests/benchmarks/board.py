"""The playground while it trains at full speed: frame intervals, maps a second and epochs a second.

Run: python -m tests.benchmarks.board [--seconds 6] [--json]     (offscreen unless QT_QPA_PLATFORM says else)
The page's largest network (7 features, 6×8, tanh, batch 10) and its default (2-4-2-1) learn the circle in a
window of 1440×900 with the Playground in front, beside the same runs without a window. Goals: 99 % of frame
intervals within 33 ms, 15 maps a second, 300 epochs/s for the largest and 1,000 for the default network.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QSettings, Qt

from neuralstudio.layers.features import FEATURES
from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup as playground
from neuralstudio.session.run import Run
from neuralstudio.training.events import EpochDone, Event
from neuralstudio.ui.app import application
from neuralstudio.ui.panels.playground import PlaygroundPanel
from neuralstudio.ui.window import StudioWindow
from tests.benchmarks.window import FrameClock, live


def largest() -> Project:
    """Seven features and six layers of eight neurons."""
    project = playground.with_features(playground.classic(), FEATURES[:7])
    while len(playground.read(project).hidden) < 6:
        project = playground.add_layer(project)
    for column in playground.read(project).hidden:
        project = playground.with_units(project, column.id, 8)
    return project


def headless(project: Project, seconds: float) -> float:
    """Epochs a second of the same run without a window."""
    run = Run(project, project.dataset.load(project.seeds.data))
    done, begin = [0], perf_counter()

    def post(event: Event) -> None:
        done[0] += isinstance(event, EpochDone)

    while perf_counter() - begin < seconds:
        run.train(post, run.learner.position.epoch + 50)
    return done[0] / (perf_counter() - begin)


def watched(window: StudioWindow, project: Project, seconds: float) -> dict[str, float]:
    """Lets the window train for a while."""
    studio = window.studio
    studio.document.open(project)
    window.show_work()
    window.show_panel("playground")
    for dock in window.docks.docks.values():  # they give way to the playground
        dock.hide()
    panel = window.panels["playground"]
    assert isinstance(panel, PlaygroundPanel)
    live(800)
    studio.training.train()
    live(1000)
    clock = FrameClock()
    epochs, maps, begin = studio.training.position.epoch, panel.board.live.refreshes, perf_counter()
    clock.start()
    live(round(1000 * seconds))
    clock.stop()
    passed = perf_counter() - begin
    epochs, maps = studio.training.position.epoch - epochs, panel.board.live.refreshes - maps
    studio.training.pause()
    live(200)
    intervals = np.array(clock.intervals)
    return {
        "interval_p50": round(float(np.percentile(intervals, 50)), 1),
        "interval_p99": round(float(np.percentile(intervals, 99)), 1),
        "interval_max": round(float(intervals.max()), 1),
        "maps_per_second": round(maps / passed, 1),
        "epochs_per_second": round(epochs / passed),
    }


def main() -> None:
    """Measures both networks and prints one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    application()
    result: dict[str, object] = {"name": "board", "unit": "ms"}
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        window = StudioWindow(settings)
        window.show()
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(1440, 900)
        for name, project in (("default", playground.classic()), ("largest", largest())):
            measured = watched(window, project, options.seconds)
            measured["epochs_per_second_headless"] = round(headless(project, options.seconds / 2))
            result[name] = measured
            if not options.json:
                print(name, measured)
        window.studio.training.stop()
        window.studio.document.mark_saved(Path(folder, "none"))
        window.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
